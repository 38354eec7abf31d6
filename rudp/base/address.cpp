// Addresses from and to text.
#include <rudp/address.hpp>

#include <algorithm>
#include <limits>

#include "base/ip_text.hpp"

namespace rudp {

namespace {

constexpr std::uint32_t kPortMax = 65535;

/// What stands between the brackets: an IPv6 address and perhaps a zone.
Result<Address> parse_bracketed(std::string_view text) {
  const std::size_t percent = text.find('%');
  Address address;
  const auto ip = base::parse_ipv6(text.substr(0, percent));
  if (!ip) return Error::bad_address;
  address.ip = *ip;
  if (percent == std::string_view::npos) return address;
  const auto zone = base::parse_decimal(text.substr(percent + 1), std::numeric_limits<std::uint32_t>::max());
  if (!zone || address.is_v4()) return Error::bad_address;
  address.scope_id = *zone;
  return address;
}

Result<Address> parse_ip(std::string_view text) {
  const bool bracketed = text.size() >= 2 && text.front() == '[' && text.back() == ']';
  if (bracketed) return parse_bracketed(text.substr(1, text.size() - 2));
  const auto ip = base::parse_ipv4(text);
  if (!ip) return Error::bad_address;
  Address address;
  address.ip = *ip;
  return address;
}

}  // namespace

Address Address::v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d, std::uint16_t port) {
  Address address;
  address.ip = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d};
  address.port = port;
  return address;
}

Result<Address> Address::parse(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return Error::bad_address;
  const auto port = base::parse_decimal(text.substr(colon + 1), kPortMax);
  auto address = parse_ip(text.substr(0, colon));
  if (!address || !port) return Error::bad_address;
  address->port = static_cast<std::uint16_t>(*port);
  return address;
}

bool Address::is_v4() const { return base::is_mapped_ipv4(ip); }

bool Address::is_unspecified() const {
  const auto host = is_v4() ? ip.begin() + 12 : ip.begin();
  return std::all_of(host, ip.end(), [](std::uint8_t byte) { return byte == 0; });
}

std::string Address::to_string() const {
  const std::string port_text = ':' + std::to_string(port);
  if (is_v4()) return base::ip_to_text(ip) + port_text;
  const std::string zone = scope_id == 0 ? std::string() : '%' + std::to_string(scope_id);
  return '[' + base::ip_to_text(ip) + zone + ']' + port_text;
}

}  // namespace rudp
