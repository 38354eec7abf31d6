// std::optional for values of which one never occurs: no larger than the value.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>

#include <rudp/types.hpp>

namespace rudp::base {

/// The value of T that stands for none: an end of time, a number above every packet's.
template <class T>
struct Absent;

template <>
struct Absent<Duration> {
  static constexpr Duration value() { return Duration::max(); }
};
template <>
struct Absent<Instant> {
  static constexpr Instant value() { return Instant::max(); }
};
template <>
struct Absent<std::uint64_t> {
  static constexpr std::uint64_t value() { return std::numeric_limits<std::uint64_t>::max(); }
};

/// Used as a std::optional is. What is kept for each idle connection counts its bytes, and std::optional
/// takes eight for the one bit. What equals the absent value is none.
template <class T>
class CompactOptional {
 public:
  constexpr CompactOptional() = default;
  constexpr CompactOptional(T value) : value_(value) {}

  constexpr bool has_value() const { return value_ != Absent<T>::value(); }
  constexpr explicit operator bool() const { return has_value(); }
  /// REQUIRES: has_value(), or else the absent value is seen.
  constexpr const T& operator*() const { return value_; }
  constexpr T& operator*() { return value_; }
  constexpr T value_or(T other) const { return has_value() ? value_ : other; }
  constexpr void reset() { value_ = Absent<T>::value(); }
  constexpr std::optional<T> to_optional() const {
    return has_value() ? std::optional<T>(value_) : std::nullopt;
  }

 private:
  T value_ = Absent<T>::value();
};

}  // namespace rudp::base
