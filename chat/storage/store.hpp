// What the chat keeps: accounts, tokens, conversations, messages, what was delivered.
//
// Requests and replies are values. A StoreEngine applies a batch of them in one
// transaction, synchronously; a Store does so asynchronously. SQLite, MariaDB and
// the in-memory model stand behind the same engine and pass the same tests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "chat/hashing.hpp"
#include "chat/messages.hpp"
#include "chat/names.hpp"
#include "chat/passwords.hpp"

namespace chat {

/// Conversations of one list.
constexpr std::size_t kConversationsPerListMax = 500;
/// Messages of one page, and the bytes of text after which it ends (the first
/// message always fits).
constexpr std::size_t kMessagesPerPageMax = 200;
constexpr std::size_t kTextBytesPerPageMax = 256 * 1024;

struct Account {
  AccountId id = 0;
  std::string name;
  std::string password_hash;

  friend bool operator==(const Account&, const Account&) = default;
};

// ---- requests --------------------------------------------------------------

/// Replies: AccountCreated, StoreRefusal (name_taken, name_too_similar).
struct CreateAccount {
  Name name;
  std::string password_hash;
  UnixMs now_unix_ms = 0;
};

/// Reply: AccountFound.
struct FindAccount {
  std::string name_key;
};

/// Reply: AccountFound.
struct FindToken {
  TokenHash token_hash{};
};

/// A login begins. With a token hash, it takes the place of the account's
/// former one. Reply: SessionOpened: the public room always, private
/// conversations with something undelivered, and those of `seen` that went on.
struct OpenSession {
  AccountId account = 0;
  std::optional<TokenHash> token_hash;
  std::vector<Seen> seen;
  UnixMs now_unix_ms = 0;
};

/// The private conversations with something undelivered, from the first id
/// above `after_id`. Reply: ConversationList.
struct ListUndelivered {
  AccountId account = 0;
  ConversationId after_id = 0;
};

/// Stores `new_hash` where the hash is still `old_hash`. Reply: Done.
struct ChangePasswordHash {
  AccountId account = 0;
  std::string old_hash;
  std::string new_hash;
};

/// Gives a message the next number of its conversation; the same client message
/// id of the same sender again: the number that it has.
/// Replies: Appended, StoreRefusal (unknown_recipient, out_of_turn).
struct AppendMessage {
  AccountId sender = 0;
  ClientMessageId client_message_id{};
  ConversationKind kind = ConversationKind::public_room;
  std::string recipient_key;  ///< name key; only with private_talk
  std::string text;
  UnixMs now_unix_ms = 0;
  /// The sender's message before this one, where that is still under way: only
  /// behind it may this one be stored. A disk that is full for one and not for
  /// the next must not change the order in which somebody wrote.
  std::optional<ClientMessageId> after;
};

/// Reply: Page, or StoreRefusal (unknown_conversation) where `account` takes no part in it.
struct FetchMessages {
  AccountId account = 0;
  ConversationId conversation = 0;
  MessageNumber after_number = 0;
  std::size_t limit = kMessagesPerPageMax;  ///< 1..kMessagesPerPageMax
};

/// One's own messages count like all others: a client that crashed before it saw
/// the acknowledgement must find its message again. Delivered numbers only grow, and never beyond the last
/// message; conversations in which the account takes no part are passed over. Reply: Done.
struct MarkDelivered {
  AccountId account = 0;
  std::vector<Seen> up_to;
};

/// Reply: StoreCounts. It costs the same however many messages there are.
struct CountRows {};

using StoreRequest = std::variant<CreateAccount, FindAccount, FindToken, OpenSession, ListUndelivered,
                                  ChangePasswordHash, AppendMessage, FetchMessages, MarkDelivered, CountRows>;

// ---- replies ---------------------------------------------------------------

struct AccountCreated {
  AccountId id = 0;
  friend bool operator==(const AccountCreated&, const AccountCreated&) = default;
};

struct AccountFound {
  std::optional<Account> account;
  friend bool operator==(const AccountFound&, const AccountFound&) = default;
};

struct SessionOpened {
  ConversationList conversations;
  friend bool operator==(const SessionOpened&, const SessionOpened&) = default;
};

struct Appended {
  ConversationId conversation = 0;
  MessageNumber number = 0;
  UnixMs sent_unix_ms = 0;
  bool is_new = false;         ///< false: it was stored before, under the same client message id
  AccountId recipient = 0;     ///< only with private_talk
  std::string recipient_name;  ///< only with private_talk
  friend bool operator==(const Appended&, const Appended&) = default;
};

struct Done {
  friend bool operator==(const Done&, const Done&) = default;
};

struct StoreCounts {
  std::uint64_t accounts = 0;
  std::uint64_t conversations = 0;  ///< the public room included
  std::uint64_t messages = 0;
  friend bool operator==(const StoreCounts&, const StoreCounts&) = default;
};

/// The request made no sense for what is stored; nothing was changed.
struct StoreRefusal {
  RefusalCode code = RefusalCode::unspecified;
  friend bool operator==(const StoreRefusal&, const StoreRefusal&) = default;
};

enum class StoreError : std::uint8_t {
  busy,         ///< the queue is full, or another process holds the lock: try again
  full,         ///< no space left: nothing was changed, later requests may succeed
  unavailable,  ///< out of reach for now: try again
  broken,       ///< an I/O error or damage: nothing may be trusted until a restart
};

/// The store could not do it. Nothing of the batch is promised.
struct StoreFailure {
  StoreError error = StoreError::unavailable;
  std::string detail;  ///< for the log
  friend bool operator==(const StoreFailure&, const StoreFailure&) = default;
};

using StoreReply = std::variant<AccountCreated, AccountFound, SessionOpened, ConversationList, Done, Appended,
                                Page, StoreCounts, StoreRefusal, StoreFailure>;

// ---- doing it --------------------------------------------------------------

/// Synchronous, one thread at a time.
class StoreEngine {
 public:
  virtual ~StoreEngine() = default;

  /// Applies the requests in order, in one transaction, and answers each. When
  /// it returns, everything that is not a StoreFailure is durable.
  virtual std::vector<StoreReply> apply(std::span<const StoreRequest> batch) = 0;

  /// To be called where nothing was applied for a minute: what lies idle for long may be lost.
  virtual void keep_alive() {}
};

struct StoreCompletion {
  OperationId operation = 0;
  StoreReply reply;
};

/// Asynchronous: never blocks. One owner thread.
class Store {
 public:
  virtual ~Store() = default;

  /// Each submission completes exactly once through poll(), failures included.
  /// They are done and completed in the order of submission; only a `busy` for
  /// a full queue comes early. What waited for too long is not done: `busy`.
  virtual void submit(OperationId operation, StoreRequest request) = 0;
  virtual std::optional<StoreCompletion> poll() = 0;
};

}  // namespace chat
