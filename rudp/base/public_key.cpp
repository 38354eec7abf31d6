// A public key as text: unpadded base64url (RFC 4648 5), in its one canonical spelling.
#include <optional>

#include <rudp/identity.hpp>

namespace rudp {

namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr unsigned kBitsPerCharacter = 6;
constexpr std::size_t kKeyCharacters = 43;  // ceil(256 / 6)

std::optional<std::uint32_t> value_of(char character) {
  const std::size_t at = kAlphabet.find(character);
  if (at == std::string_view::npos) return std::nullopt;
  return static_cast<std::uint32_t>(at);
}

}  // namespace

std::string PublicKey::to_string() const {
  std::string text;
  text.reserve(kKeyCharacters);
  std::uint32_t pending = 0;
  unsigned pending_bits = 0;
  for (const std::uint8_t byte : bytes) {
    pending = pending << 8 | byte;
    pending_bits += 8;
    while (pending_bits >= kBitsPerCharacter) {
      pending_bits -= kBitsPerCharacter;
      text += kAlphabet[pending >> pending_bits & 0x3f];
    }
  }
  text += kAlphabet[pending << (kBitsPerCharacter - pending_bits) & 0x3f];
  return text;
}

Result<PublicKey> PublicKey::parse(std::string_view text) {
  if (text.size() != kKeyCharacters) return Error::bad_key;
  PublicKey key;
  std::size_t filled = 0;
  std::uint32_t pending = 0;
  unsigned pending_bits = 0;
  for (const char character : text) {
    const auto value = value_of(character);
    if (!value) return Error::bad_key;
    pending = pending << kBitsPerCharacter | *value;
    pending_bits += kBitsPerCharacter;
    if (pending_bits < 8) continue;
    pending_bits -= 8;
    key.bytes[filled++] = static_cast<std::uint8_t>(pending >> pending_bits);
  }
  // 43 characters hold two bits more than a key. Were they free, one key would have four spellings, and two
  // equal keys could look different to a person.
  const bool canonical = (pending & ((1u << pending_bits) - 1)) == 0;
  if (!canonical) return Error::bad_key;
  return key;
}

}  // namespace rudp
