// A UDP port of this machine where nobody answers, and where nothing else can begin to.
#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>

#include <rudp/address.hpp>

#include "uv/socket_address.hpp"

namespace test {

/// Held and never read.
class SilentPort {
 public:
  /// On the same machine as `any`, whose port is 0.
  explicit SilentPort(const rudp::Address& any) {
    rudp::uv::SocketAddress name = rudp::uv::to_socket_address(any);
    socklen_t bytes = rudp::uv::length_of(name);
    socket_ = ::socket(name.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (::bind(socket_, &name.any, bytes) != 0 || ::getsockname(socket_, &name.any, &bytes) != 0) std::abort();
    address_ = *rudp::uv::from_socket_address(name.any);
  }
  ~SilentPort() { close(socket_); }
  SilentPort(const SilentPort&) = delete;
  SilentPort& operator=(const SilentPort&) = delete;

  const rudp::Address& address() const { return address_; }

 private:
  int socket_ = -1;
  rudp::Address address_;
};

}  // namespace test
