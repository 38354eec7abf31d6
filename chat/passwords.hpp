// Passwords and resume tokens: rules and hashes. The only file of the chat that speaks libsodium.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <rudp/error.hpp>

#include "chat/messages.hpp"

namespace chat {

constexpr std::size_t kPasswordCodePointsMin = 8;  // NIST SP 800-63B
constexpr std::size_t kPasswordBytesMax = 128;     // after NFKC

/// What one Argon2id costs.
struct PasswordCost {
  std::uint64_t memory_bytes = 64 * 1024 * 1024;
  std::uint32_t passes = 2;

  friend bool operator==(const PasswordCost&, const PasswordCost&) = default;
};

/// The least that a server's configuration may ask for (OWASP: 19 MiB, 2 passes).
constexpr PasswordCost kPasswordCostFloor{19 * 1024 * 1024, 2};
/// Where one login would take the whole machine.
constexpr PasswordCost kPasswordCostCeiling{1024 * 1024 * 1024, 16};

/// Whether a server may be configured so: between floor and ceiling.
bool is_allowed(const PasswordCost& cost);

/// The password in NFKC, the form that is hashed. At least 8 code points, at
/// most 128 bytes, no NUL.
/// Errors: password_too_short, password_too_long, password_characters.
rudp::Result<std::string, RefusalCode> check_password(std::string_view typed);

/// Argon2id (crypto_pwhash_str): a self-describing string of at most 128
/// characters. Takes its time and `cost.memory_bytes` of memory; never on a loop
/// thread. Nothing where the memory is not to be had.
std::optional<std::string> hash_password(std::string_view password, const PasswordCost& cost);

enum class PasswordVerdict : std::uint8_t {
  match,
  mismatch,  ///< also where the hash is none
  failed,    ///< the memory is not to be had: nobody knows
};
/// As slow as hash_password.
PasswordVerdict verify_password(std::string_view password, const std::string& hash);
/// Whether the hash was made at another cost.
bool needs_rehash(const std::string& hash, const PasswordCost& cost);

using TokenHash = std::array<std::uint8_t, 32>;
/// BLAKE2b-256: enough for a random secret of 32 bytes.
TokenHash hash_token(const ResumeToken& token);

/// Overwrites a secret before it is let go.
void wipe(std::string& secret);
void wipe(ResumeToken& secret);

}  // namespace chat
