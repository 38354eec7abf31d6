// The inside of the client session, shared by client_session.cpp (inputs, the
// way in) and client_session_talk.cpp (messages out and in).
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "chat/client_session.hpp"
#include "chat/outbox.hpp"
#include "chat/timeline.hpp"

namespace chat {

// ---- requests under way: what their answer needs ------------------------------

struct AskedHello {};
struct AskedRegister {};
struct AskedLogin {};
struct AskedResume {};
struct AskedSend {
  ClientMessageId id{};
};
struct AskedFetch {
  ConversationId conversation = 0;
  MessageNumber after = 0;
};
struct AskedList {
  ConversationId after_id = 0;
};
struct AskedWho {};
struct AskedQuit {};

using Asked = std::variant<AskedHello, AskedRegister, AskedLogin, AskedResume, AskedSend, AskedFetch,
                           AskedList, AskedWho, AskedQuit>;

struct ClientSession::State {
  enum class Stage {
    offline,
    greeting,        ///< Hello is said
    greeted,         ///< name and password are awaited from the user
    authenticating,  ///< the server checks
    online,
  };
  struct Credentials {
    std::string name;
    std::string password;
    bool registers = false;
    /// A Register went out and its answer was lost: "taken" may mean taken by us.
    bool uncertain = false;
  };

  /// Fetches under way at a time: a client with a thousand conversations must
  /// not use up its request rate at once.
  static constexpr std::size_t kFetchesMax = 4;
  /// Delivered marks gather for so long.
  static constexpr rudp::Duration kMarkDelay = std::chrono::milliseconds(200);

  State(const ClientOptions& wanted, rudp::Random& source, OutboxStorage* outbox_storage)
      : options(wanted), random(source), storage(outbox_storage) {}

  const ClientOptions options;
  rudp::Random& random;
  OutboxStorage* const storage;

  Stage stage = Stage::offline;
  RequestId last_request = 0;
  std::unordered_map<RequestId, Asked> asked;
  std::deque<std::vector<std::uint8_t>> sends;
  std::deque<ClientEvent> events;
  std::size_t text_bytes_max = 0;

  std::string name;
  std::optional<Credentials> credentials;
  std::optional<ResumeToken> token;
  std::optional<rudp::Instant> resume_at;

  Outbox outbox;
  /// One after a refusal for now, one more with each answer: what was refused is sent again, and most of it
  /// may be refused again.
  std::size_t in_flight_max = kInFlightMax;
  std::optional<rudp::Instant> send_again_at;
  bool restart_sending = false;

  std::map<ConversationId, Timeline> timelines;
  std::set<ConversationId> fetching;
  std::optional<rudp::Instant> fetch_again_at;
  bool knows_all_conversations = false;
  std::optional<rudp::Instant> list_again_at;
  ConversationId list_again_after = 0;
  std::map<ConversationId, MessageNumber> marks;  ///< to be told to the server
  std::optional<rudp::Instant> marks_at;
  bool awaits_who = false;

  // client_session.cpp
  RequestId ask(Asked what, RequestBody body);
  void take_credentials(rudp::Instant now, Credentials given);
  void authenticate(rudp::Instant now);
  std::vector<Seen> seen() const;
  void logged_in(rudp::Instant now, LoggedIn& reply);
  void become(const std::string& account_name);
  void refused(rudp::Instant now, const Asked& what, Refused& refusal);
  void login_refused(rudp::Instant now, const Asked& what, Refused& refusal);
  bool tries_login_instead(rudp::Instant now, const Refused& refusal);
  void link_is_gone();
  void on_reply(rudp::Instant now, const Asked* what, HelloAccepted& reply);
  void on_reply(rudp::Instant now, const Asked* what, LoggedIn& reply);
  void on_reply(rudp::Instant now, const Asked* what, Refused& reply);
  void on_reply(rudp::Instant now, const Asked* what, WhoResult& reply);
  void on_reply(rudp::Instant now, const Asked* what, Presence& reply);
  void on_reply(rudp::Instant now, const Asked* what, Replaced& reply);
  void on_reply(rudp::Instant now, const Asked* what, ServerClosing& reply);
  void on_reply(rudp::Instant now, const Asked* what, Goodbye& reply);
  void on_reply(rudp::Instant now, const Asked* what, UnknownReply& reply);

  // client_session_talk.cpp
  void on_reply(rudp::Instant now, const Asked* what, Stored& reply);
  void on_reply(rudp::Instant now, const Asked* what, Delivery& reply);
  void on_reply(rudp::Instant now, const Asked* what, Page& reply);
  void on_reply(rudp::Instant now, const Asked* what, ConversationList& reply);
  std::optional<Refused> unsendable(const Target& target, std::string_view text) const;
  void send_waiting();
  void send_again(rudp::Instant now);
  void fail(const ClientMessageId& id, Refused refusal);
  void send_refused(rudp::Instant now, const ClientMessageId& id, Refused& refusal);
  void fetch_refused(rudp::Instant now, const AskedFetch& fetch, const Refused& refusal);
  Timeline& timeline(const Conversation& conversation);
  void learn(rudp::Instant now, const ConversationList& list, bool is_last);
  void ask_for_more(ConversationId after_id);
  void list_refused(rudp::Instant now, const AskedList& list, Refused& refusal);
  void learn(const ConversationState& state);
  void fetch_gaps();
  void show_next(rudp::Instant now, Timeline& timeline);
  void mark(rudp::Instant now, const Timeline& timeline);
  void send_marks();
};

}  // namespace chat
