// IP addresses with ports, as plain values: no system header, no name resolution.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include <rudp/error.hpp>
#include <rudp/export.hpp>

namespace rudp {

/// An IPv4 or IPv6 address and a UDP port. IPv4 is held as an IPv4-mapped IPv6
/// address (::ffff:a.b.c.d), so that both compare and hash alike.
struct RUDP_API Address {
  std::array<std::uint8_t, 16> ip{};  ///< network order
  std::uint16_t port = 0;             ///< host order
  std::uint32_t scope_id = 0;         ///< zone of a link-local IPv6 address, else 0

  static Address v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d, std::uint16_t port);
  /// Reads "1.2.3.4:80", "[::1]:80" or "[fe80::1%2]:80" (numeric zone). The port is required.
  /// Errors: bad_address.
  static Result<Address> parse(std::string_view text);

  bool is_v4() const;
  bool is_unspecified() const;
  /// "1.2.3.4:80" or "[::1]:80", as parse reads it.
  std::string to_string() const;

  friend auto operator<=>(const Address&, const Address&) = default;
};

}  // namespace rudp
