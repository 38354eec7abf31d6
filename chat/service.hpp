// The chat itself: takes (now, who, request), returns effects. No socket, clock,
// thread, file or database: hashing and storage are effects, their completions inputs.
//
// After every handle_* call, drain poll_effect() until it is dry, then ask
// poll_timeout() when to call handle_timeout next.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <rudp/address.hpp>
#include <rudp/random.hpp>
#include <rudp/types.hpp>

#include "chat/effects.hpp"
#include "chat/messages.hpp"
#include "chat/rate_limiter.hpp"
#include "chat/text.hpp"

namespace chat {

struct ServiceOptions {
  std::string server_version = "rchatd";
  std::size_t text_bytes_max = kTextBytesMaxDefault;
  /// Sessions that are neither logged in nor being logged in; at least 1. One more makes an old one give way.
  std::size_t strangers_max = 2'048;
  // Before any hashing (threats U1, U4, U5). A whole class behind one address may register at once.
  Rate register_per_address{std::chrono::seconds(12), 60};
  Rate login_per_address{std::chrono::milliseconds(500), 60};
  Rate login_per_account{std::chrono::seconds(2), 60};
  Rate login_per_account_and_address{std::chrono::seconds(10), 10};
  Rate resume_per_address{std::chrono::milliseconds(2), 5'000};
  // Whatever connection the account uses (threat U13).
  Rate resume_per_account{std::chrono::seconds(2), 60};
  Rate messages_per_account{std::chrono::milliseconds(20), 500};
  Rate requests_per_account{std::chrono::milliseconds(20), 200};  // and per session before its login
};

class Service {
 public:
  /// Store operations of one session that may be under way; more are refused as busy.
  static constexpr std::size_t kOperationsPerSessionMax = 256;
  /// Names in one answer to Who.
  static constexpr std::size_t kWhoNamesMax = 1'000;
  /// Joins and leaves within this time share one notice: a thousand clients that
  /// come back together cost a thousand notices, not a million.
  static constexpr rudp::Duration kPresenceInterval = std::chrono::milliseconds(100);

  struct Statistics {
    std::size_t sessions = 0;  ///< connected
    std::size_t online = 0;    ///< logged in
    std::uint64_t messages_stored = 0;
    std::uint64_t deliveries = 0;
    std::uint64_t logins = 0;
    std::uint64_t logins_failed = 0;
    std::uint64_t registrations = 0;
    std::uint64_t refused = 0;
    std::uint64_t malformed = 0;
  };

  /// Borrows `random` for its lifetime (tokens, jitter).
  Service(const ServiceOptions& options, rudp::Random& random);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  void handle_connected(const Now& now, SessionId session, const rudp::Address& address);
  /// One message of a client, as it arrived. Malformed bytes close the session.
  void handle_message(const Now& now, SessionId session, rudp::Bytes bytes);
  void handle_disconnected(const Now& now, SessionId session);
  void handle_store_reply(const Now& now, OperationId operation, StoreReply reply);
  void handle_hash_reply(const Now& now, OperationId operation, HashReply reply);
  void handle_timeout(const Now& now);

  /// The session's send queue is full (would_block): live messages to it are
  /// held back, their numbers remembered, until it is writable again; then the
  /// client is told to fetch. Answers to its own requests still go out.
  void handle_blocked(const Now& now, SessionId session);
  void handle_writable(const Now& now, SessionId session);

  /// Tells every session and closes them; further connections are told too.
  /// Messages whose storing is under way are still acknowledged where the
  /// session lasts that long; the client keeps the others.
  void close(const Now& now, const ServerClosing& notice);

  std::optional<Effect> poll_effect();
  std::optional<rudp::Instant> poll_timeout() const;

  Statistics statistics() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace chat
