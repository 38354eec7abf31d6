#include "uv/linux_socket.hpp"

#if RUDP_UV_LINUX

#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "uv/failure.hpp"
#include "uv/socket_options.hpp"

namespace rudp::uv {
namespace {

/// Reads in one turn of the loop; then others have their turn, and the poll calls again.
constexpr int kBatchesPerTurn = 4;
/// How long nothing is tried where the system gives no sign of when trying again makes sense.
constexpr std::uint64_t kPauseMs = 5;
/// Datagrams that one UDP_SEGMENT message may hold: UDP_MAX_SEGMENTS of kernels before 6.10.
constexpr std::size_t kSegmentsMax = 64;
/// A pending error of an earlier datagram, or a signal, may come before each send; more in a row is a fault.
constexpr int kInterruptionsMax = 8;

bool supports_segmentation(int socket) {
  int value = 0;
  socklen_t length = sizeof value;
  return getsockopt(socket, IPPROTO_UDP, UDP_SEGMENT, &value, &length) == 0;
}

bool enable_receive_offload(int socket) {
  const int on = 1;
  return setsockopt(socket, IPPROTO_UDP, UDP_GRO, &on, sizeof on) == 0;
}

// Reading the error clears it; left alone it would end the poll again and again.
void clear_error(int socket) {
  int error = 0;
  socklen_t length = sizeof error;
  getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &length);
}

int bind_to(int socket, const Address& local) {
  const SocketAddress address = to_socket_address(local);
  if (::bind(socket, &address.any, length_of(address)) != 0) return uv_translate_sys_error(errno);
  return 0;
}

FileDescriptor probe_for(const Address& target) {
  return FileDescriptor(::socket(target.is_v4() ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
}

// A UDP socket that is connected has been given its route, and nothing has left.
bool connects(int socket, const Address& to) {
  const SocketAddress target = to_socket_address(to);
  return connect(socket, &target.any, length_of(target)) == 0;
}

// With ip_nonlocal_bind an address can be bound that nothing can be sent from. Where there is no way from any
// address, it is not this one's fault.
bool is_lost(const Address& source, const Address& to) {
  const FileDescriptor bound = probe_for(to), unbound = probe_for(to);
  if (!bound || !unbound) return false;
  if (bind_to(bound.get(), source) != 0) return true;
  return !connects(bound.get(), to) && connects(unbound.get(), to);
}

}  // namespace

Result<std::unique_ptr<LinuxSocket>, Failure> LinuxSocket::open(uv_loop_t* loop, const Address& local,
                                                                int buffer_bytes, SocketReceiver& receiver,
                                                                Source source) {
  FileDescriptor descriptor(
      ::socket(local.is_v4() ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!descriptor) return failure_from_uv(uv_translate_sys_error(errno), local.to_string());
  std::unique_ptr<LinuxSocket> socket(new LinuxSocket(loop, std::move(descriptor), receiver));
  const int status = socket->start(loop, local, buffer_bytes, source);
  if (status != 0) return failure_from_uv(status, local.to_string());
  return socket;
}

LinuxSocket::LinuxSocket(uv_loop_t* loop, FileDescriptor descriptor, SocketReceiver& receiver)
    : descriptor_(std::move(descriptor)), receiver_(receiver), pause_timer_(make_timer(loop, this)) {}

int LinuxSocket::start(uv_loop_t* loop, const Address& local, int buffer_bytes, Source source) {
  const int socket = descriptor_.get();
  if (!local.is_v4()) only_ipv6(socket);
  forbid_fragmentation(socket, local.is_v4());
  report_ecn(socket, local.is_v4());
  if (source == Source::where_asked && local.is_unspecified()) report_local_address(socket, local.is_v4());
  const BufferBytes granted = ask_for_buffers(socket, buffer_bytes);
  info_.receive_buffer_bytes = granted.receive;
  info_.send_buffer_bytes = granted.send;
  info_.segmentation_offload = supports_segmentation(socket);
  info_.receive_offload = enable_receive_offload(socket);
  if (const int status = bind_to(socket, local); status != 0) return status;
  if (const int status = local_address(socket, info_.local); status != 0) return status;
  auto poll = std::make_unique<uv_poll_t>();
  if (const int status = uv_poll_init_socket(loop, poll.get(), socket); status != 0) return status;
  poll_.reset(poll.release());
  poll_->data = this;
  unref(poll_);
  watch();
  return 0;
}

void LinuxSocket::watch() {
  const int events = UV_READABLE | (waiting_ == Waiting::room ? UV_WRITABLE : 0);
  uv_poll_start(poll_.get(), events, [](uv_poll_t* handle, int status, int happened) {
    static_cast<LinuxSocket*>(handle->data)->on_poll(status, happened);
  });
}

void LinuxSocket::pause() {
  uv_timer_start(
      pause_timer_.get(), [](uv_timer_t* handle) { static_cast<LinuxSocket*>(handle->data)->on_pause_end(); },
      kPauseMs, 0);
}

void LinuxSocket::on_pause_end() {
  watch();
  if (waiting_ == Waiting::pause) resume_sending();
}

// libuv stops a poll that reports an error. What the error says comes from the network, unauthenticated
// (threat M7), so it is only cleared; the pause keeps an error that does not go away from taking the CPU.
void LinuxSocket::on_poll(int status, int events) {
  if (status < 0) {
    clear_error(descriptor_.get());
    return pause();
  }
  if (events & UV_WRITABLE) resume_sending();
  if (events & UV_READABLE) on_readable();
}

void LinuxSocket::on_readable() {
  for (int batch = 0; batch < kBatchesPerTurn; ++batch) {
    const int count = received_.read(descriptor_.get());
    if (count == -EAGAIN || count == -EWOULDBLOCK) return;
    if (count == -EINTR) continue;
    if (count < 0) {
      uv_poll_stop(poll_.get());
      return pause();
    }
    deliver(static_cast<std::size_t>(count));
    if (static_cast<std::size_t>(count) < ReceiveBatch::kMessagesMax) return;
  }
}

void LinuxSocket::deliver(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    std::optional<Received> received = received_.message(i);
    if (!received) {
      ++info_.datagrams_truncated;
      continue;
    }
    if (received->to) received->local = locals_.note(*received->to);
    receiver_.on_received(*received);
  }
}

void LinuxSocket::resume_sending() {
  waiting_ = Waiting::nothing;
  flush();
  if (blocked()) return;
  watch();
  receiver_.on_writable();
}

void LinuxSocket::flush() {
  while (!blocked() && !queue_.empty()) send_some();
}

void LinuxSocket::send_some() {
  std::array<Chunk, SendBatch::kMessagesMax> chunks;
  const std::size_t count = queue_.peek(chunks, info_.segmentation_offload ? kSegmentsMax : 1);
  for (std::size_t i = 0; i < count; ++i) chunks[i].source = locals_.find(local_of(chunks[i].socket));
  const int sent = sending_.send(descriptor_.get(), std::span(chunks).first(count));
  if (sent <= 0) return on_send_error(-sent, chunks[0]);
  interrupted_ = 0;
  offload_doubted_ = false;
  for (int i = 0; i < sent; ++i) queue_.drop(chunks[static_cast<std::size_t>(i)]);
}

// Of a source that is gone kernels say EINVAL or, lately, ENETUNREACH, as of much else; so they are asked
// about that alone. (ENODEV: its interface went.) The chunk is sent again without it.
bool LinuxSocket::lose_source(int error, const Chunk& chunk) {
  const bool is_suspect =
      error == EINVAL || error == EADDRNOTAVAIL || error == ENETUNREACH || error == ENODEV;
  if (!chunk.source || chunk.to.port == 0 || !is_suspect || !is_lost(*chunk.source, chunk.to)) return false;
  locals_.lose(local_of(chunk.socket));
  return true;
}

// Each branch waits, changes how the chunk is sent, or drops it: none tries the same again without end.
void LinuxSocket::on_send_error(int error, const Chunk& chunk) {
  if (lose_source(error, chunk)) return;
  switch (error) {
    case EAGAIN:
      waiting_ = Waiting::room;
      return watch();
    case ENOBUFS:
    case ENOMEM:
      waiting_ = Waiting::pause;
      return pause();
    case EINTR:
    case ECONNREFUSED:
      // The report of an earlier datagram; this one was not tried.
      if (++interrupted_ <= kInterruptionsMax) return;
      break;
    case EIO:
    case EINVAL:
      // Some drivers cannot segment after all, and say so only now. (Port 0, which a forged sender address
      // may hold, is refused by every driver, and says nothing.)
      if (chunk.segments() > 1 && chunk.to.port != 0) {
        info_.segmentation_offload = false;
        offload_doubted_ = true;
        return;
      }
      break;
    default:
      // EMSGSIZE: the interface takes smaller packets only. The core finds out by itself (DPLPMTUD).
      break;
  }
  if (chunk.to.port != 0 && is_unreachable(uv_translate_sys_error(error), info_.local))
    receiver_.on_unreachable(chunk.to);
  refuse(chunk);
}

// The peer never sees these datagrams, so loss recovery sends again what was in them. One that is refused
// alone shows that its run was not refused for being one: there is no way, or it is too large, which some
// kernels call invalid as well.
void LinuxSocket::refuse(const Chunk& chunk) {
  if (std::exchange(offload_doubted_, false)) info_.segmentation_offload = true;
  interrupted_ = 0;
  info_.datagrams_refused += chunk.segments();
  queue_.drop(chunk);
}

}  // namespace rudp::uv

#endif
