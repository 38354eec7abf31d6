// What both sockets ask of the system. Nothing here is needed to work: what is refused is done without.
#pragma once

#include <rudp/address.hpp>

namespace rudp::uv {

struct BufferBytes {
  int receive = 0;
  int send = 0;
};

/// Asks for `bytes` each way and returns what was granted, in the same measure.
BufferBytes ask_for_buffers(int socket, int bytes);

/// Lets packets be neither fragmented nor limited by forged "too big" reports (threat M7): the path MTU is
/// found by probing, ICMP is not listened to.
void forbid_fragmentation(int socket, bool is_v4);

/// So that [::]:P and 0.0.0.0:P can be bound side by side.
void only_ipv6(int socket);

/// Asks for the ECN mark of each arriving datagram as a control message.
void report_ecn(int socket, bool is_v4);

/// Asks for the address that each datagram came to as a control message (Linux).
void report_local_address(int socket, bool is_v4);

/// Where the socket is bound. Negative: the system's error as libuv numbers it.
int local_address(int socket, Address& address);

}  // namespace rudp::uv
