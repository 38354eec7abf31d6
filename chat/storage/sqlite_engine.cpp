// Requests in, one transaction, replies out. Inside a batch an error sticks in
// the database; the batch is then rolled back as a whole.
#include "chat/storage/sqlite_engine.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include <sqlite3.h>

#include "chat/storage/sqlite_database.hpp"
#include "chat/storage/sqlite_schema.hpp"

namespace chat {
namespace {

using sqlite::Statement;

constexpr auto kPrivateKind = static_cast<std::int64_t>(ConversationKind::private_talk);

bool writes(const StoreRequest& request) {
  return std::holds_alternative<CreateAccount>(request) || std::holds_alternative<OpenSession>(request) ||
         std::holds_alternative<ChangePasswordHash>(request) ||
         std::holds_alternative<AppendMessage>(request) || std::holds_alternative<MarkDelivered>(request);
}

StoreError to_store_error(int code) {
  switch (code & 0xff) {
    case SQLITE_FULL:
      return StoreError::full;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return StoreError::busy;
    case SQLITE_IOERR:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return StoreError::broken;
    default:
      return StoreError::unavailable;
  }
}

// Where only some requests can be to blame, or reads may still succeed.
bool is_worth_one_by_one(StoreError error) {
  return error == StoreError::full || error == StoreError::unavailable;
}

StoreRefusal refuse(RefusalCode code) { return StoreRefusal{code}; }

template <class Array>
rudp::Bytes bytes_of(const Array& array) {
  return {array.data(), array.size()};
}

constexpr const char* kSelectState =
    "SELECT c.id, c.kind, c.last_number, m.delivered_number, a.name FROM conversations c "
    "LEFT JOIN members m ON m.conversation = c.id AND m.account = ?1 "
    "LEFT JOIN accounts a ON a.id = CASE WHEN c.low_account = ?1 THEN c.high_account ELSE c.low_account END "
    "WHERE c.id = ?2 AND (c.kind = 1 OR m.account IS NOT NULL)";

constexpr const char* kSelectUndelivered =
    "SELECT c.id, c.kind, c.last_number, m.delivered_number, a.name FROM members m "
    "JOIN conversations c ON c.id = m.conversation "
    "JOIN accounts a ON a.id = CASE WHEN c.low_account = ?1 THEN c.high_account ELSE c.low_account END "
    "WHERE m.account = ?1 AND m.conversation > ?2 AND c.kind = 2 AND c.last_number > m.delivered_number "
    "ORDER BY m.conversation LIMIT ?3";

ConversationState read_state(const Statement& row) {
  ConversationState state;
  state.conversation.id = row.number(0);
  state.conversation.kind = static_cast<ConversationKind>(row.number(1));
  state.last_number = row.number(2);
  state.delivered_number = row.number(3);
  state.conversation.peer = row.text(4);
  return state;
}

Message read_message(const Statement& row) {
  Message message;
  message.number = row.number(0);
  message.sender = row.text(1);
  message.text = row.text(2);
  message.sent_unix_ms = row.signed_number(3);
  const rudp::Bytes id = row.blob(4);
  if (id.size() == message.client_message_id.size()) {
    std::copy(id.begin(), id.end(), message.client_message_id.begin());
  }
  return message;
}

}  // namespace

// The statements are declared behind the database and so are finalized before it closes.
struct SqliteEngine::State {
  explicit State(std::unique_ptr<sqlite::Database> opened) : owner(std::move(opened)) {}

  std::unique_ptr<sqlite::Database> owner;
  sqlite::Database& db = *owner;
  std::optional<StoreFailure> broken;

