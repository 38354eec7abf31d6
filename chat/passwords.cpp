#include "chat/passwords.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <new>

#include <sodium.h>

#include "chat/unicode.hpp"

namespace chat {
namespace {

// crypto_pwhash_str writes and reads fields of exactly this size.
using HashField = std::array<char, crypto_pwhash_STRBYTES>;

// Without a generator there is no salt, and nothing to go on with (threat K7).
void require_sodium() {
  static const int ready = sodium_init();
  if (ready < 0) std::abort();
}

std::optional<HashField> to_field(const std::string& hash) {
  HashField field{};
  if (hash.empty() || hash.size() >= field.size()) return std::nullopt;
  std::copy(hash.begin(), hash.end(), field.begin());
  return field;
}

// ---- what crypto_pwhash_str wrote: $argon2id$v=19$m=KIB,t=PASSES,p=1$SALT$HASH ----

struct StoredHash {
  std::uint64_t memory_kib = 0;
  std::uint64_t passes = 0;
  std::array<unsigned char, crypto_pwhash_SALTBYTES> salt{};
  std::array<unsigned char, 32> hash{};
};

bool take(std::string_view& text, std::string_view part) {
  const bool is_there = text.substr(0, part.size()) == part;
  if (is_there) text.remove_prefix(part.size());
  return is_there;
}

bool take_number(std::string_view& text, std::uint64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return error == std::errc{};
}

template <std::size_t kBytes>
bool take_base64(std::string_view& text, std::array<unsigned char, kBytes>& bytes) {
  const std::size_t length = std::min(text.find('$'), text.size());
  std::size_t bytes_read = 0;
  const int failed = sodium_base642bin(bytes.data(), kBytes, text.data(), length, nullptr, &bytes_read,
                                       nullptr, sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
  text.remove_prefix(length);
  return failed == 0 && bytes_read == kBytes;
}

bool is_possible(const StoredHash& stored) {
  return stored.memory_kib >= crypto_pwhash_MEMLIMIT_MIN / 1024 &&
         stored.memory_kib <= crypto_pwhash_MEMLIMIT_MAX / 1024 &&
         stored.passes >= crypto_pwhash_OPSLIMIT_MIN && stored.passes <= crypto_pwhash_OPSLIMIT_MAX;
}

std::optional<StoredHash> read_hash(std::string_view text) {
  StoredHash stored;
  const bool is_read = take(text, "$argon2id$v=19$m=") && take_number(text, stored.memory_kib) &&
                       take(text, ",t=") && take_number(text, stored.passes) && take(text, ",p=1$") &&
                       take_base64(text, stored.salt) && take(text, "$") && take_base64(text, stored.hash) &&
                       text.empty();
  if (!is_read || !is_possible(stored)) return std::nullopt;
  return stored;
}

}  // namespace

bool is_allowed(const PasswordCost& cost) {
  return cost.memory_bytes >= kPasswordCostFloor.memory_bytes && cost.passes >= kPasswordCostFloor.passes &&
         cost.memory_bytes <= kPasswordCostCeiling.memory_bytes && cost.passes <= kPasswordCostCeiling.passes;
}

rudp::Result<std::string, RefusalCode> check_password(std::string_view typed) {
  if (typed.find('\0') != std::string_view::npos) return RefusalCode::password_characters;
  auto normal = unicode::nfkc(typed);
  if (!normal) return RefusalCode::password_characters;
  if (normal->size() > kPasswordBytesMax) return RefusalCode::password_too_long;
  const auto points = unicode::decode(*normal);
  if (!points) return RefusalCode::password_characters;
  if (points->size() < kPasswordCodePointsMin) return RefusalCode::password_too_short;
  return std::move(*normal);
}

std::optional<std::string> hash_password(std::string_view password, const PasswordCost& cost) {
  require_sodium();
  HashField field{};
  const int failed = crypto_pwhash_str_alg(field.data(), password.data(), password.size(), cost.passes,
                                           cost.memory_bytes, crypto_pwhash_ALG_ARGON2ID13);
  if (failed != 0) return std::nullopt;
  return std::string(field.data());
}

// crypto_pwhash_str_verify of libsodium 1.0.18 says the same, EINVAL included, of a wrong password
// and of memory that is not there (argon2_verify). So the hash is made anew and compared here.
PasswordVerdict verify_password(std::string_view password, const std::string& hash) {
  require_sodium();
  const auto stored = read_hash(hash);
  if (!stored) return PasswordVerdict::mismatch;
  decltype(stored->hash) made{};
  const int failed =
      crypto_pwhash(made.data(), made.size(), password.data(), password.size(), stored->salt.data(),
                    stored->passes, stored->memory_kib * 1024, crypto_pwhash_ALG_ARGON2ID13);
  if (failed != 0) return PasswordVerdict::failed;
  const bool equal = sodium_memcmp(made.data(), stored->hash.data(), made.size()) == 0;
  return equal ? PasswordVerdict::match : PasswordVerdict::mismatch;
}

bool needs_rehash(const std::string& hash, const PasswordCost& cost) {
  const auto field = to_field(hash);
  if (!field) return true;
  return crypto_pwhash_str_needs_rehash(field->data(), cost.passes, cost.memory_bytes) != 0;
}

TokenHash hash_token(const ResumeToken& token) {
  TokenHash hash{};
  crypto_generichash(hash.data(), hash.size(), token.data(), token.size(), nullptr, 0);
  return hash;
}

void wipe(std::string& secret) {
  sodium_memzero(secret.data(), secret.size());
  secret.clear();
}

void wipe(ResumeToken& secret) { sodium_memzero(secret.data(), secret.size()); }

}  // namespace chat
