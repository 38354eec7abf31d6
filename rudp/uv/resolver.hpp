// Names become addresses, on libuv's thread pool.
#pragma once

#include <uv.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <rudp/address.hpp>
#include <rudp/error.hpp>

namespace rudp::uv {

/// The address that `host` writes out in digits ("1.2.3.4", "fe80::1%eth0"); absent for a name.
std::optional<Address> numeric_address(const std::string& host, std::uint16_t port);

/// The same addresses with IPv4 and IPv6 taking turns, the first one's family first and each family in its
/// own order, so that a family without a working route costs one step (RFC 8305, section 4).
std::vector<Address> alternate_families(const std::vector<Address>& addresses);

/// One look-up in progress. Destroying it cancels: the callback is then not called.
class Resolution {
 public:
  using Callback = std::function<void(Result<std::vector<Address>, Failure>)>;

  /// Calls back from the loop, once, with at least one address, families alternating, or with
  /// name_not_resolved. The callback may destroy the Resolution.
  static Result<std::unique_ptr<Resolution>, Failure> start(uv_loop_t* loop, const std::string& host,
                                                            std::uint16_t port, Callback callback);
  ~Resolution();
  Resolution(const Resolution&) = delete;
  Resolution& operator=(const Resolution&) = delete;

 private:
  struct Request;
  explicit Resolution(Request* request) : request_(request) {}
  static void on_resolved(uv_getaddrinfo_t* raw, int status, addrinfo* found);

  Request* request_;  // libuv's until its callback has run; null from then on
};

}  // namespace rudp::uv
