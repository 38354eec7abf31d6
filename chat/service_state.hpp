// The inside of the service, shared by its files: service.cpp (inputs and
// outputs), service_limits.cpp (who may do how much), service_login.cpp (accounts
// and sessions), service_talk.cpp (messages and conversations). Nobody else
// includes this.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "chat/known_addresses.hpp"
#include "chat/presence.hpp"
#include "chat/service.hpp"
#include "chat/strangers.hpp"

namespace chat {

struct Session {
  enum class Stage {
    new_here,        ///< Hello is awaited
    anonymous,       ///< may register, log in, resume
    authenticating,  ///< the answer to one of these is under way
    online,
  };

  SessionId id = 0;
  rudp::Address address;
  Stage stage = Stage::new_here;
  AccountId account = 0;  ///< from the moment the login is opened in the store
  std::string name;
  bool blocked = false;  ///< its send queue is full
  bool stalled = false;  ///< a message was refused; the next has to say `restart`
  bool closing = false;  ///< closes once its operations are answered
  std::size_t operations = 0;
  std::optional<ClientMessageId> storing;  ///< the last message that is on its way to the store
  Bucket requests;                         ///< until it is online
  /// Conversations that went on while nothing could be sent, until the client is told.
  std::map<ConversationId, ConversationState> held_back;
  /// How far the list of conversations was told; nothing: to its end.
  std::optional<ConversationId> listed_to;
};

/// What an account may do at once. It outlives its sessions, or a new one would do it all again.
struct Allowance {
  Bucket messages;
  Bucket requests;

  bool is_full(rudp::Instant now) const { return messages.is_full(now) && requests.is_full(now); }
};

/// Whom an answer goes to.
struct Asker {
  SessionId session = 0;
  RequestId request = 0;
};

// ---- operations under way: what their completion needs ----------------------

struct LookingUpLogin {
  Asker asker;
  std::string name;  ///< as typed, for the log
  std::string name_key;
  std::string password;
  std::vector<Seen> seen;
};
struct VerifyingPassword {
  Asker asker;
  std::string name;
  std::string name_key;
  std::optional<Account> account;
  std::vector<Seen> seen;
};
struct LookingUpRegistration {
  Asker asker;
  Name name;
  std::string password;
};
struct HashingPassword {
  Asker asker;
  Name name;
};
struct CreatingAccount {
  Asker asker;
  Name name;
};
struct LookingUpToken {
  Asker asker;
  std::vector<Seen> seen;
};
struct OpeningSession {
  Asker asker;
  std::optional<ResumeToken> token;
  LogKind how = LogKind::logged_in;
};
struct StoringMessage {
  Asker asker;
  AccountId sender = 0;
  std::string sender_name;
  SendMessage message;
};
struct FetchingMessages {
  Asker asker;
};
struct ListingConversations {
  Asker asker;
  ConversationId after_id = 0;
};
/// Nobody waits for it: delivered marks, renewed hashes.
struct InBackground {
  Asker asker;
};

using Pending = std::variant<LookingUpLogin, VerifyingPassword, LookingUpRegistration, HashingPassword,
                             CreatingAccount, LookingUpToken, OpeningSession, StoringMessage,
                             FetchingMessages, ListingConversations, InBackground>;

struct Service::State {
  /// How often allowances that are full again are looked for.
  static constexpr rudp::Duration kForgetInterval = std::chrono::seconds(10);

  State(const ServiceOptions& wanted, rudp::Random& source);

  const ServiceOptions options;
  rudp::Random& random;
  RateLimiter register_per_address;
  RateLimiter login_per_address;
  RateLimiter login_per_account;
  RateLimiter login_per_account_and_address;
  KnownAddresses known_addresses;
  RateLimiter resume_per_address;
  RateLimiter resume_per_account;
  std::unordered_map<AccountId, Allowance> allowances;
  rudp::Instant forget_allowances_at;

  std::unordered_map<SessionId, Session> sessions;
  Strangers strangers;  ///< those of `sessions` that are new here or anonymous
  std::map<AccountId, SessionId> online;
  /// Logins that are being opened: what happens meanwhile is held back for them.
  std::multimap<AccountId, SessionId> opening;
  std::unordered_map<OperationId, Pending> pending;
  OperationId last_operation = 0;
  PresenceNotices presence;
  std::deque<Effect> effects;
  std::optional<ServerClosing> closing;
  Statistics counters;

