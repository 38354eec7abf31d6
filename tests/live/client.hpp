// A chat client of one test: a session over a real endpoint, and all that it was told.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <rudp/uv_endpoint.hpp>

#include "chat/client_session.hpp"
#include "support/uv_loop.hpp"

namespace live {

/// Everything of one kind that a session said, in order.
struct Heard {
  std::vector<chat::NowLoggedIn> logins;
  std::vector<chat::LoginRefused> refusals;
  std::vector<chat::MessageArrived> messages;
  std::vector<chat::MessageStored> stored;
  std::vector<chat::MessageFailed> failed;
  std::vector<chat::PresenceChanged> presence;
  std::vector<chat::WhoAnswered> who;
  std::vector<chat::WasReplaced> replaced;
  std::vector<chat::ServerIsClosing> closings;
  std::vector<rudp::uv::Closed> closed;  ///< of the connection
  int goodbyes = 0;
  int delivered = 0;  ///< of the raw bytes

  void add(chat::NowLoggedIn& event) { logins.push_back(event); }
  void add(chat::LoginRefused& event) { refusals.push_back(event); }
  void add(chat::MessageArrived& event) { messages.push_back(event); }
  void add(chat::MessageStored& event) { stored.push_back(event); }
  void add(chat::MessageFailed& event) { failed.push_back(event); }
  void add(chat::PresenceChanged& event) { presence.push_back(event); }
  void add(chat::WhoAnswered& event) { who.push_back(event); }
  void add(chat::WasReplaced& event) { replaced.push_back(event); }
  void add(chat::ServerIsClosing& event) { closings.push_back(event); }
  void add(chat::SaidGoodbye&) { ++goodbyes; }
  template <class Other>
  void add(Other&) {}

  bool has_text(const std::string& text) const {
    for (const chat::MessageArrived& message : messages)
      if (message.message.text == text) return true;
    return false;
  }
};

class Client {
 public:
  Client(test::Loop& loop, std::string url, chat::ClientOptions options = {})
      : loop_(loop),
        url_(std::move(url)),
        endpoint_(rudp::uv::or_exit(rudp::uv::Endpoint::open(loop.get(), impatient()))),
        session_(options, rudp::system_random(), nullptr) {
    endpoint_->on_connect([this](rudp::uv::Connection) {
      connected_ = true;
      session_.handle_connected(endpoint_->now());
      pump();
    });
    endpoint_->on_message([this](rudp::uv::Connection, const rudp::Message& message) {
      session_.handle_message(endpoint_->now(), message.bytes);
      pump();
    });
    endpoint_->on_close([this](rudp::uv::Connection, const rudp::uv::Closed& closed) {
      heard.closed.push_back(closed);
      if (std::exchange(connected_, false)) session_.handle_disconnected(endpoint_->now());
      connection_.reset();
      unsent_.clear();  // the session begins anew on the next connection
    });
    endpoint_->on_writable([this](rudp::uv::Connection) { pump(); });
    endpoint_->on_receipt([this](rudp::uv::Connection, rudp::MessageId, rudp::ReceiptStatus status) {
      heard.delivered += status == rudp::ReceiptStatus::delivered ? 1 : 0;
    });
  }

  void connect() { connection_ = rudp::uv::or_exit(endpoint_->connect(url_)); }
  void drop_connection() { connection_->close_now(); }

  void register_account(const std::string& name, const std::string& password) {
    session_.register_account(endpoint_->now(), name, password);
    pump();
  }
  void login(const std::string& name, const std::string& password) {
    session_.login(endpoint_->now(), name, password);
    pump();
  }
  bool say(const std::string& text) { return send({chat::ConversationKind::public_room, ""}, text); }
  bool tell(const std::string& friend_name, const std::string& text) {
    return send({chat::ConversationKind::private_talk, friend_name}, text);
  }
  void ask_who() {
    session_.ask_who(endpoint_->now());
    pump();
  }
  void quit() {
    session_.quit(endpoint_->now(), "");
    pump();
  }
  /// Past the session, which would not do it: bytes as they are.
  rudp::SendStatus send_raw(rudp::Bytes bytes) {
    return connection_->send(chat::kChannel, bytes, {.receipt = true}).status;
  }

  /// Turns the loop until `done` holds; where the link is gone and it is wanted, connects again.
  bool until(const std::function<bool()>& done, std::chrono::milliseconds limit = std::chrono::seconds(180)) {
    return loop_.run_until(
        [&] {
          tick();
          return done();
        },
        limit);
  }
  void tick() {
    if (reconnects && !connection_) connect();
    if (session_.poll_timeout() && *session_.poll_timeout() <= endpoint_->now())
      session_.handle_timeout(endpoint_->now());
    pump();
  }

  const chat::ClientSession& session() const { return session_; }
  bool is_connected() const { return connected_; }
  /// REQUIRES: connect() was called, and the connection is not closed.
  rudp::uv::Connection connection() const { return *connection_; }

  Heard heard;
  bool reconnects = false;

 private:
  // A silent link is looked after soon, so that a test of it is short; but a client whose loop
  // stands still while others are busy is not given up.
  static rudp::uv::Options impatient() {
    rudp::uv::Options options;
    options.transport.max_idle = std::chrono::seconds(120);
    options.transport.keep_alive = std::chrono::seconds(1);
    return options;
  }

  bool send(const chat::Target& target, const std::string& text) {
    const bool taken = session_.send(endpoint_->now(), target, text).has_value();
    pump();
    return taken;
  }

  void pump() {
    while (auto bytes = session_.poll_send()) unsent_.push_back(*std::move(bytes));
    while (connection_ && !unsent_.empty() && connection_->send(chat::kChannel, unsent_.front()))
      unsent_.pop_front();
    while (auto event = session_.poll_event()) std::visit([this](auto& what) { heard.add(what); }, *event);
  }

  test::Loop& loop_;
  std::string url_;
  std::unique_ptr<rudp::uv::Endpoint> endpoint_;
  std::optional<rudp::uv::Connection> connection_;
  std::deque<std::vector<std::uint8_t>> unsent_;
  bool connected_ = false;
  chat::ClientSession session_;
};

}  // namespace live
