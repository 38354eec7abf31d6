// What the kernel knows about a piece of memory: whether it is locked, and left out of core dumps.
#pragma once

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <optional>
#include <string>

#include "support/sanitizer.hpp"

namespace test {

/// The sanitizers replace mlock by a call that only claims to lock.
inline constexpr bool kLockingIsReal = !kIsSanitized;

/// The flags of the mapping that holds `address` ("lo" locked, "dd" not dumped),
/// or nothing where the system does not tell.
inline std::optional<std::string> memory_flags(const void* address) {
  std::ifstream file("/proc/self/smaps");
  const auto wanted = reinterpret_cast<std::uintptr_t>(address);
  bool is_inside = false;
  for (std::string line; std::getline(file, line);) {
    unsigned long long begin = 0;
    unsigned long long end = 0;
    if (std::sscanf(line.c_str(), "%llx-%llx ", &begin, &end) == 2)
      is_inside = wanted >= begin && wanted < end;
    if (is_inside && line.rfind("VmFlags:", 0) == 0) return line.substr(8) + " ";
  }
  return std::nullopt;
}

inline bool has_flag(const std::string& flags, const std::string& flag) {
  return flags.find(" " + flag + " ") != std::string::npos;
}

}  // namespace test
