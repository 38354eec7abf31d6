#include "uv/socket_options.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>

#include "uv/socket_address.hpp"

namespace rudp::uv {
namespace {

bool set(int socket, int level, int option, int value) {
  return setsockopt(socket, level, option, &value, sizeof value) == 0;
}

int get(int socket, int option) {
  int value = 0;
  socklen_t length = sizeof value;
  return getsockopt(socket, SOL_SOCKET, option, &value, &length) == 0 ? value : 0;
}

// Linux doubles what was asked for, to have room for its own bookkeeping, and reports the double (socket(7)).
int granted(int socket, int option) {
#if defined(__linux__)
  return get(socket, option) / 2;
#else
  return get(socket, option);
#endif
}

int ask(int socket, int option, [[maybe_unused]] int option_of_root, int bytes) {
  set(socket, SOL_SOCKET, option, bytes);
#if defined(__linux__)
  // Above the administrator's limit only with CAP_NET_ADMIN.
  if (granted(socket, option) < bytes) set(socket, SOL_SOCKET, option_of_root, bytes);
#endif
  return granted(socket, option);
}

}  // namespace

BufferBytes ask_for_buffers(int socket, int bytes) {
#if defined(__linux__)
  return {ask(socket, SO_RCVBUF, SO_RCVBUFFORCE, bytes), ask(socket, SO_SNDBUF, SO_SNDBUFFORCE, bytes)};
#else
  return {ask(socket, SO_RCVBUF, 0, bytes), ask(socket, SO_SNDBUF, 0, bytes)};
#endif
}

void forbid_fragmentation([[maybe_unused]] int socket, [[maybe_unused]] bool is_v4) {
#if defined(IP_PMTUDISC_PROBE)
  if (is_v4)
    set(socket, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
  else
    set(socket, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE);
#elif defined(IP_DONTFRAG) && defined(IPV6_DONTFRAG)
  set(socket, is_v4 ? IPPROTO_IP : IPPROTO_IPV6, is_v4 ? IP_DONTFRAG : IPV6_DONTFRAG, 1);
#endif
}

void only_ipv6(int socket) { set(socket, IPPROTO_IPV6, IPV6_V6ONLY, 1); }

void report_ecn([[maybe_unused]] int socket, [[maybe_unused]] bool is_v4) {
#if defined(IP_RECVTOS) && defined(IPV6_RECVTCLASS)
  if (is_v4)
    set(socket, IPPROTO_IP, IP_RECVTOS, 1);
  else
    set(socket, IPPROTO_IPV6, IPV6_RECVTCLASS, 1);
#endif
}

void report_local_address([[maybe_unused]] int socket, [[maybe_unused]] bool is_v4) {
#if defined(__linux__)
  if (is_v4)
    set(socket, IPPROTO_IP, IP_PKTINFO, 1);
  else
    set(socket, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
#endif
}

int local_address(int socket, Address& address) {
  SocketAddress local{};
  socklen_t length = sizeof local;
  if (getsockname(socket, &local.any, &length) != 0) return uv_translate_sys_error(errno);
  const std::optional<Address> found = from_socket_address(local.any);
  if (!found) return UV_EAFNOSUPPORT;
  address = *found;
  return 0;
}

}  // namespace rudp::uv
