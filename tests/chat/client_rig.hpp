// A client session and the test that plays its server, request by request.
#pragma once

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "chat/client_session.hpp"
#include "chat/codec.hpp"
#include "chat/seeded_random.hpp"
#include "chat/store_maker.hpp"

#include "support/cmocka.hpp"

namespace client_rig {

using namespace chat;
using namespace std::chrono_literals;

inline const Conversation kRoom{kPublicRoom, ConversationKind::public_room, {}};
inline const Conversation kTalk{5, ConversationKind::private_talk, "eve"};
inline const Target kToAll{};

class KeptOutbox final : public OutboxStorage {
 public:
  std::vector<OutboxEntry> load(const std::string& account) override { return kept[account]; }
  bool append(const std::string& account, const OutboxEntry& entry) override {
    if (is_full) return false;
    kept[account].push_back(entry);
    return true;
  }
  void remove(const std::string& account, const ClientMessageId& id) override {
    auto& all = kept[account];
    all.erase(std::remove_if(all.begin(), all.end(), [&](const auto& e) { return e.id == id; }), all.end());
  }

  bool is_full = false;
  std::map<std::string, std::vector<OutboxEntry>> kept;
};

struct Rig {
  SeededRandom random{3};
  KeptOutbox outbox;
  ClientSession session{ClientOptions{}, random, &outbox};
  rudp::Instant now = rudp::Instant::from_ns(1'000'000'000);
  std::vector<ClientEvent> events;

  /// The next request; an UnknownRequest where there is none.
  Request said() {
    const auto bytes = session.poll_send();
    if (!bytes) return {0, UnknownRequest{}};
    auto request = decode_request(*bytes, 1 << 20);
    assert_true(request.has_value());
    return *request;
  }

  void hear(RequestId to, ReplyBody body) {
    session.handle_message(now, encode(Reply{to, std::move(body)}));
    while (auto event = session.poll_event()) events.push_back(std::move(*event));
  }

  void wait(rudp::Duration time) {
    now += time;
    session.handle_timeout(now);
    while (auto event = session.poll_event()) events.push_back(std::move(*event));
  }

  void connect() {
    session.handle_connected(now);
    const Request hello = said();
    assert_true(std::holds_alternative<Hello>(hello.body));
    hear(hello.id, HelloAccepted{1, "test", 65'536});
  }

  /// Logged in as bob, with an empty public room and nothing in `events`.
  void enter() {
    session.login(now, "bob", "correct horse");
    connect();
    const Request login = said();
    assert_true(std::holds_alternative<Login>(login.body));
    hear(login.id, LoggedIn{"bob", std::vector<std::uint8_t>(32, 9), 0, {{{kRoom, 0, 0}}, 0}});
    events.clear();
  }

  /// The connection goes and comes, the token is accepted.
  void come_back(ConversationList list) {
    session.handle_disconnected(now);
    connect();
    const Request resume = said();
    assert_true(std::holds_alternative<Resume>(resume.body));
    hear(resume.id, LoggedIn{"bob", {}, 0, std::move(list)});
  }

  template <class Event>
  std::vector<Event> all() const {
    std::vector<Event> found;
    for (const ClientEvent& event : events) {
      if (const auto* one = std::get_if<Event>(&event)) found.push_back(*one);
    }
    return found;
  }

  std::vector<MessageNumber> shown() const {
    std::vector<MessageNumber> numbers;
    for (const auto& event : all<MessageArrived>()) numbers.push_back(event.message.number);
    return numbers;
  }
};

using Numbers = std::vector<MessageNumber>;

inline Message from_eve(MessageNumber number) {
  return {number, "eve", "line " + std::to_string(number), 0, message_id(number)};
}

inline Page page_of(ConversationId id, MessageNumber first, MessageNumber last) {
  Page page{id, {}, last, last};
  for (MessageNumber number = first; number <= last; ++number) page.messages.push_back(from_eve(number));
  return page;
}

}  // namespace client_rig
