// Integers as bytes in a stated order, for nonces and hashed fields.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>

namespace rudp::crypto {

template <std::unsigned_integral T>
constexpr std::array<std::uint8_t, sizeof(T)> little_endian(T value) {
  std::array<std::uint8_t, sizeof(T)> bytes{};
  for (std::size_t i = 0; i < sizeof(T); ++i) bytes[i] = static_cast<std::uint8_t>(value >> (8 * i));
  return bytes;
}

template <std::unsigned_integral T>
constexpr std::array<std::uint8_t, sizeof(T)> big_endian(T value) {
  std::array<std::uint8_t, sizeof(T)> bytes{};
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    bytes[i] = static_cast<std::uint8_t>(value >> (8 * (sizeof(T) - 1 - i)));
  }
  return bytes;
}

}  // namespace rudp::crypto
