// Chat messages as plain values: what service, server and client speak. Only the
// codec knows how they look as bytes (chat.proto, docs/CHAT-PROTOCOL.md).
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include <rudp/types.hpp>

namespace chat {

constexpr std::uint32_t kProtocolVersion = 1;
/// The rudp channel and delivery that carry the chat: 0, reliable and ordered.
constexpr rudp::ChannelId kChannel = 0;

using AccountId = std::uint64_t;       ///< above 0; never leaves the server
using ConversationId = std::uint64_t;  ///< above 0; the same for both sides
using MessageNumber = std::uint64_t;   ///< dense in its conversation, from 1; 0 is "before the first"
using RequestId = std::uint64_t;       ///< above 0; unique in a connection, chosen by the client

/// Milliseconds since 1970 UTC on the server's clock.
using UnixMs = std::int64_t;

/// The two clocks of whoever calls: monotonic for deadlines, wall for what people read.
struct Now {
  rudp::Instant instant;
  UnixMs unix_ms = 0;
};

/// Chosen at random by the client, unique for the account: a resend carries the same one.
using ClientMessageId = std::array<std::uint8_t, 16>;
/// Logs a device in again without a password. A secret; the server keeps its hash.
using ResumeToken = std::array<std::uint8_t, 32>;

constexpr ConversationId kPublicRoom = 1;

enum class ConversationKind : std::uint8_t { public_room = 1, private_talk = 2 };

/// A conversation as one side sees it.
struct Conversation {
  ConversationId id = 0;
  ConversationKind kind = ConversationKind::public_room;
  std::string peer;  ///< whom a private one is with, as they registered; else empty

  friend bool operator==(const Conversation&, const Conversation&) = default;
};

/// Where a message is to go.
struct Target {
  ConversationKind kind = ConversationKind::public_room;
  std::string private_to;  ///< a name in any spelling; only with private_talk

  friend bool operator==(const Target&, const Target&) = default;
};

struct Message {
  MessageNumber number = 0;
  std::string sender;
  std::string text;
  UnixMs sent_unix_ms = 0;
  ClientMessageId client_message_id{};

  friend bool operator==(const Message&, const Message&) = default;
};

struct ConversationState {
  Conversation conversation;
  MessageNumber last_number = 0;
  MessageNumber delivered_number = 0;  ///< what the account is known to have received

  friend bool operator==(const ConversationState&, const ConversationState&) = default;
};

struct Seen {
  ConversationId conversation = 0;
  MessageNumber number = 0;

  friend auto operator<=>(const Seen&, const Seen&) = default;
};

// ---- client to server ----------------------------------------------------

struct Hello {
  std::uint32_t protocol_version = kProtocolVersion;
  std::string client_version;
  std::string language;  ///< "zh_CN", "en"

  friend bool operator==(const Hello&, const Hello&) = default;
};

/// Creates an account and logs it in. Answered by LoggedIn.
struct Register {
  std::string name;
  std::string password;

  friend bool operator==(const Register&, const Register&) = default;
};

/// Answered by LoggedIn. `seen` says what this client has already shown.
struct Login {
  std::string name;
  std::string password;
  std::vector<Seen> seen;

  friend bool operator==(const Login&, const Login&) = default;
};

/// Logs in again by token. Answered by LoggedIn with an empty token.
struct Resume {
  ResumeToken token{};
  std::vector<Seen> seen;

  friend bool operator==(const Resume&, const Resume&) = default;
};

/// Answered by Stored once it is durable. After a refusal that may be tried
/// again, everything is refused as out_of_turn until one comes with `restart`:
/// the order in which a person wrote is kept.
struct SendMessage {
  ClientMessageId client_message_id{};
  Target target;
  std::string text;
  bool restart = false;

  friend bool operator==(const SendMessage&, const SendMessage&) = default;
};

/// Answered by Page.
struct Fetch {
  ConversationId conversation = 0;
  MessageNumber after_number = 0;
  std::uint32_t limit = 0;  ///< messages wanted at most; 0: as many as the server likes

  friend bool operator==(const Fetch&, const Fetch&) = default;
};

/// Answered by ConversationList: the next page after the one in LoggedIn.
struct ListConversations {
  ConversationId after_id = 0;

  friend bool operator==(const ListConversations&, const ListConversations&) = default;
};

/// Answered by WhoResult.
struct Who {
  friend bool operator==(const Who&, const Who&) = default;
};

/// The account has these messages; nothing up to them is sent at the next login. Not answered.
struct Received {
  std::vector<Seen> up_to;

  friend bool operator==(const Received&, const Received&) = default;
};

/// Answered by Goodbye, then the server closes.
struct Quit {
  std::string reason;  ///< for the log; may be empty

  friend bool operator==(const Quit&, const Quit&) = default;
};

/// A request of a newer client that this server does not know.
struct UnknownRequest {
  friend bool operator==(const UnknownRequest&, const UnknownRequest&) = default;
};

using RequestBody = std::variant<Hello, Register, Login, Resume, SendMessage, Fetch, ListConversations, Who,
                                 Received, Quit, UnknownRequest>;

struct Request {
  RequestId id = 0;
  RequestBody body;

