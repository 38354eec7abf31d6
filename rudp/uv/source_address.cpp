#include "uv/source_address.hpp"

#include "uv/failure.hpp"
#include "uv/handle.hpp"
#include "uv/socket_address.hpp"

namespace rudp::uv {

// A UDP socket that is connected has been given its route, and nothing has left.
Result<Address, Failure> source_address(uv_loop_t* loop, const Address& to) {
  auto made = std::make_unique<uv_udp_t>();
  if (const int status = uv_udp_init(loop, made.get()); status != 0)
    return failure_from_uv(status, to.to_string());
  const Handle<uv_udp_t> socket(made.release());
  unref(socket);
  const SocketAddress target = to_socket_address(to);
  if (const int status = uv_udp_connect(socket.get(), &target.any); status != 0)
    return failure_from_uv(status, to.to_string());
  SocketAddress local{};
  int length = sizeof local;
  if (const int status = uv_udp_getsockname(socket.get(), &local.any, &length); status != 0)
    return failure_from_uv(status, to.to_string());
  const std::optional<Address> source = from_socket_address(local.any);
  if (!source) return Failure(Error::network_unreachable, to.to_string());
  return *source;
}

}  // namespace rudp::uv
