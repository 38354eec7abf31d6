// A router between a client and a server on this machine: it gives the client a port, and another one
// whenever the test says so, as routers do that forget or restart.
#pragma once

#include <uv.h>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <utility>

#include <rudp/address.hpp>

namespace test {

class Nat {
 public:
  /// Passes on what comes to inside() to 127.0.0.1:`server_port`, and answers back. One client at a time.
  Nat(uv_loop_t* loop, std::uint16_t server_port) : loop_(loop), server_(loopback(server_port)) {
    inside_ = std::make_unique<Side>(*this, open_socket());
    rebind();
  }
  Nat(const Nat&) = delete;
  Nat& operator=(const Nat&) = delete;

  /// Where the client connects to.
  rudp::Address inside() const { return rudp::Address::v4(127, 0, 0, 1, port_of(inside_->descriptor)); }
  /// As the server sees the client now.
  std::uint16_t outside_port() const { return port_of(outside_->descriptor); }
  /// Another port. What still comes to the old one is answered by the system: port unreachable.
  void rebind() { outside_ = std::make_unique<Side>(*this, open_socket()); }
  std::uint64_t passed() const { return passed_; }
  /// The next datagram of the client gets lost.
  void drop_one() { drops_one_ = true; }

 private:
  /// One socket, watched; closed by libuv's rules.
  struct Side {
    Side(Nat& nat, int socket) : owner(nat), descriptor(socket), poll(new uv_poll_t) {
      if (uv_poll_init(nat.loop_, poll, socket) != 0) std::abort();
      poll->data = this;
      uv_poll_start(poll, UV_READABLE, [](uv_poll_t* handle, int, int) {
        Side& side = *static_cast<Side*>(handle->data);
        side.owner.pump(side);
      });
      uv_unref(reinterpret_cast<uv_handle_t*>(poll));
    }
    ~Side() {
      uv_poll_stop(poll);
      close(descriptor);
      uv_close(reinterpret_cast<uv_handle_t*>(poll),
               [](uv_handle_t* handle) { delete reinterpret_cast<uv_poll_t*>(handle); });
    }
    Side(const Side&) = delete;
    Side& operator=(const Side&) = delete;

    Nat& owner;
    int descriptor;
    uv_poll_t* poll;
  };

  static sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
  }

  static int open_socket() {
    const int made = ::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const sockaddr_in any_port = loopback(0);
    if (::bind(made, reinterpret_cast<const sockaddr*>(&any_port), sizeof any_port) != 0) std::abort();
    return made;
  }

  static std::uint16_t port_of(int descriptor) {
    sockaddr_in address{};
    socklen_t bytes = sizeof address;
    getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &bytes);
    return ntohs(address.sin_port);
  }

  void pump(Side& from) {
    const bool is_client = &from == inside_.get();
    sockaddr_in source{};
    socklen_t bytes = sizeof source;
    const ssize_t count = recvfrom(from.descriptor, datagram_.data(), datagram_.size(), 0,
                                   reinterpret_cast<sockaddr*>(&source), &bytes);
    if (count < 0) return;
    if (is_client && std::exchange(drops_one_, false)) return;
    if (is_client) client_ = source;
    const sockaddr_in& target = is_client ? server_ : client_;
    const int through = is_client ? outside_->descriptor : inside_->descriptor;
    (void)sendto(through, datagram_.data(), static_cast<std::size_t>(count), 0,
                 reinterpret_cast<const sockaddr*>(&target), sizeof target);
    ++passed_;
  }

  uv_loop_t* loop_;
  sockaddr_in server_, client_{};
  std::array<std::uint8_t, 65'536> datagram_{};
  std::uint64_t passed_ = 0;
  bool drops_one_ = false;
  std::unique_ptr<Side> inside_, outside_;
};

}  // namespace test
