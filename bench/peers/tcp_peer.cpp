// Kernel TCP, with or without TLS. Bulk goes from the caller's buffer into the socket; small messages are
// gathered to 16 KiB, which is how a program gets the most messages through a byte stream; the thin flow is
// written message by message with Nagle's algorithm off.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

#include "bench/peers/byte_pipe.hpp"
#include "bench/peers/message_frames.hpp"
#include "bench/peers/peer.hpp"
#include "bench/process.hpp"
#include "uv/file_descriptor.hpp"

namespace bench {
namespace {

using rudp::uv::FileDescriptor;

constexpr std::size_t kGatheredBytes = 16 * 1024;
constexpr std::size_t kReadBytes = 256 * 1024;
/// Reads in one poll; then the caller has a look at the clock.
constexpr int kReadsPerPoll = 16;

class TcpPipe final : public BytePipe {
 public:
  explicit TcpPipe(int socket) : socket_(socket) {}
  std::size_t write(Bytes bytes) override {
    const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count >= 0) return static_cast<std::size_t>(count);
    // A receiver that has gone has seen all it wanted.
    if (errno != EAGAIN && errno != EINTR && errno != EPIPE && errno != ECONNRESET)
      give_up_errno("TCP: send");
    return 0;
  }
  std::optional<std::size_t> read(rudp::MutableBytes out) override {
    const ssize_t count = ::recv(socket_, out.data(), out.size(), 0);
    if (count > 0) return static_cast<std::size_t>(count);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
    return std::nullopt;
  }

 private:
  int socket_;
};

using MakePipe = std::unique_ptr<BytePipe> (*)(int socket, PipeEnd end);
std::unique_ptr<BytePipe> plain(int socket, PipeEnd) { return make_tcp_pipe(socket); }

sockaddr_in address_of(const std::string& ip, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  if (inet_pton(AF_INET, ip.c_str(), &address.sin_addr) != 1) give_up("no address: " + ip);
  return address;
}

FileDescriptor open_socket() {
  FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) give_up_errno("TCP: socket");
  return socket;
}

bool wait_for(int socket, short events, Duration wait) {
  pollfd asked{socket, events, 0};
  const timespec limit{wait / 1s, (wait % 1s).count()};
  return ppoll(&asked, 1, &limit, nullptr) > 0;
}

class TcpReceiver final : public Receiver {
 public:
  TcpReceiver(const PeerOptions& options, Sink sink, MakePipe make_pipe)
      : sink_(std::move(sink)),
        make_pipe_(make_pipe),
        framed_(options.workload != Workload::bulk),
        listener_(open_socket()),
        buffer_(kReadBytes) {
    sockaddr_in address = address_of(options.ip, 0);
    socklen_t length = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    if (bind(listener_.get(), any, length) != 0 || listen(listener_.get(), 1) != 0)
      give_up_errno("TCP: bind");
    getsockname(listener_.get(), any, &length);
    port_ = ntohs(address.sin_port);
  }
  std::uint16_t port() const override { return port_; }

  void poll(Duration wait) override {
    if (ended_) return sleep_for(wait);
    if (!wait_for(accepted_ ? accepted_->get() : listener_.get(), POLLIN, wait)) return;
    if (!pipe_) return accept_one();
    if (!pipe_->is_ready()) return;
    for (int i = 0; i < kReadsPerPoll; ++i)
      if (!read_some()) return;
  }

 private:
  void accept_one() {
    FileDescriptor accepted(accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!accepted) return;
    accepted_.emplace(std::move(accepted));
    pipe_ = make_pipe_(accepted_->get(), PipeEnd::server);
  }
  bool read_some() {
    const auto count = pipe_->read(buffer_);
    ended_ = !count;
    if (ended_ || *count == 0) return false;
    const Bytes bytes = Bytes(buffer_).first(*count);
    framed_ ? cutter_.take(bytes, sink_) : sink_(bytes);
    return true;
  }

  Sink sink_;
  MakePipe make_pipe_;
  bool framed_;
  FileDescriptor listener_;
  std::optional<FileDescriptor> accepted_;
  std::unique_ptr<BytePipe> pipe_;
  std::vector<std::uint8_t> buffer_;
  FrameCutter cutter_;
  std::uint16_t port_ = 0;
  bool ended_ = false;
};

class TcpSender final : public Sender {
 public:
  TcpSender(const PeerOptions& options, std::uint16_t port, MakePipe make_pipe,
            const std::string& congestion_control)
      : framed_(options.workload != Workload::bulk), socket_(open_socket()) {
    const int on = 1;
    setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (!congestion_control.empty() &&
        setsockopt(socket_.get(), IPPROTO_TCP, TCP_CONGESTION, congestion_control.data(),
                   static_cast<socklen_t>(congestion_control.size())) != 0)
      give_up_errno("TCP: congestion control " + congestion_control);
    const sockaddr_in to = address_of(options.ip, port);
    if (connect(socket_.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0 &&
        errno != EINPROGRESS)
      give_up_errno("TCP: connect");
    make_pipe_ = make_pipe;
  }
  bool is_connected() const override { return pipe_ && pipe_->is_ready(); }

  bool send(Bytes data) override {
    if (!framed_) return pipe_->write(data) == data.size();
    if (gathered_.size() >= kGatheredBytes) flush();
    if (gathered_.size() >= kGatheredBytes) return false;
    append_frame(gathered_, data);
    return true;
  }
  void poll(Duration wait) override {
    if (!pipe_) return wait_until_open(wait);
    flush();
    if (wait > Duration::zero()) wait_for(socket_.get(), waits_for_room_ ? POLLOUT : POLLIN, wait);
  }

 private:
  void wait_until_open(Duration wait) {
    if (!wait_for(socket_.get(), POLLOUT, wait)) return;
    int error = 0;
    socklen_t length = sizeof error;
    getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &length);
    if ((errno = error) != 0) give_up_errno("TCP: connect");
    pipe_ = make_pipe_(socket_.get(), PipeEnd::client);
  }
  void flush() {
    std::size_t written = 0;
    while (written < gathered_.size()) {
      const std::size_t count = pipe_->write(Bytes(gathered_).subspan(written));
      if (count == 0) break;
      written += count;
    }
    gathered_.erase(gathered_.begin(), gathered_.begin() + static_cast<std::ptrdiff_t>(written));
    waits_for_room_ = !framed_ || !gathered_.empty();
  }

  bool framed_;
  bool waits_for_room_ = true;
  FileDescriptor socket_;
  MakePipe make_pipe_ = plain;
  std::unique_ptr<BytePipe> pipe_;
  std::vector<std::uint8_t> gathered_;
};

Transport transport(const std::string& name, MakePipe make_pipe, const std::string& congestion_control) {
  return {name, 0,
          [make_pipe](const PeerOptions& options, Sink sink) {
            return std::make_unique<TcpReceiver>(options, std::move(sink), make_pipe);
          },
          [make_pipe, congestion_control](const PeerOptions& options, std::uint16_t port) {
            return std::make_unique<TcpSender>(options, port, make_pipe, congestion_control);
          }};
}

}  // namespace

std::unique_ptr<BytePipe> make_tcp_pipe(int socket) { return std::make_unique<TcpPipe>(socket); }

Transport tcp_transport(const std::string& name, const std::string& congestion_control) {
  return transport(name, plain, congestion_control);
}

Transport tls_transport() { return transport("TLS 1.3 over TCP", make_tls_pipe, ""); }

}  // namespace bench
