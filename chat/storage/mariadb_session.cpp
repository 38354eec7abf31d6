#include "chat/storage/mariadb_session.hpp"

#include <algorithm>
#include <map>
#include <utility>
#include <variant>

#include "chat/storage/mariadb_errors.hpp"
#include "chat/storage/mariadb_schema.hpp"

namespace chat::mariadb {
namespace {

constexpr auto kPrivateKind = static_cast<std::uint64_t>(ConversationKind::private_talk);

// Conversations in one statement: each is a round trip, whatever it holds. Fewer are padded
// with the last one, which changes nothing.
constexpr std::size_t kConversationsPerStatement = 50;

std::string repeated(std::string_view what) {
  std::string text(what);
  for (std::size_t i = 1; i < kConversationsPerStatement; ++i) (text += ", ") += what;
  return text;
}

const Seen& padded(std::span<const Seen> few, std::size_t i) { return few[std::min(i, few.size() - 1)]; }

std::span<const Seen> rest_of(std::span<const Seen> all) {
  return all.subspan(std::min(all.size(), kConversationsPerStatement));
}

std::string select_state_sql(const std::string& ids) {
  return "SELECT c.id, c.kind, c.last_number, m.delivered_number, a.name FROM conversations c "
         "LEFT JOIN members m ON m.conversation = c.id AND m.account = ? "
         "LEFT JOIN accounts a "
         "ON a.id = CASE WHEN c.low_account = ? THEN c.high_account ELSE c.low_account END "
         "WHERE c.id IN (" +
         ids + ") AND (c.kind = 1 OR m.account IS NOT NULL)";
}

constexpr std::string_view kSelectUndelivered =
    "SELECT c.id, c.kind, c.last_number, m.delivered_number, a.name FROM members m "
    "JOIN conversations c ON c.id = m.conversation "
    "JOIN accounts a ON a.id = CASE WHEN c.low_account = ? THEN c.high_account ELSE c.low_account END "
    "WHERE m.account = ? AND m.conversation > ? AND c.kind = 2 AND c.last_number > m.delivered_number "
    "ORDER BY m.conversation LIMIT ?";

std::string mark_sql(const std::string& rows) {
  return "INSERT INTO members VALUES " + rows +
         " ON DUPLICATE KEY UPDATE "
         "delivered_number = GREATEST(delivered_number, VALUES(delivered_number))";
}

template <class Array>
rudp::Bytes bytes_of(const Array& array) {
  return {array.data(), array.size()};
}

StoreRefusal refuse(RefusalCode code) { return StoreRefusal{code}; }

ConversationState read_state(Statement& row) {
  ConversationState state;
  state.conversation.id = row.number(0);
  state.conversation.kind = static_cast<ConversationKind>(row.number(1));
  state.last_number = row.number(2);
  state.delivered_number = row.number(3);
  state.conversation.peer = row.text(4);
  return state;
}

Message read_message(Statement& row) {
  Message message;
  message.number = row.number(0);
  message.sender = row.text(1);
  message.text = row.text(2);
  message.sent_unix_ms = row.signed_number(3);
  const std::string id = row.text(4);
  if (id.size() == message.client_message_id.size()) {
    std::copy(id.begin(), id.end(), message.client_message_id.begin());
  }
  return message;
}

}  // namespace

struct Session::Statements {
  explicit Statements(Connection& connection) : db(connection) {}

