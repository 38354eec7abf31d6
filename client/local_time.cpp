#include "client/local_time.hpp"

#include <array>
#include <ctime>

namespace client {
namespace {

// Years of four digits; a server may claim any time.
constexpr chat::UnixMs kUnixMsMax = 253'402'300'799'000;

}  // namespace

LocalTime to_local_time(chat::UnixMs unix_ms) {
  const bool is_sane = unix_ms >= 0 && unix_ms <= kUnixMsMax;
  const auto seconds = static_cast<std::time_t>(is_sane ? unix_ms / 1000 : 0);
  std::tm time{};
#if defined(_WIN32)
  if (localtime_s(&time, &seconds) != 0) return {};
#else
  if (localtime_r(&seconds, &time) == nullptr) return {};
#endif
  std::array<char, 16> clock{}, day{};
  std::strftime(clock.data(), clock.size(), "%H:%M", &time);
  std::strftime(day.data(), day.size(), "%Y-%m-%d", &time);
  return {clock.data(), day.data()};
}

}  // namespace client
