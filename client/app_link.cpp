// The server's key, and the link as it comes and goes.
#include <chrono>
#include <utility>

#include "client/app.hpp"
#include "client/i18n/i18n.hpp"
#include "client/sentences.hpp"

namespace client {
namespace {

// A first connection that takes longer is spoken of.
constexpr rudp::Duration kConnectingShown = std::chrono::milliseconds(1'500);

}  // namespace

bool App::start() {
  if (!trust_known_key()) return false;
  Link::Callbacks callbacks;
  callbacks.on_up = [this] { handle_up(); };
  callbacks.on_down = [this](const rudp::uv::Closed& closed) { handle_down(closed); };
  callbacks.on_message = [this](rudp::Bytes bytes) {
    session_.handle_message(link_->now(), bytes);
    pump();
  };
  callbacks.on_writable = [this] { pump(); };
  auto link = Link::open(loop_, server_, std::move(callbacks));
  if (!link) {
    screen_.show(LineKind::problem, failure_sentence(link.error()));
    code_ = ExitCode::not_done;
    return false;
  }
  link_ = *std::move(link);
  link_->connect();
  patience_timer_.start(kConnectingShown);
  pump();
  return true;
}

/// What is pinned holds; an address that names another key does not change it.
bool App::trust_known_key() {
  const auto known = known_servers_.find(host_);
  if (!known) {
    screen_.show(LineKind::problem,
                 tr("The file of known servers cannot be read: {1}. Repair it, or remove it.",
                    {failure_sentence(known.error())}));
    code_ = ExitCode::not_done;
    return false;
  }
  if (*known && server_.key && **known != *server_.key) {
    refuse_key(**known, *server_.key);
    return false;
  }
  if (*known) server_.key = **known;
  return true;
}

void App::refuse_key(const rudp::PublicKey& known, const rudp::PublicKey& offered) {
  for (const std::string& line :
       key_changed_sentences(host_, known, offered, forget_command(options_, host_))) {
    screen_.show(LineKind::problem, line);
  }
  code_ = ExitCode::key_changed;
}

/// False: another program met the server meanwhile, and it had another key then.
bool App::pin_new_key() {
  const rudp::PublicKey key = link_->peer_key();
  const auto known = known_servers_.find(host_);
  if (known && *known && **known != key) {
    refuse_key(**known, key);
    leave(ExitCode::key_changed);
    return false;
  }
  const bool is_new = !server_.key;
  server_.key = key;
  link_->pin(key);
  if (known && *known) return true;
  if (is_new) {
    screen_.show(LineKind::notice,
                 tr("First contact with {1}. Its key from now on: {2}", {host_, key.to_string()}));
  }
  const auto pinned = known_servers_.pin(host_, key);
  if (pinned) return true;
  screen_.show(LineKind::problem, tr("The key could not be kept, so it will not be recognized next time: {1}",
                                     {failure_sentence(pinned.error())}));
  return true;
}

void App::handle_up() {
  patience_timer_.stop();
  const bool first = !std::exchange(has_been_up_, true);
  if (first && !pin_new_key()) return;
  outbox_.use_server(link_->peer_key());
  session_.handle_connected(link_->now());
  if (first) dialogue_.begin();
  if (!first && !has_been_in_) dialogue_.link_back();
  pump();
}

void App::handle_down(const rudp::uv::Closed& closed) {
  patience_timer_.stop();
  session_.handle_disconnected(link_->now());
  unsent_.reset();
  if (ended_) return;
  if (leaving_) return end();
  if (closed.error == rudp::Error::key_changed && server_.key && closed.offered_key) {
    refuse_key(*server_.key, *closed.offered_key);
    return leave(ExitCode::key_changed);
  }
  if (!has_been_up_) {
    screen_.show(LineKind::problem, connection_sentence(host_, closed.error, closed.reason));
    return leave(ExitCode::unreachable);
  }
  dialogue_.link_lost(loss_sentence(host_, closed.error, closed.reason));
  link_->connect_later();
  pump();
}

}  // namespace client
