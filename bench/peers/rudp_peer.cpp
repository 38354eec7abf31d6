// rudp over its libuv endpoint, with the options that a program gets without asking unless the benchmark
// asks.
#include <rudp/uv_endpoint.hpp>

#include "bench/peers/peer.hpp"

namespace bench {
namespace {

namespace uv = rudp::uv;

/// A loop whose turns wait no longer than they are told.
class Loop {
 public:
  Loop() {
    uv_loop_init(&loop_);
    uv_timer_init(&loop_, &alarm_);
  }
  uv_loop_t* get() { return &loop_; }

  void run(Duration wait) {
    if (wait <= Duration::zero()) {
      uv_run(&loop_, UV_RUN_NOWAIT);
      return;
    }
    const auto wait_ms = static_cast<std::uint64_t>((wait + 999us) / 1ms);
    uv_timer_start(
        &alarm_, [](uv_timer_t*) {}, wait_ms, 0);
    uv_run(&loop_, UV_RUN_ONCE);
    uv_timer_stop(&alarm_);
  }

 private:
  uv_loop_t loop_;
  uv_timer_t alarm_;
};

class RudpReceiver final : public Receiver {
 public:
  RudpReceiver(const PeerOptions& options, Sink sink, const rudp::TransportOptions& transport)
      : sink_(std::move(sink)), buffer_(256 * 1024) {
    uv::Options own;
    own.transport = transport;
    own.bind = {options.ip + ":0"};
    own.identity = options.identity;
    endpoint_ = uv::or_exit(uv::Endpoint::open(loop_.get(), std::move(own)));
    endpoint_->on_message([this](uv::Connection, const rudp::Message& message) { sink_(message.bytes); });
    endpoint_->on_stream_readable([this](uv::Stream stream) { read(stream); });
  }
  std::uint16_t port() const override { return endpoint_->sockets().front().local.port; }
  void poll(Duration wait) override { loop_.run(wait); }

 private:
  void read(uv::Stream stream) {
    while (true) {
      const auto got = stream.read(buffer_);
      if (!got || got->bytes == 0) return;
      sink_(Bytes(buffer_).first(got->bytes));
    }
  }

  Loop loop_;
  Sink sink_;
  std::vector<std::uint8_t> buffer_;
  std::unique_ptr<uv::Endpoint> endpoint_;
};

class RudpSender final : public Sender {
 public:
  RudpSender(const PeerOptions& options, std::uint16_t port, const rudp::TransportOptions& transport)
      : by_stream_(options.workload == Workload::bulk &&
                   static_cast<RudpVariant>(options.variant) == RudpVariant::stream) {
    uv::Options own;
    own.transport = transport;
    endpoint_ = uv::or_exit(uv::Endpoint::open(loop_.get(), std::move(own)));
    endpoint_->on_connect([this](uv::Connection connection) { on_connect(connection); });
    endpoint_->on_close([](uv::Connection, const uv::Closed& closed) {
      give_up("rudp: " + std::string(rudp::to_sentence(closed.error)));
    });
    const rudp::Url url{options.ip, port, options.identity.public_key()};
    connection_ = endpoint_->connect(url);
  }
  bool is_connected() const override { return connected_; }
  bool send(Bytes data) override { return by_stream_ ? write(data) : bool(connection_.send(0, data)); }
  void poll(Duration wait) override { loop_.run(wait); }

 private:
  void on_connect(uv::Connection connection) {
    if (by_stream_) {
      const auto stream = connection.open_stream();
      if (!stream) give_up("rudp: no stream");
      stream_ = *stream;
    }
    connected_ = true;
  }
  // What was not taken is not missed: the receiver counts bytes, not their values.
  bool write(Bytes data) { return stream_.write(data).bytes == data.size(); }

  bool by_stream_;
  bool connected_ = false;
  Loop loop_;
  std::unique_ptr<uv::Endpoint> endpoint_;
  uv::Connection connection_;
  uv::Stream stream_;
};

}  // namespace

Transport rudp_transport(const std::string& name, RudpVariant variant,
                         const rudp::TransportOptions& transport) {
  return {name, static_cast<std::uint32_t>(variant),
          [transport](const PeerOptions& options, Sink sink) {
            return std::make_unique<RudpReceiver>(options, std::move(sink), transport);
          },
          [transport](const PeerOptions& options, std::uint16_t port) {
            return std::make_unique<RudpSender>(options, port, transport);
          }};
}

}  // namespace bench