  friend bool operator==(const Request&, const Request&) = default;
};

// ---- server to client ----------------------------------------------------

struct HelloAccepted {
  std::uint32_t protocol_version = kProtocolVersion;
  std::string server_version;
  std::uint32_t text_bytes_max = 0;

  friend bool operator==(const HelloAccepted&, const HelloAccepted&) = default;
};

/// Conversations in which something waits, in order of id.
struct ConversationList {
  std::vector<ConversationState> conversations;
  ConversationId next_after_id = 0;  ///< above 0: more wait behind it

  friend bool operator==(const ConversationList&, const ConversationList&) = default;
};

struct LoggedIn {
  std::string name;                        ///< as registered
  std::vector<std::uint8_t> resume_token;  ///< 32 bytes, or none after a Resume
  UnixMs server_unix_ms = 0;
  ConversationList conversations;

  friend bool operator==(const LoggedIn&, const LoggedIn&) = default;
};

/// Why something was refused; the numbers are those of chat.proto. What stands
/// in brackets are the parameters, in order.
enum class RefusalCode : std::uint8_t {
  unspecified = 0,  ///< a code that this version does not know
  malformed = 1,
  unsupported_protocol = 2,  ///< [the server's version]
  unknown_request = 3,
  not_logged_in = 4,
  already_logged_in = 5,
  busy = 6,          ///< the server's queues are full
  rate_limited = 7,  ///< this address, account or session asked too often
  storage_unavailable = 8,
  storage_full = 9,
  login_failed = 20,      ///< no such name or wrong password: one answer for both
  token_refused = 21,     ///< log in with the password
  name_taken = 22,        ///< [the name]
  name_too_similar = 23,  ///< [the name]: it looks like another's
  name_empty = 24,
  name_too_long = 25,    ///< [characters at most]
  name_characters = 26,  ///< holds something that is no letter, digit, "_", "-", "." or "·"
  name_mixed_scripts = 27,
  password_too_short = 28,   ///< [characters at least]
  password_too_long = 29,    ///< [bytes at most]
  password_characters = 30,  ///< a NUL or invalid UTF-8
  text_empty = 40,
  text_too_long = 41,      ///< [bytes at most]
  text_characters = 42,    ///< control characters, invalid UTF-8, too many combining marks
  unknown_recipient = 43,  ///< [the name]
  unknown_conversation = 44,
  out_of_turn = 45,  ///< an earlier message was refused and has to come first
};

struct Refused {
  RefusalCode code = RefusalCode::unspecified;
  std::vector<std::string> parameters;
  std::uint32_t retry_after_ms = 0;  ///< 0: asking again will not help

  friend bool operator==(const Refused&, const Refused&) = default;
};

/// The promise: this message is on disk and has this number.
struct Stored {
  ClientMessageId client_message_id{};
  Conversation conversation;
  MessageNumber number = 0;
  UnixMs sent_unix_ms = 0;
  bool recipient_online = false;  ///< private messages only

  friend bool operator==(const Stored&, const Stored&) = default;
};

struct Delivery {
  Conversation conversation;
  Message message;

  friend bool operator==(const Delivery&, const Delivery&) = default;
};

/// Every message above the number asked for and up to `complete_to` that still exists, in order.
struct Page {
  ConversationId conversation = 0;
  std::vector<Message> messages;
  MessageNumber complete_to = 0;
  MessageNumber last_number = 0;

  friend bool operator==(const Page&, const Page&) = default;
};

struct WhoResult {
  std::vector<std::string> names;
  std::uint32_t online_count = 0;  ///< may be more than the names listed

  friend bool operator==(const WhoResult&, const WhoResult&) = default;
};

struct Presence {
  std::vector<std::string> joined;
  std::vector<std::string> left;

  friend bool operator==(const Presence&, const Presence&) = default;
};

enum class ReplacedReason : std::uint8_t { unspecified = 0, logged_in_elsewhere = 1 };

/// Another login of the account took over; the server closes after this.
struct Replaced {
  std::string from_address;
  UnixMs at_unix_ms = 0;
  ReplacedReason reason = ReplacedReason::logged_in_elsewhere;

  friend bool operator==(const Replaced&, const Replaced&) = default;
};

enum class ClosingReason : std::uint8_t { unspecified = 0, stopped = 1, restarting = 2 };

struct ServerClosing {
  ClosingReason reason = ClosingReason::stopped;
  std::uint32_t retry_after_ms = 0;  ///< 0: it will not come back by itself
  std::string text;                  ///< an operator's words; may be empty

  friend bool operator==(const ServerClosing&, const ServerClosing&) = default;
};

struct Goodbye {
  friend bool operator==(const Goodbye&, const Goodbye&) = default;
};

/// Something of a newer server that this client does not know; ignored.
struct UnknownReply {
  friend bool operator==(const UnknownReply&, const UnknownReply&) = default;
};

using ReplyBody = std::variant<HelloAccepted, LoggedIn, Refused, Stored, Delivery, Page, ConversationList,
                               WhoResult, Presence, Replaced, ServerClosing, Goodbye, UnknownReply>;

/// What the server sends: an answer, or something that just happened.
struct Reply {
  RequestId reply_to = 0;  ///< 0 where nothing was asked
  ReplyBody body;

  friend bool operator==(const Reply&, const Reply&) = default;
};

}  // namespace chat
