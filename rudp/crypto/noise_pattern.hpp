// Noise handshake patterns as data: which token stands in which message.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <rudp/error.hpp>

namespace rudp::crypto {

enum class Role : std::uint8_t { initiator, responder };

constexpr Role peer_of(Role role) { return role == Role::initiator ? Role::responder : Role::initiator; }

/// Tokens of Noise revision 34, section 7.1. `none` ends a message.
enum class Token : std::uint8_t { none, e, s, ee, es, se, ss, psk };

inline constexpr std::size_t kNoiseMessagesMax = 4;      // X1K and its kin take four
inline constexpr std::size_t kTokensPerMessageMax = 8;   // IXpsk2 has six in one message
inline constexpr std::size_t kPsksMax = 4;               // psk0 to psk3; more have no use
inline constexpr std::size_t kPatternNameBytesMax = 24;  // "X1K1psk0+psk1+psk2+psk3" has 23

/// One handshake pattern with its psk modifiers applied.
struct Pattern {
  std::string_view name() const { return std::string_view(name_text.data(), name_bytes); }

  std::array<char, kPatternNameBytesMax> name_text{};
  std::uint8_t name_bytes = 0;
  bool initiator_static_is_known = false;  ///< "-> s" before the first message
  bool responder_static_is_known = false;  ///< "<- s" before the first message
  std::uint8_t message_count = 0;
  std::uint8_t psk_count = 0;
  std::array<std::array<Token, kTokensPerMessageMax>, kNoiseMessagesMax> messages{};
};

/// Whether the role's static key stands anywhere in the pattern.
bool uses_static_key(const Pattern& pattern, Role role);

/// Finds "NK", "X1K1", "NKpsk2" or "XXpsk0+psk3": the one-way, fundamental and
/// deferred patterns of Noise revision 34 with psk modifiers in rising order.
/// Errors: unsupported.
Result<Pattern> find_pattern(std::string_view name);

}  // namespace rudp::crypto
