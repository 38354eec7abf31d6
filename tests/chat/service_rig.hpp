// A service with a store and a hasher behind it, driven by hand: what it sends
// is kept decoded, per session.
#pragma once

#include <algorithm>
#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "chat/codec.hpp"
#include "chat/hashing.hpp"
#include "chat/seeded_random.hpp"
#include "chat/service.hpp"
#include "chat/storage/memory_engine.hpp"

/// Zeros where no token was given.
inline chat::ResumeToken token_of(const chat::LoggedIn& logged_in) {
  chat::ResumeToken token{};
  if (logged_in.resume_token.size() == token.size()) std::ranges::copy(logged_in.resume_token, token.begin());
  return token;
}

struct ServiceRig {
  explicit ServiceRig(const chat::ServiceOptions& options = {})
      : random(7), hasher({8'192, 1}), service(options, random) {}

  SeededRandom random;
  chat::Hasher hasher;
  chat::MemoryEngine engine;
  chat::Service service;
  chat::Now now{rudp::Instant::from_ns(1'000'000'000'000), 1'700'000'000'000};

  /// While false, operations wait in `store_queue` and `hash_queue`.
  bool runs_store = true;
  bool runs_hash = true;
  std::deque<chat::RunStore> store_queue;
  std::deque<chat::RunHash> hash_queue;

  std::map<chat::SessionId, std::vector<chat::Reply>> sent;
  std::set<chat::SessionId> closed;
  std::vector<chat::LogLine> log;
  std::optional<std::string> stop;
  int hashes = 0;
  chat::RequestId last_request = 0;

  void wait(rudp::Duration time) {
    now.instant += time;
    now.unix_ms += std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
    service.handle_timeout(now);
    drain();
  }

  void connect(chat::SessionId id, const std::string& address = "10.0.0.1:1000") {
    service.handle_connected(now, id, *rudp::Address::parse(address));
    drain();
  }

  void disconnect(chat::SessionId id) {
    service.handle_disconnected(now, id);
    drain();
  }

  chat::RequestId ask(chat::SessionId id, chat::RequestBody body) {
    const chat::Request request{++last_request, std::move(body)};
    service.handle_message(now, id, chat::encode(request));
    drain();
    return request.id;
  }

  void greet(chat::SessionId id, const std::string& address = "10.0.0.1:1000") {
    connect(id, address);
    ask(id, chat::Hello{});
    sent[id].clear();
  }

  /// Connects and registers: `id` is online afterwards, with nothing in `sent`.
  void enter(chat::SessionId id, const std::string& name, const std::string& address = "10.0.0.1:1000") {
    greet(id, address);
    ask(id, chat::Register{name, "password of " + name});
    for (auto& entry : sent) entry.second.clear();
  }

  void run_store_once() {
    chat::RunStore next = std::move(store_queue.front());
    store_queue.pop_front();
    const auto replies = engine.apply({&next.request, 1});
    service.handle_store_reply(now, next.operation, replies.front());
    drain();
  }

  void run_hash_once() {
    chat::RunHash next = std::move(hash_queue.front());
    hash_queue.pop_front();
    hashes += 1;
    service.handle_hash_reply(now, next.operation, hasher.run(next.request));
    drain();
  }

  void drain() {
    while (auto effect = service.poll_effect()) {
      std::visit([this](auto& what) { take(what); }, *effect);
    }
    if (runs_store && !store_queue.empty()) return run_store_once();
    if (runs_hash && !hash_queue.empty()) run_hash_once();
  }

  void take(chat::SendToSession& send) {
    auto reply = chat::decode_reply(*send.bytes);
    if (reply) sent[send.session].push_back(std::move(*reply));
  }
  void take(chat::CloseSession& close) { closed.insert(close.session); }
  void take(chat::RunStore& run) { store_queue.push_back(std::move(run)); }
  void take(chat::RunHash& run) { hash_queue.push_back(std::move(run)); }
  void take(chat::LogLine& line) { log.push_back(std::move(line)); }
  void take(chat::StopServer& wanted) { stop = wanted.why; }

  /// Everything of one kind that a session was sent, in order.
  template <class Body>
  std::vector<Body> all(chat::SessionId id) {
    std::vector<Body> bodies;
    for (const chat::Reply& reply : sent[id]) {
      if (const auto* body = std::get_if<Body>(&reply.body)) bodies.push_back(*body);
    }
    return bodies;
  }

  /// The last of one kind, or a default one where there is none.
  template <class Body>
  Body last(chat::SessionId id) {
    const auto bodies = all<Body>(id);
    return bodies.empty() ? Body{} : bodies.back();
  }

  chat::RefusalCode refusal(chat::SessionId id) { return last<chat::Refused>(id).code; }

  std::size_t logged(chat::LogKind kind) const {
    std::size_t count = 0;
    for (const chat::LogLine& line : log) count += line.kind == kind ? 1 : 0;
    return count;
  }
};
