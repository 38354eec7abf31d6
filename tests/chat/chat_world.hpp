// Clients, links, a service and a store in one process, everything decided by
// one seed: which message arrives next, which link is cut, when the server dies.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "chat/client_session.hpp"
#include "chat/codec.hpp"
#include "chat/hashing.hpp"
#include "chat/seeded_random.hpp"
#include "chat/service.hpp"
#include "chat/storage/memory_engine.hpp"

/// Outboxes that survive the crash of their client, as files would.
class KeptOutboxes final : public chat::OutboxStorage {
 public:
  std::vector<chat::OutboxEntry> load(const std::string& account) override {
    return {kept_[account].begin(), kept_[account].end()};
  }
  bool append(const std::string& account, const chat::OutboxEntry& entry) override {
    kept_[account].push_back(entry);
    return true;
  }
  void remove(const std::string& account, const chat::ClientMessageId& id) override {
    auto& entries = kept_[account];
    entries.erase(std::remove_if(entries.begin(), entries.end(), [&](const auto& e) { return e.id == id; }),
                  entries.end());
  }

 private:
  std::map<std::string, std::deque<chat::OutboxEntry>> kept_;
};

/// What one run of a client showed, per conversation.
using View = std::map<chat::ConversationId, std::vector<chat::Message>>;

struct WorldClient {
  std::string name;
  KeptOutboxes outboxes;
  std::unique_ptr<chat::ClientSession> session;
  std::optional<chat::ResumeToken> token;
  std::vector<View> views;   ///< one for each run
  chat::SessionId link = 0;  ///< 0: not connected
  int written = 0;           ///< texts taken by send()
  int stored = 0;
  int to_nobody = 0;
  int failed = 0;
  int replaced = 0;
};

struct WorldLink {
  std::size_t client = 0;
  bool client_side = true;  ///< false: the client hung up, the server has not noticed
  bool blocked = false;
  std::deque<std::vector<std::uint8_t>> to_server;
  std::deque<std::vector<std::uint8_t>> to_client;
};

class ChatWorld {
 public:
  struct Faults {
    std::uint64_t cut_one_in = 150;    ///< steps
    std::uint64_t crash_one_in = 700;  ///< of a client
    std::uint64_t kill_one_in = 900;   ///< of the server
    std::uint64_t full_one_in = 400;   ///< the disk, for a while
    std::uint64_t block_one_in = 100;  ///< a session's send queue
  };

