// How much may be sent to an address that has not proven it wants it (RFC 9000 8.1).
#pragma once

#include <cstdint>

namespace rudp::path {

/// Bytes allowed per byte received.
inline constexpr std::uint64_t kAmplificationFactor = 3;

/// Counts UDP payload in both directions until the peer's address is validated; then there is no limit.
class AntiAmplification {
 public:
  void on_received(std::uint64_t bytes);
  void on_sent(std::uint64_t bytes);
  /// The peer has shown that it receives at its address. Cannot be taken back; a new path gets a new object.
  void on_validated() { validated_ = true; }

  bool is_validated() const { return validated_; }
  /// Bytes that may leave now; the largest uint64 once validated.
  std::uint64_t allowance_bytes() const;
  bool can_send(std::uint64_t bytes) const { return bytes <= allowance_bytes(); }

 private:
  std::uint64_t received_ = 0;
  std::uint64_t sent_ = 0;
  bool validated_ = false;
};

}  // namespace rudp::path
