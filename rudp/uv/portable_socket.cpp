#include "uv/portable_socket.hpp"

#if !RUDP_UV_LINUX

#include "uv/failure.hpp"
#include "uv/socket_address.hpp"
#include "uv/socket_options.hpp"

namespace rudp::uv {

struct PortableSocket::State {
  explicit State(SocketReceiver& owner) : receiver(&owner), buffer(new std::uint8_t[kReceiveBufferBytes]) {}

  int start(const Address& local, int buffer_bytes);
  int start_receiving();
  void on_receive(ssize_t count, const sockaddr* from, unsigned flags);
  void send_next();
  void wait_with(const Chunk& chunk);
  void on_sent(int status);
  void refuse(const Chunk& chunk, int status);

  uv_udp_t handle{};
  uv_udp_send_t request{};  // of the one datagram that waits
  bool waiting = false;
  SocketReceiver* receiver;  // null: closing
  SocketInfo info;
  SendQueue queue;
  Chunk waiting_chunk;
  std::unique_ptr<std::uint8_t[]> buffer;
};

namespace {

uv_buf_t as_buffer(MutableBytes bytes) {
  return uv_buf_init(reinterpret_cast<char*>(bytes.data()), static_cast<unsigned>(bytes.size()));
}

}  // namespace

Result<std::unique_ptr<PortableSocket>, Failure> PortableSocket::open(uv_loop_t* loop, const Address& local,
                                                                      int buffer_bytes,
                                                                      SocketReceiver& receiver, Source) {
  auto state = std::make_unique<State>(receiver);
  // With the family given the descriptor exists at once, to be prepared before it is bound.
  const int status = uv_udp_init_ex(loop, &state->handle, local.is_v4() ? AF_INET : AF_INET6);
  if (status != 0) return failure_from_uv(status, local.to_string());
  state->handle.data = state.get();
  std::unique_ptr<PortableSocket> socket(new PortableSocket(state.release()));
  const int started = socket->state_->start(local, buffer_bytes);
  if (started != 0) return failure_from_uv(started, local.to_string());
  return socket;
}

PortableSocket::~PortableSocket() {
  state_->receiver = nullptr;
  uv_close(reinterpret_cast<uv_handle_t*>(&state_->handle),
           [](uv_handle_t* handle) { delete static_cast<State*>(handle->data); });
}

int PortableSocket::State::start(const Address& local, int buffer_bytes) {
  uv_os_fd_t descriptor;
  auto* const any_handle = reinterpret_cast<uv_handle_t*>(&handle);
  uv_unref(any_handle);
  if (const int status = uv_fileno(any_handle, &descriptor); status != 0) return status;
  forbid_fragmentation(descriptor, local.is_v4());
  const BufferBytes granted = ask_for_buffers(descriptor, buffer_bytes);
  info.receive_buffer_bytes = granted.receive;
  info.send_buffer_bytes = granted.send;
  const SocketAddress address = to_socket_address(local);
  const unsigned flags = local.is_v4() ? 0 : UV_UDP_IPV6ONLY;
  if (const int status = uv_udp_bind(&handle, &address.any, flags); status != 0) return status;
  if (const int status = local_address(descriptor, info.local); status != 0) return status;
  return start_receiving();
}

int PortableSocket::State::start_receiving() {
  return uv_udp_recv_start(
      &handle,
      [](uv_handle_t* raw, std::size_t, uv_buf_t* out) {
        *out = as_buffer({static_cast<State*>(raw->data)->buffer.get(), kReceiveBufferBytes});
      },
      [](uv_udp_t* raw, ssize_t count, const uv_buf_t*, const sockaddr* from, unsigned flags) {
        static_cast<State*>(raw->data)->on_receive(count, from, flags);
      });
}

// Without an address nothing more is there to read. A negative count is the report of an ICMP message:
// advisory, like every unauthenticated word (threat M7).
void PortableSocket::State::on_receive(ssize_t count, const sockaddr* from, unsigned flags) {
  if (!receiver || count < 0) return;
  if (!from) return;
  if (flags & UV_UDP_PARTIAL) {
    ++info.datagrams_truncated;
    return;
  }
  const std::optional<Address> sender = from_socket_address(*from);
  if (!sender) return;
  const MutableBytes bytes(buffer.get(), static_cast<std::size_t>(count));
  receiver->on_received({*sender, bytes, bytes.size(), Ecn::not_ect});
}

MutableBytes PortableSocket::space() { return blocked() ? MutableBytes() : state_->queue.space(); }
void PortableSocket::push(const Transmit& run) { state_->queue.push(run); }
bool PortableSocket::blocked() const { return state_->waiting; }
const SocketInfo& PortableSocket::info() const { return state_->info; }

void PortableSocket::flush() {
  while (!blocked() && !state_->queue.empty()) state_->send_next();
}

void PortableSocket::State::send_next() {
  Chunk chunk;
  queue.peek({&chunk, 1}, 1);
  const SocketAddress to = to_socket_address(chunk.to);
  const uv_buf_t bytes = as_buffer(chunk.bytes);
  const int status = uv_udp_try_send(&handle, &bytes, 1, &to.any);
  if (status == UV_EAGAIN) return wait_with(chunk);
  if (status < 0) return refuse(chunk, status);
  queue.drop(chunk);
}

// One datagram at a time is left to libuv; those behind it stay in the queue, which is the bound.
void PortableSocket::State::wait_with(const Chunk& chunk) {
  waiting_chunk = chunk;
  request.data = this;
  const SocketAddress to = to_socket_address(chunk.to);
  const uv_buf_t bytes = as_buffer(chunk.bytes);
  const int status = uv_udp_send(&request, &handle, &bytes, 1, &to.any, [](uv_udp_send_t* raw, int result) {
    static_cast<State*>(raw->data)->on_sent(result);
  });
  if (status != 0) return refuse(chunk, status);
  waiting = true;
}

void PortableSocket::State::on_sent(int status) {
  waiting = false;
  if (!receiver) return;
  if (status < 0)
    refuse(waiting_chunk, status);
  else
    queue.drop(waiting_chunk);
  while (!waiting && !queue.empty()) send_next();
  if (!waiting) receiver->on_writable();
}

void PortableSocket::State::refuse(const Chunk& chunk, int status) {
  if (chunk.to.port != 0 && is_unreachable(status, info.local)) receiver->on_unreachable(chunk.to);
  ++info.datagrams_refused;
  queue.drop(chunk);
}

}  // namespace rudp::uv

#endif
