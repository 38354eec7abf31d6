// One UDP socket of one address family on a loop: the fast one of Linux, or the portable one of libuv.
//
// Both have the same members:
//   open(loop, local, buffer_bytes, receiver, source)   bound, reading, not keeping the loop alive
//   space() / push(run)    where the next run of datagrams is written, and taking it; no space: flush
//   flush()                sends what was pushed; what the system has no room for waits, and space() is
//                          empty until SocketReceiver::on_writable
//   blocked()              whether something waits
//   info()                 addresses, buffers, offloads, counters
#pragma once

#include "uv/platform.hpp"

#if RUDP_UV_LINUX
#include "uv/linux_socket.hpp"
#else
#include "uv/portable_socket.hpp"
#endif

namespace rudp::uv {

#if RUDP_UV_LINUX
using Socket = LinuxSocket;
#else
using Socket = PortableSocket;
#endif

}  // namespace rudp::uv