  Connection& db;
  // One row that every writing transaction locks first.
  Statement lock{db, "SELECT version, application FROM chat_schema WHERE one = 1 FOR UPDATE"};
  Statement mark_batch{db,
                       "INSERT INTO writers VALUES (?, ?, UNIX_TIMESTAMP()) "
                       "ON DUPLICATE KEY UPDATE batch = VALUES(batch), seen_unix_s = VALUES(seen_unix_s)"};
  Statement last_batch{db, "SELECT batch FROM writers WHERE id = ?"};
  Statement find_by_key{db, "SELECT id, name, password_hash FROM accounts WHERE name_key = ?"};
  Statement find_by_id{db, "SELECT id, name, password_hash FROM accounts WHERE id = ?"};
  Statement find_by_token{db,
                          "SELECT a.id, a.name, a.password_hash FROM tokens t JOIN accounts a "
                          "ON a.id = t.account WHERE t.token_hash = ?"};
  Statement find_skeleton{db, "SELECT id FROM accounts WHERE skeleton = ?"};
  Statement next_account{db, "SELECT COALESCE(MAX(id), 0) + 1 FROM accounts"};
  Statement insert_account{db, "INSERT INTO accounts VALUES (?, ?, ?, ?, ?, ?, ?)"};
  Statement delete_token{db, "DELETE FROM tokens WHERE token_hash = ?"};
  Statement delete_token_of{db, "DELETE FROM tokens WHERE account = ?"};
  Statement insert_token{db, "INSERT INTO tokens VALUES (?, ?, ?)"};
  Statement touch_account{db, "UPDATE accounts SET last_login_unix_ms = ? WHERE id = ?"};
  Statement change_hash{db, "UPDATE accounts SET password_hash = ? WHERE id = ? AND password_hash = ?"};
  Statement select_state{db, select_state_sql("?")};
  Statement select_states{db, select_state_sql(repeated("?"))};
  Statement select_undelivered{db, kSelectUndelivered};
  Statement find_sent{db,
                      "SELECT conversation, number, sent_unix_ms FROM messages "
                      "WHERE sender = ? AND client_message_id = ?"};
  Statement find_pair{db, "SELECT id FROM conversations WHERE low_account = ? AND high_account = ?"};
  Statement next_conversation{db, "SELECT COALESCE(MAX(id), 1) + 1 FROM conversations"};
  Statement insert_conversation{db, "INSERT INTO conversations VALUES (?, ?, ?, ?, 0)"};
  Statement insert_member{db,
                          "INSERT INTO members VALUES (?, ?, 0) "
                          "ON DUPLICATE KEY UPDATE delivered_number = delivered_number"};
  Statement peer_of{db,
                    "SELECT a.id, a.name FROM conversations c JOIN accounts a ON a.id = "
                    "CASE WHEN c.low_account = ? THEN c.high_account ELSE c.low_account END WHERE c.id = ?"};
  Statement last_number{db, "SELECT last_number FROM conversations WHERE id = ?"};
  Statement bump_number{db, "UPDATE conversations SET last_number = ? WHERE id = ?"};
  Statement insert_message{db, "INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?)"};
  Statement select_sizes{db,
                         "SELECT number, OCTET_LENGTH(text) FROM messages "
                         "WHERE conversation = ? AND number > ? ORDER BY number LIMIT ?"};
  Statement select_messages{db,
                            "SELECT m.number, a.name, m.text, m.sent_unix_ms, m.client_message_id "
                            "FROM messages m JOIN accounts a ON a.id = m.sender "
                            "WHERE m.conversation = ? AND m.number > ? AND m.number <= ? ORDER BY m.number"};
  Statement mark{db, mark_sql("(?, ?, ?)")};
  Statement mark_many{db, mark_sql(repeated("(?, ?, ?)"))};
  // Ids and numbers are dense, and no row is ever deleted: nothing has to be counted one by one.
  Statement count_rows{db,
                       "SELECT (SELECT COALESCE(MAX(id), 0) FROM accounts), "
                       "(SELECT COALESCE(MAX(id), 0) FROM conversations), "
                       "(SELECT COALESCE(SUM(last_number), 0) FROM conversations)"};
};

void Session::DeleteStatements::operator()(Statements* statements) const { delete statements; }

Session::Session(std::unique_ptr<Connection> opened)
    : owner_(std::move(opened)), sql_(new Statements(*owner_)) {}

rudp::Result<std::unique_ptr<Session>, rudp::Failure> Session::open(const MariadbOptions& options) {
  auto connection = std::make_unique<Connection>();
  if (!connection->open(options)) return explain(connection->error(), connection->message(), options);
  auto session = std::make_unique<Session>(std::move(connection));
  const Connection& db = session->connection();
  if (db.error() != 0) return explain(db.error(), db.message(), options);
  return session;
}

// ---- transactions --------------------------------------------------------------

void Session::begin_writing() {
  owner_->execute("START TRANSACTION");
  Statement& lock = sql_->lock.begin();
  if (!lock.step()) {
    outdated_ = owner_->error() == 0;  // the row is gone
    return;
  }
  outdated_ = lock.number(0) != kSchemaVersion || lock.text(1) != kApplication;
}

void Session::begin_reading() { owner_->execute("START TRANSACTION READ ONLY"); }

void Session::mark_batch(std::string_view writer, std::uint64_t batch) {
  sql_->mark_batch.begin().bind(writer).bind(batch).run();
}

std::uint64_t Session::last_batch(std::string_view writer) {
  return sql_->last_batch.begin().bind(writer).step() ? sql_->last_batch.number(0) : 0;
}

bool Session::commit() { return owner_->execute("COMMIT"); }

void Session::roll_back() {
  owner_->clear_error();
  owner_->execute("ROLLBACK");
}

StoreReply Session::run(const StoreRequest& request) {
  return std::visit([this](const auto& wanted) { return run(wanted); }, request);
}

// ---- accounts ----------------------------------------------------------------

std::optional<Account> Session::read_account(Statement& bound) {
  if (!bound.step()) return std::nullopt;
  return Account{bound.number(0), bound.text(1), bound.text(2)};
}

StoreReply Session::run(const CreateAccount& request) {
  if (sql_->find_by_key.begin().bind(request.name.key).step()) return refuse(RefusalCode::name_taken);
  if (sql_->find_skeleton.begin().bind(request.name.skeleton).step()) {
    return refuse(RefusalCode::name_too_similar);
  }
  if (!sql_->next_account.begin().step()) return Done{};
  const AccountId id = sql_->next_account.number(0);
  Statement& insert = sql_->insert_account.begin();
  insert.bind(id).bind(request.name.display).bind(request.name.key).bind(request.name.skeleton);
  insert.bind(request.password_hash).bind(request.now_unix_ms).bind(request.now_unix_ms).run();
  return AccountCreated{id};
}

StoreReply Session::run(const FindAccount& request) {
  return AccountFound{read_account(sql_->find_by_key.begin().bind(request.name_key))};
}

StoreReply Session::run(const FindToken& request) {
  return AccountFound{read_account(sql_->find_by_token.begin().bind(bytes_of(request.token_hash)))};
}

StoreReply Session::run(const ChangePasswordHash& request) {
  sql_->change_hash.begin().bind(request.new_hash).bind(request.account).bind(request.old_hash).run();
  return Done{};
}

// ---- sessions ----------------------------------------------------------------

void Session::replace_token(const OpenSession& request) {
  const rudp::Bytes hash = bytes_of(*request.token_hash);
  sql_->delete_token.begin().bind(hash).run();
  sql_->delete_token_of.begin().bind(request.account).run();
  sql_->insert_token.begin().bind(request.account).bind(hash).bind(request.now_unix_ms).run();
}

std::optional<ConversationState> Session::state_of(AccountId account, ConversationId id) {
  if (!sql_->select_state.begin().bind(account).bind(account).bind(id).step()) return std::nullopt;
  return read_state(sql_->select_state);
}

ConversationList Session::undelivered(AccountId account, ConversationId after_id) {
  ConversationList list;
  Statement& rows = sql_->select_undelivered.begin();
  rows.bind(account).bind(account).bind(after_id).bind(std::uint64_t{kConversationsPerListMax + 1});
  while (rows.step()) list.conversations.push_back(read_state(rows));
  if (list.conversations.size() <= kConversationsPerListMax) return list;
  list.conversations.pop_back();
  list.next_after_id = list.conversations.back().conversation.id;
  return list;
}

std::vector<ConversationState> Session::states_of(AccountId account, const NumberOf& wanted) {
  std::vector<Seen> ids;
  for (const auto& entry : wanted) ids.push_back({entry.first, entry.second});
  std::vector<ConversationState> states;
  for (std::span<const Seen> left = ids; !left.empty(); left = rest_of(left)) {
    Statement& rows = sql_->select_states.begin().bind(account).bind(account);
    for (std::size_t i = 0; i < kConversationsPerStatement; ++i) rows.bind(padded(left, i).conversation);
    while (rows.step()) states.push_back(read_state(rows));
  }
  return states;
}

void Session::add_what_went_on(const OpenSession& request, ConversationList& list) {
  std::map<ConversationId, ConversationState> all;
  for (ConversationState& state : list.conversations) all[state.conversation.id] = std::move(state);
  if (auto room = state_of(request.account, kPublicRoom)) all[kPublicRoom] = std::move(*room);
  NumberOf seen_to;
  for (const Seen& seen : request.seen) {
    const auto entry = seen_to.emplace(seen.conversation, seen.number).first;
    entry->second = std::min(entry->second, seen.number);
  }
  for (ConversationState& state : states_of(request.account, seen_to)) {
    const ConversationId id = state.conversation.id;
    if (state.last_number > seen_to[id]) all[id] = std::move(state);
  }
  list.conversations.clear();
  for (auto& entry : all) list.conversations.push_back(std::move(entry.second));
}

StoreReply Session::run(const OpenSession& request) {
  if (!sql_->find_by_id.begin().bind(request.account).step()) return refuse(RefusalCode::login_failed);
  if (request.token_hash) replace_token(request);
  sql_->touch_account.begin().bind(request.now_unix_ms).bind(request.account).run();
  ConversationList list = undelivered(request.account, 0);
  add_what_went_on(request, list);
  return SessionOpened{std::move(list)};
}

StoreReply Session::run(const ListUndelivered& request) {
  return undelivered(request.account, request.after_id);
}

// ---- messages ----------------------------------------------------------------

void Session::name_recipient(AccountId sender, Appended& reply) {
  if (reply.conversation == kPublicRoom) return;
  if (!sql_->peer_of.begin().bind(sender).bind(reply.conversation).step()) return;
  reply.recipient = sql_->peer_of.number(0);
  reply.recipient_name = sql_->peer_of.text(1);
}

std::optional<Appended> Session::already_sent(const AppendMessage& request) {
  Statement& sent = sql_->find_sent.begin();
  if (!sent.bind(request.sender).bind(bytes_of(request.client_message_id)).step()) return std::nullopt;
  Appended reply{sent.number(0), sent.number(1), sent.signed_number(2), false, 0, {}};
  name_recipient(request.sender, reply);
  return reply;
}

bool Session::has_sent(AccountId sender, const ClientMessageId& id) {
  return sql_->find_sent.begin().bind(sender).bind(bytes_of(id)).step();
}

ConversationId Session::private_talk(AccountId a, AccountId b) {
  const AccountId low = std::min(a, b);
  const AccountId high = std::max(a, b);
  if (sql_->find_pair.begin().bind(low).bind(high).step()) return sql_->find_pair.number(0);
  if (!sql_->next_conversation.begin().step()) return 0;
  const ConversationId id = sql_->next_conversation.number(0);
  sql_->insert_conversation.begin().bind(id).bind(kPrivateKind).bind(low).bind(high).run();
  sql_->insert_member.begin().bind(low).bind(id).run();
  sql_->insert_member.begin().bind(high).bind(id).run();
  return id;
}

Appended Session::append(const AppendMessage& request, ConversationId conversation) {
  const bool found = sql_->last_number.begin().bind(conversation).step();
  const MessageNumber number = found ? sql_->last_number.number(0) + 1 : 1;
  sql_->bump_number.begin().bind(number).bind(conversation).run();
  Statement& insert = sql_->insert_message.begin();
  insert.bind(conversation).bind(number).bind(request.sender).bind(bytes_of(request.client_message_id));
  insert.bind(request.now_unix_ms).bind(request.text).run();
  Appended reply{conversation, number, request.now_unix_ms, true, 0, {}};
  name_recipient(request.sender, reply);
  return reply;
}

StoreReply Session::run(const AppendMessage& request) {
  if (!sql_->find_by_id.begin().bind(request.sender).step()) return refuse(RefusalCode::login_failed);
  if (const auto before = already_sent(request)) return *before;
  if (request.after && !has_sent(request.sender, *request.after)) return refuse(RefusalCode::out_of_turn);
  if (request.kind == ConversationKind::public_room) return append(request, kPublicRoom);
  Statement& recipient = sql_->find_by_key.begin().bind(request.recipient_key);
  if (!recipient.step()) return refuse(RefusalCode::unknown_recipient);
  return append(request, private_talk(request.sender, recipient.number(0)));
}

// The sizes first: what does not fit into the page shall not cross the network.
MessageNumber Session::end_of_page(const FetchMessages& request, MessageNumber last_number) {
  const std::size_t limit = std::clamp<std::size_t>(request.limit, 1, kMessagesPerPageMax);
  std::size_t count = 0;
  std::uint64_t text_bytes = 0;
  Statement& sizes = sql_->select_sizes.begin();
  sizes.bind(request.conversation).bind(request.after_number).bind(std::uint64_t{limit + 1});
  while (sizes.step()) {
    text_bytes += sizes.number(1);
    const bool full = count == limit || text_bytes > kTextBytesPerPageMax;
    if (full && count > 0) return sizes.number(0) - 1;
    ++count;
  }
  return last_number;
}

StoreReply Session::run(const FetchMessages& request) {
  const auto state = state_of(request.account, request.conversation);
  if (!state) return refuse(RefusalCode::unknown_conversation);
  Page page{request.conversation, {}, end_of_page(request, state->last_number), state->last_number};
  Statement& rows = sql_->select_messages.begin();
  rows.bind(request.conversation).bind(request.after_number).bind(page.complete_to);
  while (rows.step()) page.messages.push_back(read_message(rows));
  return page;
}

void Session::mark(AccountId account, std::span<const Seen> up_to) {
  for (; up_to.size() > 1; up_to = rest_of(up_to)) {
    Statement& many = sql_->mark_many.begin();
    for (std::size_t i = 0; i < kConversationsPerStatement; ++i) {
      const Seen& seen = padded(up_to, i);
      many.bind(account).bind(seen.conversation).bind(seen.number);
    }
    many.run();
  }
  for (const Seen& seen : up_to)
    sql_->mark.begin().bind(account).bind(seen.conversation).bind(seen.number).run();
}

StoreReply Session::run(const MarkDelivered& request) {
  if (!sql_->find_by_id.begin().bind(request.account).step()) return Done{};
  NumberOf wanted;
  for (const Seen& seen : request.up_to) {
    MessageNumber& number = wanted[seen.conversation];
    number = std::max(number, seen.number);
  }
  std::vector<Seen> news;
  for (const ConversationState& state : states_of(request.account, wanted)) {
    const MessageNumber number = std::min(wanted[state.conversation.id], state.last_number);
    if (number > state.delivered_number) news.push_back({state.conversation.id, number});
  }
  mark(request.account, news);
  return Done{};
}

StoreReply Session::run(const CountRows&) {
  if (!sql_->count_rows.begin().step()) return Done{};
  return StoreCounts{sql_->count_rows.number(0), sql_->count_rows.number(1), sql_->count_rows.number(2)};
}

}  // namespace chat::mariadb
