// The address that people pass around: rudp://host:port/#KEY
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <rudp/error.hpp>
#include <rudp/export.hpp>
#include <rudp/identity.hpp>

namespace rudp {

/// A parsed rudp:// address.
struct RUDP_API Url {
  std::string host;  ///< a name, an IPv4 address, or an IPv6 address without brackets
  std::uint16_t port = 0;
  std::optional<PublicKey> key;  ///< the server's key; absent: trust on first use

  /// Reads "rudp://host:port/#KEY", "rudp://host:port", "rudp://[::1]:port/".
  /// Errors: bad_address, bad_key; `what` names the part.
  static Result<Url, Failure> parse(std::string_view text);
  std::string to_string() const;
};

}  // namespace rudp
