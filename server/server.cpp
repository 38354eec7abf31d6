#include "server/server.hpp"

#include <algorithm>

namespace server {
namespace {

using rudp::uv::Closed;
using rudp::uv::Connection;

std::optional<rudp::Instant> earlier(std::optional<rudp::Instant> a, std::optional<rudp::Instant> b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

}  // namespace

Server::~Server() { close_rest(); }

std::vector<std::string> Server::ready_lines() const {
  std::vector<std::string> lines;
  const std::string key = base_.identity.public_key().to_string();
  for (const rudp::uv::SocketInfo& socket : endpoint_->sockets())
    lines.push_back("rchatd listening on " + socket.local.to_string() + " key " + key);
  return lines;
}

std::string Server::run() {
  loop_.run();
  const std::string failure = stopping_ ? stopping_->failure : "the event loop ended by itself";
  close_rest();
  return failure;
}

// ---- inputs of the service ---------------------------------------------------

void Server::on_connect(Connection connection) {
  const auto info = connection.info();
  connections_[connection.id()] = connection;
  outgoing_.add(connection.id());
  service_.handle_connected(now(), connection.id(), info ? info->remote : rudp::Address{});
  pump();
}

// What comes on another channel, or unordered, is not ours: the service sees only what it knows.
void Server::on_message(Connection connection, const rudp::Message& message) {
  if (message.channel != chat::kChannel || message.delivery != rudp::Delivery::reliable_ordered) return;
  service_.handle_message(now(), connection.id(), message.bytes);
  pump();
}

void Server::on_writable(Connection connection) {
  const chat::Now at = now();
  if (outgoing_.handle_writable(at.instant, connection.id())) service_.handle_writable(at, connection.id());
  pump();
}

void Server::on_close(Connection connection, const Closed&) {
  connections_.erase(connection.id());
  outgoing_.remove(connection.id());
  service_.handle_disconnected(now(), connection.id());
  pump();
}

// What one completion causes is done before the next is handled: a client whose queue is full is
// then known to be slow before more is said to it.
void Server::on_completions() {
  const chat::Now at = now();
  while (auto done = store_->poll()) {
    if (done->operation >= kFirstOwnOperation)
      on_rows_counted(done->operation, done->reply);
    else
      service_.handle_store_reply(at, done->operation, std::move(done->reply));
    effects_.drain(at);
  }
  while (auto done = passwords_->poll()) {
    service_.handle_hash_reply(at, done->operation, std::move(done->reply));
    effects_.drain(at);
  }
  pump();
}

void Server::on_timer() {
  const chat::Now at = now();
  service_.handle_timeout(at);
  outgoing_.handle_timeout(at.instant);
  pump();
}

void Server::pump() {
  if (is_pumping_) return;
  is_pumping_ = true;
  const chat::Now at = now();
  effects_.drain(at);
  if (stopping_) continue_stop(at.instant);
  timer_.set(next_timeout());
  is_pumping_ = false;
}

std::optional<rudp::Instant> Server::next_timeout() const {
  const auto next = earlier(service_.poll_timeout(), outgoing_.poll_timeout());
  return stopping_ ? earlier(next, stopping_->step_ends) : next;
}

// ---- connections ---------------------------------------------------------------

rudp::SendStatus Server::send(chat::SessionId session, rudp::Bytes bytes) {
  const auto found = connections_.find(session);
  if (found == connections_.end()) return rudp::SendStatus::closed;
  return found->second.send(chat::kChannel, bytes).status;
}

void Server::close(chat::SessionId session, std::uint64_t code, std::string_view reason,
                   rudp::Duration drain) {
  const auto found = connections_.find(session);
  if (found == connections_.end()) return;
  if (stopping_) drain = std::min(drain, kDrainMax);
  if (drain > rudp::Duration::zero()) return found->second.close(code, reason, drain);
  found->second.close_now(code, reason);
}

}  // namespace server
