#include "client/link.hpp"

#include <utility>

#include "chat/messages.hpp"

namespace client {
namespace {

constexpr rudp::Duration kCloseDrain = std::chrono::seconds(1);

rudp::uv::Options endpoint_options() {
  rudp::uv::Options options;
  options.transport.max_idle = Link::kMaxIdle;
  options.transport.keep_alive = Link::kKeepAlive;
  options.transport.handshake_timeout = Link::kHandshakeTimeout;
  return options;
}

}  // namespace

Link::Link(uv_loop_t* loop, const rudp::Url& server, Callbacks callbacks)
    : server_(server), callbacks_(std::move(callbacks)), retry_(loop, [this] { connect(); }) {}

rudp::Result<std::unique_ptr<Link>, rudp::Failure> Link::open(uv_loop_t* loop, const rudp::Url& server,
                                                              Callbacks callbacks) {
  auto endpoint = rudp::uv::Endpoint::open(loop, endpoint_options());
  if (!endpoint) return endpoint.error();
  std::unique_ptr<Link> link(new Link(loop, server, std::move(callbacks)));
  link->endpoint_ = *std::move(endpoint);
  link->listen();
  return link;
}

void Link::listen() {
  endpoint_->on_connect([this](rudp::uv::Connection) {
    is_up_ = true;
    pace_.on_up(now());
    callbacks_.on_up();
  });
  endpoint_->on_message([this](rudp::uv::Connection, const rudp::Message& message) {
    if (message.channel == chat::kChannel) callbacks_.on_message(message.bytes);
  });
  endpoint_->on_writable([this](rudp::uv::Connection) { callbacks_.on_writable(); });
  endpoint_->on_close([this](rudp::uv::Connection, const rudp::uv::Closed& closed) { handle_down(closed); });
}

void Link::connect() {
  if (!is_closing_) connection_ = endpoint_->connect(server_);
}

void Link::connect_later() { retry_.start(pace_.next(rudp::system_random())); }

void Link::handle_down(const rudp::uv::Closed& closed) {
  is_up_ = false;
  pace_.on_down(now());
  callbacks_.on_down(closed);
}

rudp::PublicKey Link::peer_key() const {
  const auto info = connection_.info();
  return info && info->peer_key ? *info->peer_key : rudp::PublicKey{};
}

bool Link::send(const std::vector<std::uint8_t>& message) {
  const auto sent = connection_.send(chat::kChannel, rudp::Bytes(message));
  return sent.status != rudp::SendStatus::would_block;
}

void Link::close(std::function<void()> done) {
  if (std::exchange(is_closing_, true)) return;
  retry_.stop();
  endpoint_->close(0, "", kCloseDrain, std::move(done));
}

}  // namespace client
