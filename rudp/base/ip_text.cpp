#include "base/ip_text.hpp"

#include <algorithm>
#include <cstddef>

namespace rudp::base {

namespace {

constexpr std::size_t kGroups = 8;
constexpr std::size_t kMappedPrefixBytes = 12;
constexpr std::array<std::uint8_t, kMappedPrefixBytes> kMappedPrefix{0, 0, 0, 0, 0,    0,
                                                                     0, 0, 0, 0, 0xff, 0xff};

/// The part before the next `separator`, which is removed with it. All of the text where there is none.
std::string_view take_part(std::string_view& text, char separator) {
  const std::size_t at = text.find(separator);
  const std::string_view part = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view() : text.substr(at + 1);
  return part;
}

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10;
  return std::nullopt;
}

std::optional<std::uint16_t> parse_group(std::string_view text) {
  if (text.empty() || text.size() > 4) return std::nullopt;
  unsigned value = 0;
  for (const char c : text) {
    const auto digit = hex_digit(c);
    if (!digit) return std::nullopt;
    value = value << 4 | *digit;
  }
  return static_cast<std::uint16_t>(value);
}

/// The groups on one side of "::", as bytes.
struct Groups {
  IpBytes bytes{};
  std::size_t size = 0;

  bool push(std::uint8_t high, std::uint8_t low) {
    if (size + 2 > bytes.size()) return false;
    bytes[size++] = high;
    bytes[size++] = low;
    return true;
  }
  bool push_group(std::string_view text) {
    const auto group = parse_group(text);
    return group && push(static_cast<std::uint8_t>(*group >> 8), static_cast<std::uint8_t>(*group));
  }
  bool push_ipv4(std::string_view text) {
    const auto ip = parse_ipv4(text);
    return ip && push((*ip)[12], (*ip)[13]) && push((*ip)[14], (*ip)[15]);
  }
};

/// Groups divided by single colons; dotted IPv4 may stand last.
std::optional<Groups> parse_groups(std::string_view text) {
  Groups groups;
  while (!text.empty()) {
    const bool separated = text.find(':') != std::string_view::npos;
    const std::string_view part = take_part(text, ':');
    if (separated && text.empty()) return std::nullopt;
    const bool dotted = part.find('.') != std::string_view::npos;
    if (dotted && separated) return std::nullopt;
    if (!(dotted ? groups.push_ipv4(part) : groups.push_group(part))) return std::nullopt;
  }
  return groups;
}

std::uint16_t group_at(const IpBytes& ip, std::size_t group) {
  return static_cast<std::uint16_t>(ip[2 * group] << 8 | ip[2 * group + 1]);
}

std::string to_hex(std::uint16_t group) {
  std::string text;
  for (unsigned value = group; value != 0 || text.empty(); value >>= 4)
    text += "0123456789abcdef"[value & 0xf];
  std::reverse(text.begin(), text.end());
  return text;
}

struct Run {
  std::size_t begin = kGroups;
  std::size_t length = 0;
};

/// The first of the longest runs of zero groups; a single one is not shortened (RFC 5952 4.2).
Run longest_zero_run(const IpBytes& ip) {
  Run longest;
  std::size_t length = 0;
  for (std::size_t group = 0; group < kGroups; ++group) {
    length = group_at(ip, group) == 0 ? length + 1 : 0;
    if (length > 1 && length > longest.length) longest = Run{group + 1 - length, length};
  }
  return longest;
}

std::string ipv4_to_text(const IpBytes& ip) {
  std::string text;
  for (std::size_t at = kMappedPrefixBytes; at < ip.size(); ++at) {
    if (!text.empty()) text += '.';
    text += std::to_string(ip[at]);
  }
  return text;
}

}  // namespace

std::optional<std::uint32_t> parse_decimal(std::string_view text, std::uint32_t max) {
  if (text.empty() || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
    if (value > max) return std::nullopt;
  }
  return static_cast<std::uint32_t>(value);
}

std::optional<IpBytes> parse_ipv4(std::string_view text) {
  if (std::count(text.begin(), text.end(), '.') != 3) return std::nullopt;
  IpBytes ip{};
  std::copy(kMappedPrefix.begin(), kMappedPrefix.end(), ip.begin());
  for (std::size_t at = kMappedPrefixBytes; at < ip.size(); ++at) {
    const auto number = parse_decimal(take_part(text, '.'), 255);
    if (!number) return std::nullopt;
    ip[at] = static_cast<std::uint8_t>(*number);
  }
  return ip;
}

std::optional<IpBytes> parse_ipv6(std::string_view text) {
  const std::size_t gap = text.find("::");
  const bool shortened = gap != std::string_view::npos;
  const std::string_view before = text.substr(0, gap);
  const auto head = parse_groups(before);
  const auto tail = parse_groups(shortened ? text.substr(gap + 2) : std::string_view());
  if (!head || !tail || before.find('.') < (shortened ? before.size() : 0)) return std::nullopt;
  const std::size_t stated = head->size + tail->size;
  if (shortened ? stated > sizeof(IpBytes) - 2 : stated != sizeof(IpBytes)) return std::nullopt;
  IpBytes ip = head->bytes;
  std::copy_backward(tail->bytes.begin(), tail->bytes.begin() + static_cast<std::ptrdiff_t>(tail->size),
                     ip.end());
  return ip;
}

bool is_mapped_ipv4(const IpBytes& ip) {
  return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), ip.begin());
}

std::string ip_to_text(const IpBytes& ip) {
  if (is_mapped_ipv4(ip)) return ipv4_to_text(ip);
  const Run zeros = longest_zero_run(ip);
  std::string text;
  for (std::size_t group = 0; group < kGroups; ++group) {
    if (group == zeros.begin) text += "::";
    if (group >= zeros.begin && group < zeros.begin + zeros.length) continue;
    if (!text.empty() && text.back() != ':') text += ':';
    text += to_hex(group_at(ip, group));
  }
  return text;
}

}  // namespace rudp::base