  ChatWorld(std::uint64_t seed, std::size_t clients, const chat::ServiceOptions& service_options)
      : random_(seed), options_(service_options), hasher_({8'192, 1}) {
    start_server();
    for (std::size_t i = 0; i < clients; ++i) {
      auto client = std::make_unique<WorldClient>();
      client->name = "user" + std::string(1, static_cast<char>('a' + i));
      clients_.push_back(std::move(client));
      start_client(i);
    }
  }

  void run(int steps, const Faults& faults) {
    for (int i = 0; i < steps; ++i) {
      break_something(faults);
      step();
      if (random_.one_in(6)) write_something();
    }
  }

  /// No more faults: until everybody has everything, or `steps` are over.
  bool settle(int steps) {
    engine_.fail_with({});
    for (int i = 0; i < steps; ++i) {
      for (auto& entry : links_) unblock(entry.first);
      step();
      if (i % 50 == 0 && is_settled()) return true;
    }
    return is_settled();
  }

  const std::vector<std::unique_ptr<WorldClient>>& clients() const { return clients_; }
  chat::MemoryEngine& engine() { return engine_; }
  int kills() const { return kills_; }
  int cuts() const { return cuts_; }
  int crashes() const { return crashes_; }

  /// Everybody connects, registers and is online.
  void enter_all() {
    for (int i = 0; i < 2'000 && !is_settled(); ++i) step();
  }

 private:
  // ---- processes -----------------------------------------------------------------

  void start_server() {
    service_ = std::make_unique<chat::Service>(options_, random_);
    links_.clear();
    store_queue_.clear();
    hash_queue_.clear();
  }

  // What was being committed may be on disk or not; nobody hears of it.
  void kill_server() {
    kills_ += 1;
    const std::size_t committed = random_.below(store_queue_.size() + 1);
    for (std::size_t i = 0; i < committed; ++i) (void)engine_.apply({&store_queue_[i].request, 1});
    for (auto& client : clients_) hang_up(*client);
    start_server();
  }

  void start_client(std::size_t index) {
    WorldClient& client = *clients_[index];
    client.session = std::make_unique<chat::ClientSession>(chat::ClientOptions{}, random_, &client.outboxes);
    client.views.emplace_back();
    if (client.token) {
      client.session->resume(now_.instant, *client.token);
    } else if (client.views.size() == 1) {
      client.session->register_account(now_.instant, client.name, "password of " + client.name);
    } else {
      client.session->login(now_.instant, client.name, "password of " + client.name);
    }
  }

  void crash_client(std::size_t index) {
    crashes_ += 1;
    leave_link(*clients_[index]);
    start_client(index);
  }

  // ---- links ---------------------------------------------------------------------

  void connect(std::size_t index) {
    WorldClient& client = *clients_[index];
    client.link = ++last_link_;
    links_[client.link].client = index;
    service_->handle_connected(now_, client.link,
                               rudp::Address::v4(10, 0, 0, static_cast<std::uint8_t>(index), 1));
    client.session->handle_connected(now_.instant);
  }

  void leave_link(WorldClient& client) {
    const auto it = links_.find(client.link);
    if (it != links_.end()) it->second.client_side = false;
    client.link = 0;
  }

  // What was under way to the server may still arrive.
  void hang_up(WorldClient& client) {
    leave_link(client);
    client.session->handle_disconnected(now_.instant);
  }

  void drop_link(chat::SessionId id) {
    WorldClient& client = *clients_[links_[id].client];
    if (client.link == id) hang_up(client);
    links_.erase(id);
  }

  void unblock(chat::SessionId id) {
    WorldLink& link = links_[id];
    if (!std::exchange(link.blocked, false)) return;
    service_->handle_writable(now_, id);
  }

  // ---- faults --------------------------------------------------------------------

  void break_something(const Faults& faults) {
    WorldClient& victim = *clients_[random_.below(clients_.size())];
    if (random_.one_in(faults.cut_one_in) && victim.link != 0) {
      cuts_ += 1;
      hang_up(victim);
    }
    if (random_.one_in(faults.crash_one_in)) crash_client(random_.below(clients_.size()));
    if (random_.one_in(faults.kill_one_in)) kill_server();
    if (random_.one_in(faults.full_one_in)) {
      engine_.fail_with(chat::StoreFailure{chat::StoreError::full, "full"});
    } else if (random_.one_in(20)) {
      engine_.fail_with({});
    }
    if (random_.one_in(faults.block_one_in) && victim.link != 0) {
      links_[victim.link].blocked = true;
      service_->handle_blocked(now_, victim.link);
    } else if (victim.link != 0 && random_.one_in(5)) {
      unblock(victim.link);
    }
  }

  // ---- one step ------------------------------------------------------------------

  void step() {
    now_.instant += std::chrono::milliseconds(5);
    now_.unix_ms += 5;
    service_->handle_timeout(now_);
    if (!store_queue_.empty() && !random_.one_in(3)) run_store();
    if (!hash_queue_.empty() && random_.one_in(2)) run_hash();
    drain_service();
    for (std::size_t i = 0; i < clients_.size(); ++i) step_client(i);
    step_links();
    drain_service();
  }

  void step_client(std::size_t index) {
    WorldClient& client = *clients_[index];
    if (client.link == 0 && random_.one_in(10)) connect(index);
    const auto timeout = client.session->poll_timeout();
    if (timeout && *timeout <= now_.instant) client.session->handle_timeout(now_.instant);
    drain_client(client);
  }

  void step_links() {
    std::vector<chat::SessionId> ids;
    for (const auto& entry : links_) ids.push_back(entry.first);
    for (const chat::SessionId id : ids) {
      deliver_to_server(id);
      deliver_to_client(id);
    }
  }

  void deliver_to_server(chat::SessionId id) {
    const auto it = links_.find(id);
    if (it == links_.end()) return;
    for (std::uint64_t n = random_.below(6); n > 0 && !it->second.to_server.empty(); --n) {
      const auto bytes = std::move(it->second.to_server.front());
      it->second.to_server.pop_front();
      service_->handle_message(now_, id, bytes);
    }
    if (it->second.client_side || !random_.one_in(8)) return;
    service_->handle_disconnected(now_, id);
    links_.erase(it);
  }

  void deliver_to_client(chat::SessionId id) {
    for (std::uint64_t n = random_.below(6); n > 0; --n) {
      const auto it = links_.find(id);
      if (it == links_.end() || !it->second.client_side || it->second.to_client.empty()) return;
      WorldClient& client = *clients_[it->second.client];
      const auto bytes = std::move(it->second.to_client.front());
      it->second.to_client.pop_front();
      client.session->handle_message(now_.instant, bytes);
      drain_client(client);
    }
  }

  void run_store() {
    std::vector<chat::StoreRequest> batch;
    std::vector<chat::OperationId> operations;
    for (std::uint64_t n = 1 + random_.below(8); n > 0 && !store_queue_.empty(); --n) {
      operations.push_back(store_queue_.front().operation);
      batch.push_back(std::move(store_queue_.front().request));
      store_queue_.pop_front();
    }
    auto replies = engine_.apply(batch);
    for (std::size_t i = 0; i < replies.size(); ++i) {
      service_->handle_store_reply(now_, operations[i], std::move(replies[i]));
    }
  }

  void run_hash() {
    chat::RunHash next = std::move(hash_queue_.front());
    hash_queue_.pop_front();
    service_->handle_hash_reply(now_, next.operation, hasher_.run(next.request));
  }

  void drain_service() {
    while (auto effect = service_->poll_effect()) {
      std::visit([this](auto& what) { take(what); }, *effect);
    }
  }
  void take(chat::SendToSession& send) {
    const auto it = links_.find(send.session);
    if (it != links_.end()) it->second.to_client.push_back(*send.bytes);
  }
  void take(chat::CloseSession& close) {
    if (links_.count(close.session) != 0) drop_link(close.session);
  }
  void take(chat::RunStore& run) { store_queue_.push_back(std::move(run)); }
  void take(chat::RunHash& run) { hash_queue_.push_back(std::move(run)); }
  void take(chat::LogLine&) {}
  void take(chat::StopServer&) {}

  void drain_client(WorldClient& client) {
    while (auto bytes = client.session->poll_send()) {
      if (client.link != 0) links_[client.link].to_server.push_back(std::move(*bytes));
    }
    while (auto event = client.session->poll_event()) {
      std::visit([&](auto& what) { show(client, what); }, *event);
    }
  }

  // ---- what clients show -----------------------------------------------------------

  void show(WorldClient& client, chat::NowLoggedIn& event) {
    if (event.token) client.token = event.token;
  }
  void show(WorldClient& client, chat::MessageArrived& event) {
    client.views.back()[event.conversation.id].push_back(std::move(event.message));
  }
  void show(WorldClient& client, chat::MessageStored&) { client.stored += 1; }
  // Friends who have not registered yet are unknown; nothing else may fail.
  void show(WorldClient& client, chat::MessageFailed& event) {
    if (event.refusal.code == chat::RefusalCode::unknown_recipient) client.to_nobody += 1;
    if (event.refusal.code != chat::RefusalCode::unknown_recipient) client.failed += 1;
  }
  void show(WorldClient& client, chat::WasReplaced&) { client.replaced += 1; }
  void show(WorldClient& client, chat::LoginRefused& event) {
    const std::string password = "password of " + client.name;
    if (event.refusal.code == chat::RefusalCode::token_refused) client.token.reset();
    if (event.refusal.code == chat::RefusalCode::login_failed) {
      client.session->register_account(now_.instant, client.name, password);
    } else {
      client.session->login(now_.instant, client.name, password);
    }
  }
  template <class Event>
  void show(WorldClient&, Event&) {}

  void write_something() {
    WorldClient& client = *clients_[random_.below(clients_.size())];
    chat::Target target;
    if (random_.one_in(2)) {
      target = {chat::ConversationKind::private_talk, clients_[random_.below(clients_.size())]->name};
    }
    const std::string text = client.name + "#" + std::to_string(client.written + 1);
    const auto id = client.session->send(now_.instant, target, text);
    if (id) client.written += 1;
    drain_client(client);
  }

  bool is_settled() const {
    const bool nothing_under_way = std::all_of(links_.begin(), links_.end(), [](const auto& entry) {
      return entry.second.client_side && entry.second.to_server.empty() && entry.second.to_client.empty();
    });
    return nothing_under_way && store_queue_.empty() &&
           std::all_of(clients_.begin(), clients_.end(), [](const auto& client) {
             return client->session->is_caught_up() && client->session->outbox_size() == 0;
           });
  }

  SeededRandom random_;
  chat::ServiceOptions options_;
  chat::Hasher hasher_;
  chat::MemoryEngine engine_;
  chat::Now now_{rudp::Instant::from_ns(1'000'000'000'000), 1'700'000'000'000};
  std::unique_ptr<chat::Service> service_;
  std::vector<std::unique_ptr<WorldClient>> clients_;
  std::map<chat::SessionId, WorldLink> links_;
  std::deque<chat::RunStore> store_queue_;
  std::deque<chat::RunHash> hash_queue_;
  chat::SessionId last_link_ = 0;
  int kills_ = 0;
  int cuts_ = 0;
  int crashes_ = 0;
};
