// A chat client without input and output: what to say to the server, what to show.
// The program around it has the terminal and the transport, nothing else.
//
// After every call, drain poll_send() and poll_event() until they are dry, then
// ask poll_timeout() when to call handle_timeout next.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <rudp/error.hpp>
#include <rudp/random.hpp>
#include <rudp/types.hpp>

#include "chat/messages.hpp"

namespace chat {

// ---- what is kept across crashes ---------------------------------------------

/// A message that was typed and is not acknowledged yet.
struct OutboxEntry {
  ClientMessageId id{};
  Target target;
  std::string text;

  friend bool operator==(const OutboxEntry&, const OutboxEntry&) = default;
};

/// Keeps unacknowledged messages, per account name. A program that keeps them
/// on disk loses none in a crash; one message is never sent under two ids.
class OutboxStorage {
 public:
  virtual ~OutboxStorage() = default;
  /// What is kept for the account, oldest first.
  virtual std::vector<OutboxEntry> load(const std::string& account_name) = 0;
  /// Durable when it returns true; on false the message is not taken.
  virtual bool append(const std::string& account_name, const OutboxEntry& entry) = 0;
  virtual void remove(const std::string& account_name, const ClientMessageId& id) = 0;
};

// ---- what to show --------------------------------------------------------------

/// The server answers; now register, log in or resume.
struct Greeted {
  std::string server_version;
  std::uint32_t text_bytes_max = 0;
};

/// `resumed`: the same account came back after the link was gone.
struct NowLoggedIn {
  std::string name;
  bool resumed = false;
  /// For the program to keep, where it wants to resume after its own restart;
  /// empty where the former one stays good.
  std::optional<ResumeToken> token;
};

/// A Register, Login or resume was refused. With token_refused the client asks
/// for name and password again.
struct LoginRefused {
  Refused refusal;
};

/// A message takes its place in its conversation: exactly once, in order of
/// number. `own` was sent by this account; `from_here` by this very session,
/// whose text is on the screen already.
struct MessageArrived {
  Conversation conversation;
  Message message;
  bool own = false;
  bool from_here = false;
  bool history = false;  ///< came by a fetch, not live
};

/// A sent message is durable. Its MessageArrived follows; after a reconnect a
/// fetch may have brought it before.
struct MessageStored {
  ClientMessageId id{};
  Conversation conversation;
  MessageNumber number = 0;
  bool recipient_online = false;  ///< private messages only
};

/// A sent message will never be stored.
struct MessageFailed {
  ClientMessageId id{};
  Target target;
  std::string text;
  Refused refusal;
};

/// Sending pauses and goes on by itself after `retry_after`.
struct SendingPaused {
  Refused refusal;
  rudp::Duration retry_after{};
};

struct PresenceChanged {
  std::vector<std::string> joined;
  std::vector<std::string> left;
};

struct WhoAnswered {
  WhoResult result;
};

/// A request other than a message or a login was refused.
struct RequestRefused {
  Refused refusal;
};

/// Another login took over: do not reconnect by yourself.
struct WasReplaced {
  Replaced replaced;
};

struct ServerIsClosing {
  ServerClosing closing;
};

/// Quit was heard; the server closes.
struct SaidGoodbye {};

/// The server's bytes made no sense; close the connection.
struct ServerMalformed {};

using ClientEvent = std::variant<Greeted, NowLoggedIn, LoginRefused, MessageArrived, MessageStored,
                                 MessageFailed, SendingPaused, PresenceChanged, WhoAnswered, RequestRefused,
                                 WasReplaced, ServerIsClosing, SaidGoodbye, ServerMalformed>;

struct ClientOptions {
  std::string client_version = "rchat";
  std::string language = "en";
  /// Lines of the public room that a first login shows.
  std::uint32_t history_lines = 50;
};

class ClientSession {
 public:
  /// Messages waiting in the outbox; further ones are not taken.
  static constexpr std::size_t kOutboxMax = 10'000;
  /// Messages sent and not yet acknowledged.
  static constexpr std::size_t kInFlightMax = 64;
  /// Messages that arrived ahead of a gap, per conversation; more are fetched again.
  static constexpr std::size_t kAheadMax = 256;

  /// Borrows `random` and `outbox` for its lifetime; `outbox` may be null.
  ClientSession(const ClientOptions& options, rudp::Random& random, OutboxStorage* outbox);
  ~ClientSession();
  ClientSession(const ClientSession&) = delete;
  ClientSession& operator=(const ClientSession&) = delete;

  // The transport: each connect and disconnect, in turn. Once logged in, every
  // new connection resumes by itself and sends again what was not acknowledged.
  void handle_connected(rudp::Instant now);
  void handle_disconnected(rudp::Instant now);
  void handle_message(rudp::Instant now, rudp::Bytes bytes);
  void handle_timeout(rudp::Instant now);

  // The user. Without a connection these wait for the next one. A name or password that no server
  // could read is answered by LoginRefused, and nothing of it is sent.
  void register_account(rudp::Instant now, std::string name, std::string password);
  void login(rudp::Instant now, std::string name, std::string password);
  /// Logs in by a token kept from an earlier run.
  void resume(rudp::Instant now, const ResumeToken& token);

  /// Takes a message for sending; it is in the outbox when this returns. Works
  /// without a connection, but not before the first login. What became too long for the server
  /// when its turn comes is answered by MessageFailed.
  /// Errors: not_logged_in, text_empty, text_too_long, text_characters, unknown_recipient (a name
  /// that is none), busy (outbox full), storage_unavailable (the outbox could not keep it).
  rudp::Result<ClientMessageId, RefusalCode> send(rudp::Instant now, const Target& target,
                                                  std::string_view text);
  /// Asks who is online; answered by WhoAnswered, on the next connection where this one is lost
  /// before. Without a login: dropped, false.
  bool ask_who(rudp::Instant now);
  /// Says goodbye; answered by SaidGoodbye. False without a connection.
  bool quit(rudp::Instant now, std::string_view reason);

  /// Bytes to send on kChannel, reliable and ordered. They belong to the
  /// current connection; a disconnect drops what was not polled.
  std::optional<std::vector<std::uint8_t>> poll_send();
  std::optional<ClientEvent> poll_event();
  std::optional<rudp::Instant> poll_timeout() const;

  bool is_logged_in() const;
  /// The account's name as registered; empty before the first login.
  const std::string& name() const;
  /// Messages taken and not acknowledged.
  std::size_t outbox_size() const;
  /// True once nothing that the server announced is still being fetched.
  bool is_caught_up() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace chat