  // service.cpp
  Session* find(SessionId id);
  void dispatch(const Now& now, Session& session, Request& request);
  void reply(const Session& session, RequestId to, ReplyBody body);
  void refuse(const Asker& asker, Refused refusal);
  void refuse(const Asker& asker, RefusalCode code, std::vector<std::string> parameters = {});
  void refuse_for_now(const Asker& asker, RefusalCode code, rudp::Duration retry_after);
  std::uint32_t jittered_ms(std::uint32_t least_ms);
  OperationId begin(Asker asker, Pending waiting);
  void run_store(Asker asker, StoreRequest request, Pending waiting);
  void run_hash(Asker asker, HashRequest request, Pending waiting);
  std::optional<Pending> finish(OperationId operation);
  void log(const Now& now, LogKind kind, const Session* session, std::string detail = {});
  void leave_opening(SessionId id);
  void forget(const Now& now, Session& session);
  void close_session(const Now& now, Session& session);
  void close_if_done(const Now& now, SessionId id);
  void tell_presence(rudp::Instant now);
  void on_store_failure(const Now& now, Pending& waiting, const StoreFailure& failure);

  // service_limits.cpp
  /// Takes a request's price, or says how long until it can be paid. Messages pay when it is their turn.
  std::optional<rudp::Duration> charge(rudp::Instant now, Session& session, const RequestBody& body);
  std::optional<rudp::Duration> charge_message(rudp::Instant now, const Session& session,
                                               const SendMessage& message);
  /// Every change of a stage. May close another session, never this one.
  void move_to(const Now& now, Session& session, Session::Stage stage);
  void crowd_out(const Now& now, SessionId id);
  void forget_full_allowances(rudp::Instant now);

  // service_login.cpp
  void on_request(const Now& now, Session& session, RequestId id, Hello& hello);
  void on_request(const Now& now, Session& session, RequestId id, Register& wanted);
  void on_request(const Now& now, Session& session, RequestId id, Login& wanted);
  void on_request(const Now& now, Session& session, RequestId id, Resume& wanted);
  void on_request(const Now& now, Session& session, RequestId id, Quit& wanted);
  bool may_authenticate(const Asker& asker, const Session& session);
  std::optional<rudp::Duration> login_wait(rudp::Instant now, const Session& session, const std::string& key);
  void fail_login(const Now& now, const VerifyingPassword& waiting);
  void open_session(const Now& now, const Asker& asker, const Account& account, std::vector<Seen> seen,
                    LogKind how);
  void enter(const Now& now, Session& session, const OpeningSession& waiting, ConversationList list);
  void replace(const Now& now, SessionId old, const Session& by);

  void on_store(const Now& now, LookingUpLogin& waiting, StoreReply& reply);
  void on_store(const Now& now, LookingUpRegistration& waiting, StoreReply& reply);
  void on_store(const Now& now, CreatingAccount& waiting, StoreReply& reply);
  void on_store(const Now& now, LookingUpToken& waiting, StoreReply& reply);
  void on_store(const Now& now, OpeningSession& waiting, StoreReply& reply);
  void on_hash(const Now& now, VerifyingPassword& waiting, HashReply& reply);
  void on_hash(const Now& now, HashingPassword& waiting, HashReply& reply);

  // service_talk.cpp
  void on_request(const Now& now, Session& session, RequestId id, SendMessage& wanted);
  void on_request(const Now& now, Session& session, RequestId id, Fetch& wanted);
  void on_request(const Now& now, Session& session, RequestId id, ListConversations& wanted);
  void on_request(const Now& now, Session& session, RequestId id, Received& wanted);
  void on_request(const Now& now, Session& session, RequestId id, Who& wanted);
  void on_request(const Now& now, Session& session, RequestId id, UnknownRequest& wanted);
  bool may_ask(const Asker& asker, const Session& session);
  bool has_room(const Asker& asker, const Session& session);
  void stall(const Asker& asker);
  void stored_or_not(const StoringMessage& waiting);
  void acknowledge(const StoringMessage& waiting, const Appended& stored);
  void fan_out(const StoringMessage& waiting, const Appended& stored);
  void fan_out_public(const Delivery& delivery, SessionId except);
  void fan_out_private(const StoringMessage& waiting, const Appended& stored, const Message& message);
  void deliver_to_account(AccountId account, SessionId except, const Delivery& delivery);
  void deliver(Session& session, const Delivery& delivery, SharedBytes& bytes);
  void hold_back(Session& session, const Delivery& delivery);
  void tell_held_back(Session& session, ConversationId conversation);
  void note_listed(Session& session, ConversationId after_id, ConversationId next_after_id);

  void on_store(const Now& now, StoringMessage& waiting, StoreReply& reply);
  void on_store(const Now& now, FetchingMessages& waiting, StoreReply& reply);
  void on_store(const Now& now, ListingConversations& waiting, StoreReply& reply);
  void on_store(const Now& now, InBackground& waiting, StoreReply& reply);

  /// Completions that only the other kind of operation has.
  template <class Waiting>
  void on_store(const Now&, Waiting&, StoreReply&) {}
  template <class Waiting>
  void on_hash(const Now&, Waiting&, HashReply&) {}
};

/// One entry for each conversation, the newest, in order of conversation.
void keep_newest(std::vector<Seen>& seen);

/// Encoded once, for any number of sessions.
SharedBytes encode_shared(RequestId to, ReplyBody body);

}  // namespace chat
