// Numbers and IP addresses as text, without a system call.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rudp::base {

using IpBytes = std::array<std::uint8_t, 16>;  // network order; IPv4 as ::ffff:a.b.c.d

/// Digits alone, no sign, no leading zero, at most `max`.
std::optional<std::uint32_t> parse_decimal(std::string_view text, std::uint32_t max);

/// "1.2.3.4"; four decimal numbers without leading zeros, which some systems read as octal.
std::optional<IpBytes> parse_ipv4(std::string_view text);

/// Any spelling of RFC 4291 2.2, without brackets and zone.
std::optional<IpBytes> parse_ipv6(std::string_view text);

/// ::ffff:0:0/96.
bool is_mapped_ipv4(const IpBytes& ip);

/// "1.2.3.4" for a mapped address, else the canonical spelling of RFC 5952.
std::string ip_to_text(const IpBytes& ip);

}  // namespace rudp::base
