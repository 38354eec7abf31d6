// The chat's service between clients that send anything at all and a store and a hasher that answer late,
// refuse or fail. Whatever comes: it speaks to nobody who has left, every reply can be read, a message is
// acknowledged only when the store has it, live messages arrive in the order of their numbers, no secret
// reaches the log, and when all have left nothing is kept of them.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>

#include <rudp/sim.hpp>

#include "base/assert.hpp"
#include "chat/codec.hpp"
#include "chat/service.hpp"
#include "chat/storage/memory_engine.hpp"
#include "fuzz/input.hpp"

namespace {

using namespace std::chrono_literals;
using fuzz::Input;

constexpr int kOperationsMax = 96;
constexpr chat::SessionId kSessionsMax = 4;
constexpr std::size_t kRawBytesMax = 512;
constexpr std::array<const char*, 6> kNames = {"alice", "Bob", "ALICE", "bo b", "王小明", ""};
constexpr std::array<const char*, 3> kPasswords = {"correct horse", "battery staple", "short"};

class Game {
 public:
  Game() : random_(1), service_(options(), random_) {}

  void play(Input& input) {
    const std::uint8_t choice = input.u8();
    const chat::SessionId session = 1 + choice / 64 + generation_ * kSessionsMax;
    switch (choice % 16) {
      case 0:
        return connect(session);
      case 1:
        return disconnect(session);
      case 2:
        return give(session, input.bytes(input.u16() % kRawBytesMax));
      case 3:
        return wait(1ms * input.u16());
      case 4:
      case 5:
        return answer_store(input.u8());
      case 6:
      case 7:
        return answer_hash(input.u8());
      case 8:
        return block(session, input.u8());
      case 9:
        if (choice == 9) return close(input.u8());
        return answer_all();
      default:
        return give(session, chat::encode({.id = 1 + input.u8() % 8u, .body = request(input)}));
    }
  }

  void end() {
    answer_all();
    for (const chat::SessionId session : std::set<chat::SessionId>(connected_)) disconnect(session);
    answer_all();
    RUDP_ASSERT(service_.statistics().sessions == 0 && service_.statistics().online == 0);
    for (int i = 0; i < 64 && service_.poll_timeout(); ++i) wait(10min);
    RUDP_ASSERT(!service_.poll_timeout());
  }

 private:
  static chat::ServiceOptions options() {
    chat::ServiceOptions options;
    options.text_bytes_max = 256;
    options.login_per_address = {1s, 8};
    options.messages_per_account = {100ms, 16};
    options.requests_per_account = {100ms, 32};
    options.strangers_max = 2;
    return options;
  }

  // What clients send.

  void connect(chat::SessionId session) {
    if (connected_.contains(session) || closed_.contains(session)) return;
    connected_.insert(session);
    service_.handle_connected(now_, session,
                              rudp::Address::v4(10, 0, 0, static_cast<std::uint8_t>(session % 2), 1));
    drain();
    give(session, chat::encode({.id = 1, .body = chat::Hello{}}));
  }

  void disconnect(chat::SessionId session) {
    retire(session);
    service_.handle_disconnected(now_, session);
    drain();
  }

  /// A session's number is never given again.
  void retire(chat::SessionId session) {
    connected_.erase(session);
    if (closed_.insert(session).second && closed_.size() % kSessionsMax == 0) ++generation_;
  }

  void give(chat::SessionId session, rudp::Bytes bytes) {
    if (!connected_.contains(session)) return;
    service_.handle_message(now_, session, bytes);
    drain();
  }

  chat::RequestBody request(Input& input) {
    const std::uint8_t how = input.u8();
    const std::string name = kNames[input.u8() % kNames.size()];
    const std::string password = kPasswords[how / 16 % kPasswords.size()];
    switch (how % 16) {
      case 0:
        return chat::Register{name, password};
      case 1:
        return chat::Login{name, password, seen(input)};
      case 2:
        return chat::Resume{token_, seen(input)};
      case 3:
        return chat::Fetch{input.u8() % 4u, input.u8() % 16u, input.u8()};
      case 4:
        return chat::ListConversations{input.u8() % 4u};
      case 5:
        return chat::Who{};
      case 6:
        return chat::Received{seen(input)};
      case 7:
        return chat::Quit{name};
      case 8:
        return chat::Hello{input.u8(), name, name};
      default:
        return message(name, how, input);
    }
  }

  static std::vector<chat::Seen> seen(Input& input) {
    std::vector<chat::Seen> seen;
    for (int count = input.u8() % 3; count > 0; --count)
      seen.push_back({1 + input.u8() % 4u, input.u8() % 16u});
    return seen;
  }

  static chat::SendMessage message(const std::string& name, std::uint8_t how, Input& input) {
    chat::SendMessage message;
    message.client_message_id[0] = input.u8();
    message.restart = how >= 224;
    if (how % 2 == 1) message.target = {chat::ConversationKind::private_talk, name};
    const rudp::Bytes text = input.bytes(input.u8() % 32);
    message.text.assign(text.begin(), text.end());
    if (how % 16 < 14) message.text = "hello";
    return message;
  }

