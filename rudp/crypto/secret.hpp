// Bytes that must not outlive their use: wiped on destruction, never copied by accident.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <rudp/types.hpp>

namespace rudp::crypto {

/// Overwrites with zeros in a way that the compiler keeps.
void wipe(MutableBytes bytes);

/// Compares without a data-dependent branch. Different lengths are unequal at
/// once: a length is no secret.
bool equal_in_constant_time(Bytes left, Bytes right);

/// Exactly N secret bytes. Moving wipes the source; a copy has to be asked for
/// with clone(). Lives wherever its owner lives: connection secrets belong into
/// a SecretSlab, long-term keys into a GuardedKey.
template <std::size_t N>
class Secret {
 public:
  static constexpr std::size_t kBytes = N;

  /// All zero until written.
  Secret() = default;
  explicit Secret(std::span<const std::uint8_t, N> from) {
    std::copy(from.begin(), from.end(), bytes_.begin());
  }
  ~Secret() { wipe(bytes_); }

  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  Secret(Secret&& other) noexcept : bytes_(other.bytes_) { wipe(other.bytes_); }
  Secret& operator=(Secret&& other) noexcept {
    if (this == &other) return *this;
    bytes_ = other.bytes_;
    wipe(other.bytes_);
    return *this;
  }

  Secret clone() const { return Secret(std::span<const std::uint8_t, N>(bytes_)); }

  /// Valid while this Secret lives and is not moved from.
  std::span<const std::uint8_t, N> bytes() const { return bytes_; }
  std::span<std::uint8_t, N> mutable_bytes() { return bytes_; }

  friend bool operator==(const Secret& left, const Secret& right) {
    return equal_in_constant_time(left.bytes_, right.bytes_);
  }

 private:
  std::array<std::uint8_t, N> bytes_{};
};

}  // namespace rudp::crypto
