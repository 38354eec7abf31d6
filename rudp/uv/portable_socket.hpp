// The socket of every system that libuv runs on: uv_udp_t, one datagram at a time, without ECN.
#pragma once

#include "uv/platform.hpp"
#if !RUDP_UV_LINUX

#include <rudp/uv_endpoint.hpp>

#include "uv/send_queue.hpp"
#include "uv/socket_receiver.hpp"

namespace rudp::uv {

/// See socket.hpp.
class PortableSocket {
 public:
  static Result<std::unique_ptr<PortableSocket>, Failure> open(uv_loop_t* loop, const Address& local,
                                                               int buffer_bytes, SocketReceiver& receiver,
                                                               Source source = Source::chosen_by_system);
  ~PortableSocket();
  PortableSocket(const PortableSocket&) = delete;
  PortableSocket& operator=(const PortableSocket&) = delete;

  MutableBytes space();
  void push(const Transmit& run);
  void flush();
  bool blocked() const;
  const SocketInfo& info() const;

 private:
  struct State;
  explicit PortableSocket(State* state) : state_(state) {}
  State* state_;  // freed in the close callback: libuv uses handle, request and bytes until then
};

}  // namespace rudp::uv

#endif
