#include "chat/passwords.hpp"

#include <algorithm>
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

bool verify_password(std::string_view password, const std::string& hash) {
  require_sodium();
  const auto field = to_field(hash);
  if (!field) return false;
  return crypto_pwhash_str_verify(field->data(), password.data(), password.size()) == 0;
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