  // What store and hasher answer.

  void answer_store(std::uint8_t how) {
    if (store_.empty()) return;
    const chat::RunStore run = std::move(store_.front());
    store_.pop_front();
    chat::StoreReply reply = chat::StoreFailure{static_cast<chat::StoreError>(how / 4 % 3), "no disk"};
    if (how % 4 != 0) reply = engine_.apply({&run.request, 1}).front();
    const auto* const append = std::get_if<chat::AppendMessage>(&run.request);
    const auto* const appended = std::get_if<chat::Appended>(&reply);
    if (append && appended) stored_.insert({append->client_message_id, appended->number});
    service_.handle_store_reply(now_, run.operation, std::move(reply));
    drain();
  }

  void answer_hash(std::uint8_t how) {
    if (hash_.empty()) return;
    const chat::RunHash run = std::move(hash_.front());
    hash_.pop_front();
    service_.handle_hash_reply(now_, run.operation, hashed(run.request, how));
    drain();
  }

  static chat::HashReply hashed(const chat::HashRequest& request, std::uint8_t how) {
    if (how % 8 == 0) return {chat::HashStatus::busy, {}};
    if (how % 8 == 1) return {chat::HashStatus::failed, {}};
    if (const auto* const create = std::get_if<chat::CreateHash>(&request))
      return {chat::HashStatus::created, "hash of " + create->password};
    const auto& verify = std::get<chat::VerifyHash>(request);
    if (verify.hash != "hash of " + verify.password) return {chat::HashStatus::mismatch, {}};
    return {chat::HashStatus::match, how >= 240 ? verify.hash : std::string()};
  }

  void answer_all() {
    while (!store_.empty() || !hash_.empty()) {
      answer_store(1);
      answer_hash(2);
    }
  }

  // The world around.

  void wait(rudp::Duration length) {
    now_.instant += length;
    now_.unix_ms += std::chrono::duration_cast<std::chrono::milliseconds>(length).count();
    service_.handle_timeout(now_);
    drain();
  }

  void block(chat::SessionId session, std::uint8_t how) {
    if (!connected_.contains(session)) return;
    if (how % 2 == 0)
      service_.handle_blocked(now_, session);
    else
      service_.handle_writable(now_, session);
    drain();
  }

  void close(std::uint8_t how) {
    if (how != 0) return;
    service_.close(now_, {.reason = chat::ClosingReason::stopped, .retry_after_ms = 0, .text = "good night"});
    drain();
  }

  void drain() {
    while (auto effect = service_.poll_effect()) std::visit([this](auto& what) { take(what); }, *effect);
  }

  void take(chat::SendToSession& send) {
    RUDP_ASSERT(connected_.contains(send.session) && !closed_.contains(send.session));
    const auto reply = chat::decode_reply(*send.bytes);
    RUDP_ASSERT(reply.has_value());
    if (const auto* const login = std::get_if<chat::LoggedIn>(&reply->body)) keep(*login);
    if (const auto* const stored = std::get_if<chat::Stored>(&reply->body))
      RUDP_ASSERT(stored_.contains({stored->client_message_id, stored->number}));
    if (const auto* const live = std::get_if<chat::Delivery>(&reply->body)) judge(send.session, *live);
  }
  void take(const chat::CloseSession& closing) { retire(closing.session); }
  void take(chat::RunStore& run) { store_.push_back(std::move(run)); }
  void take(chat::RunHash& run) { hash_.push_back(std::move(run)); }
  void take(const chat::LogLine& line) const {
    for (const char* const password : kPasswords)
      RUDP_ASSERT(line.detail.find(password) == std::string::npos);
  }
  void take(const chat::StopServer&) {}

  void keep(const chat::LoggedIn& login) {
    if (login.resume_token.size() == token_.size()) std::ranges::copy(login.resume_token, token_.begin());
  }

  void judge(chat::SessionId session, const chat::Delivery& live) {
    RUDP_ASSERT(live.message.number > 0);
    RUDP_ASSERT(stored_.contains({live.message.client_message_id, live.message.number}));
    chat::MessageNumber& last = live_[{session, live.conversation.id}];
    RUDP_ASSERT(live.message.number > last);
    last = live.message.number;
  }

  rudp::sim::SeededRandom random_;
  chat::Service service_;
  chat::MemoryEngine engine_;
  chat::Now now_{rudp::Instant() + 1h, 1'700'000'000'000};
  std::deque<chat::RunStore> store_;
  std::deque<chat::RunHash> hash_;
  std::set<chat::SessionId> connected_, closed_;
  chat::SessionId generation_ = 0;
  chat::ResumeToken token_{};
  std::set<std::pair<chat::ClientMessageId, chat::MessageNumber>> stored_;
  std::map<std::pair<chat::SessionId, chat::ConversationId>, chat::MessageNumber> live_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  Game game;
  for (int i = 0; i < kOperationsMax && !input.empty(); ++i) game.play(input);
  game.end();
  return 0;
}