  Statement find_by_key{db, "SELECT id, name, password_hash FROM accounts WHERE name_key = ?"};
  Statement find_by_id{db, "SELECT id, name, password_hash FROM accounts WHERE id = ?"};
  Statement find_by_token{db,
                          "SELECT a.id, a.name, a.password_hash FROM tokens t JOIN accounts a "
                          "ON a.id = t.account WHERE t.token_hash = ?"};
  Statement find_skeleton{db, "SELECT 1 FROM accounts WHERE skeleton = ?"};
  Statement next_account{db, "SELECT coalesce(max(id), 0) + 1 FROM accounts"};
  Statement insert_account{db, "INSERT INTO accounts VALUES (?, ?, ?, ?, ?, ?, ?)"};
  Statement delete_token{db, "DELETE FROM tokens WHERE token_hash = ? OR account = ?"};
  Statement insert_token{db, "INSERT INTO tokens VALUES (?, ?, ?)"};
  Statement touch_account{db, "UPDATE accounts SET last_login_unix_ms = ? WHERE id = ?"};
  Statement change_hash{db, "UPDATE accounts SET password_hash = ? WHERE id = ? AND password_hash = ?"};
  Statement select_state{db, kSelectState};
  Statement select_undelivered{db, kSelectUndelivered};
  Statement find_sent{db,
                      "SELECT conversation, number, sent_unix_ms FROM messages "
                      "WHERE sender = ? AND client_message_id = ?"};
  Statement find_pair{db, "SELECT id FROM conversations WHERE low_account = ? AND high_account = ?"};
  Statement next_conversation{db, "SELECT max(id) + 1 FROM conversations"};
  Statement insert_conversation{db, "INSERT INTO conversations VALUES (?, ?, ?, ?, 0)"};
  Statement insert_member{db, "INSERT OR IGNORE INTO members VALUES (?, ?, 0)"};
  Statement peer_of{
      db,
      "SELECT a.id, a.name FROM conversations c JOIN accounts a ON a.id = "
      "CASE WHEN c.low_account = ?1 THEN c.high_account ELSE c.low_account END WHERE c.id = ?2"};
  Statement last_number{db, "SELECT last_number FROM conversations WHERE id = ?"};
  Statement bump_number{db, "UPDATE conversations SET last_number = ? WHERE id = ?"};
  Statement insert_message{db, "INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?)"};
  Statement select_messages{db,
                            "SELECT m.number, a.name, m.text, m.sent_unix_ms, m.client_message_id "
                            "FROM messages m JOIN accounts a ON a.id = m.sender "
                            "WHERE m.conversation = ? AND m.number > ? ORDER BY m.number LIMIT ?"};
  Statement mark{db,
                 "INSERT INTO members VALUES (?1, ?2, ?3) ON CONFLICT (account, conversation) "
                 "DO UPDATE SET delivered_number = max(delivered_number, excluded.delivered_number)"};
  // Ids and numbers are dense, and no row is ever deleted: nothing has to be counted one by one.
  Statement count_rows{db,
                       "SELECT (SELECT coalesce(max(id), 0) FROM accounts), "
                       "(SELECT coalesce(max(id), 0) FROM conversations), "
                       "(SELECT coalesce(sum(last_number), 0) FROM conversations)"};

  StoreReply run(const CreateAccount& request);
  StoreReply run(const FindAccount& request);
  StoreReply run(const FindToken& request);
  StoreReply run(const OpenSession& request);
  StoreReply run(const ListUndelivered& request);
  StoreReply run(const ChangePasswordHash& request);
  StoreReply run(const AppendMessage& request);
  StoreReply run(const FetchMessages& request);
  StoreReply run(const MarkDelivered& request);
  StoreReply run(const CountRows& request);

  std::vector<StoreReply> apply_together(std::span<const StoreRequest> batch);
  StoreFailure take_failure();

  static std::optional<Account> read_account(Statement& bound);
  std::optional<ConversationState> state_of(AccountId account, ConversationId id);
  void replace_token(const OpenSession& request);
  ConversationList undelivered(AccountId account, ConversationId after_id);
  void add_what_went_on(const OpenSession& request, ConversationList& list);
  std::optional<Appended> already_sent(const AppendMessage& request);
  ConversationId private_talk(AccountId a, AccountId b);
  void name_recipient(AccountId sender, Appended& reply);
  Appended append(const AppendMessage& request, ConversationId conversation);
};

// ---- accounts ----------------------------------------------------------------

std::optional<Account> SqliteEngine::State::read_account(Statement& bound) {
  if (!bound.step()) return std::nullopt;
  return Account{bound.number(0), bound.text(1), bound.text(2)};
}

StoreReply SqliteEngine::State::run(const CreateAccount& request) {
  if (find_by_key.begin().bind(request.name.key).step()) return refuse(RefusalCode::name_taken);
  if (find_skeleton.begin().bind(request.name.skeleton).step()) return refuse(RefusalCode::name_too_similar);
  if (!next_account.begin().step()) return Done{};
  const AccountId id = next_account.number(0);
  insert_account.begin()
      .bind(id)
      .bind(request.name.display)
      .bind(request.name.key)
      .bind(request.name.skeleton);
  insert_account.bind(request.password_hash).bind(request.now_unix_ms).bind(request.now_unix_ms).run();
  return AccountCreated{id};
}

StoreReply SqliteEngine::State::run(const FindAccount& request) {
  return AccountFound{read_account(find_by_key.begin().bind(request.name_key))};
}

StoreReply SqliteEngine::State::run(const FindToken& request) {
  return AccountFound{read_account(find_by_token.begin().bind(bytes_of(request.token_hash)))};
}

StoreReply SqliteEngine::State::run(const ChangePasswordHash& request) {
  change_hash.begin().bind(request.new_hash).bind(request.account).bind(request.old_hash).run();
  return Done{};
}

// ---- sessions ----------------------------------------------------------------

void SqliteEngine::State::replace_token(const OpenSession& request) {
  const rudp::Bytes hash = bytes_of(*request.token_hash);
  delete_token.begin().bind(hash).bind(request.account).run();
  insert_token.begin().bind(request.account).bind(hash).bind(request.now_unix_ms).run();
}

std::optional<ConversationState> SqliteEngine::State::state_of(AccountId account, ConversationId id) {
  if (!select_state.begin().bind(account).bind(id).step()) return std::nullopt;
  return read_state(select_state);
}

ConversationList SqliteEngine::State::undelivered(AccountId account, ConversationId after_id) {
  ConversationList list;
  select_undelivered.begin().bind(account).bind(after_id).bind(std::uint64_t{kConversationsPerListMax + 1});
  while (select_undelivered.step()) list.conversations.push_back(read_state(select_undelivered));
  if (list.conversations.size() <= kConversationsPerListMax) return list;
  list.conversations.pop_back();
  list.next_after_id = list.conversations.back().conversation.id;
  return list;
}

void SqliteEngine::State::add_what_went_on(const OpenSession& request, ConversationList& list) {
  std::map<ConversationId, ConversationState> all;
  for (ConversationState& state : list.conversations) all[state.conversation.id] = std::move(state);
  if (auto room = state_of(request.account, kPublicRoom)) all[kPublicRoom] = std::move(*room);
  for (const Seen& seen : request.seen) {
    auto state = state_of(request.account, seen.conversation);
    if (state && state->last_number > seen.number) all[seen.conversation] = std::move(*state);
  }
  list.conversations.clear();
  for (auto& entry : all) list.conversations.push_back(std::move(entry.second));
}

StoreReply SqliteEngine::State::run(const OpenSession& request) {
  if (!find_by_id.begin().bind(request.account).step()) return refuse(RefusalCode::login_failed);
  if (request.token_hash) replace_token(request);
  touch_account.begin().bind(request.now_unix_ms).bind(request.account).run();
  ConversationList list = undelivered(request.account, 0);
  add_what_went_on(request, list);
  return SessionOpened{std::move(list)};
}

StoreReply SqliteEngine::State::run(const ListUndelivered& request) {
  return undelivered(request.account, request.after_id);
}

// ---- messages ----------------------------------------------------------------

void SqliteEngine::State::name_recipient(AccountId sender, Appended& reply) {
  if (reply.conversation == kPublicRoom) return;
  if (!peer_of.begin().bind(sender).bind(reply.conversation).step()) return;
  reply.recipient = peer_of.number(0);
  reply.recipient_name = peer_of.text(1);
}

std::optional<Appended> SqliteEngine::State::already_sent(const AppendMessage& request) {
  find_sent.begin().bind(request.sender).bind(bytes_of(request.client_message_id));
  if (!find_sent.step()) return std::nullopt;
  Appended reply{find_sent.number(0), find_sent.number(1), find_sent.signed_number(2), false, 0, {}};
  name_recipient(request.sender, reply);
  return reply;
}

ConversationId SqliteEngine::State::private_talk(AccountId a, AccountId b) {
  const AccountId low = std::min(a, b);
  const AccountId high = std::max(a, b);
  if (find_pair.begin().bind(low).bind(high).step()) return find_pair.number(0);
  if (!next_conversation.begin().step()) return 0;
  const ConversationId id = next_conversation.number(0);
  insert_conversation.begin().bind(id).bind(kPrivateKind).bind(low).bind(high).run();
  insert_member.begin().bind(low).bind(id).run();
  insert_member.begin().bind(high).bind(id).run();
  return id;
}

Appended SqliteEngine::State::append(const AppendMessage& request, ConversationId conversation) {
  const bool found = last_number.begin().bind(conversation).step();
  const MessageNumber number = found ? last_number.number(0) + 1 : 1;
  bump_number.begin().bind(number).bind(conversation).run();
  insert_message.begin().bind(conversation).bind(number).bind(request.sender);
  insert_message.bind(bytes_of(request.client_message_id)).bind(request.now_unix_ms).bind(request.text).run();
  Appended reply{conversation, number, request.now_unix_ms, true, 0, {}};
  name_recipient(request.sender, reply);
  return reply;
}

StoreReply SqliteEngine::State::run(const AppendMessage& request) {
  if (!find_by_id.begin().bind(request.sender).step()) return refuse(RefusalCode::login_failed);
  if (const auto before = already_sent(request)) return *before;
  if (request.after && !find_sent.begin().bind(request.sender).bind(bytes_of(*request.after)).step()) {
    return refuse(RefusalCode::out_of_turn);
  }
  if (request.kind == ConversationKind::public_room) return append(request, kPublicRoom);
  if (!find_by_key.begin().bind(request.recipient_key).step()) return refuse(RefusalCode::unknown_recipient);
  return append(request, private_talk(request.sender, find_by_key.number(0)));
}

StoreReply SqliteEngine::State::run(const FetchMessages& request) {
  const auto state = state_of(request.account, request.conversation);
  if (!state) return refuse(RefusalCode::unknown_conversation);
  const std::size_t limit = std::clamp<std::size_t>(request.limit, 1, kMessagesPerPageMax);
  Page page{request.conversation, {}, state->last_number, state->last_number};
  std::size_t text_bytes = 0;
  select_messages.begin()
      .bind(request.conversation)
      .bind(request.after_number)
      .bind(std::uint64_t{limit + 1});
  while (select_messages.step()) {
    Message message = read_message(select_messages);
    text_bytes += message.text.size();
    const bool full = page.messages.size() == limit || text_bytes > kTextBytesPerPageMax;
    if (full && !page.messages.empty()) {
      page.complete_to = message.number - 1;
      return page;
    }
    page.messages.push_back(std::move(message));
  }
  return page;
}

StoreReply SqliteEngine::State::run(const MarkDelivered& request) {
  if (!find_by_id.begin().bind(request.account).step()) return Done{};
  for (const Seen& seen : request.up_to) {
    const auto state = state_of(request.account, seen.conversation);
    const MessageNumber number = state ? std::min(seen.number, state->last_number) : 0;
    if (number == 0 || number <= state->delivered_number) continue;
    mark.begin().bind(request.account).bind(seen.conversation).bind(number).run();
  }
  return Done{};
}

StoreReply SqliteEngine::State::run(const CountRows&) {
  if (!count_rows.begin().step()) return Done{};
  return StoreCounts{count_rows.number(0), count_rows.number(1), count_rows.number(2)};
}

// ---- transactions --------------------------------------------------------------

StoreFailure SqliteEngine::State::take_failure() {
  StoreFailure failure{to_store_error(db.error()), db.message()};
  db.clear_error();
  if (db.in_transaction()) db.execute("ROLLBACK");
  db.clear_error();
  // After a failed fsync the system may have dropped what it could not write and
  // report success the next time: only a fresh start knows what is on disk.
  if (failure.error == StoreError::broken) broken = failure;
  return failure;
}

std::vector<StoreReply> SqliteEngine::State::apply_together(std::span<const StoreRequest> batch) {
  std::vector<StoreReply> replies;
  replies.reserve(batch.size());
  const bool any_writes = std::any_of(batch.begin(), batch.end(), writes);
  db.execute(any_writes ? "BEGIN IMMEDIATE" : "BEGIN");
  for (const StoreRequest& request : batch) {
    if (db.error() != 0) break;
    replies.push_back(std::visit([this](const auto& wanted) { return run(wanted); }, request));
  }
  // A statement that still stands on a row would keep a snapshot open behind the commit.
  db.reset_statements();
  if (db.execute("COMMIT")) return replies;
  replies.assign(batch.size(), take_failure());
  return replies;
}

SqliteEngine::SqliteEngine(std::unique_ptr<State> state) : state_(std::move(state)) {}
SqliteEngine::~SqliteEngine() = default;

rudp::Result<std::unique_ptr<SqliteEngine>, rudp::Failure> SqliteEngine::open(const std::string& path) {
  auto database = std::make_unique<sqlite::Database>();
  if (auto prepared = sqlite::prepare(*database, path, kBusyTimeoutMs); !prepared) return prepared.error();
  auto state = std::make_unique<State>(std::move(database));
  if (state->db.error() != 0) {
    return rudp::Failure(rudp::Error::io_error, "database " + path + ": " + state->db.message());
  }
  return std::unique_ptr<SqliteEngine>(new SqliteEngine(std::move(state)));
}

std::vector<StoreReply> SqliteEngine::apply(std::span<const StoreRequest> batch) {
  if (state_->broken) return std::vector<StoreReply>(batch.size(), *state_->broken);
  std::vector<StoreReply> replies = state_->apply_together(batch);
  const auto* failure = replies.empty() ? nullptr : std::get_if<StoreFailure>(&replies.front());
  if (failure == nullptr || batch.size() < 2 || !is_worth_one_by_one(failure->error)) return replies;
  for (std::size_t i = 0; i < batch.size(); ++i) replies[i] = apply(batch.subspan(i, 1)).front();
  return replies;
}

}  // namespace chat
