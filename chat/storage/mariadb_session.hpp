// One connection with its prepared statements: requests of the store become SQL.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <rudp/error.hpp>

#include "chat/storage/mariadb_connection.hpp"
#include "chat/storage/store.hpp"

namespace chat::mariadb {

/// Serves one thread. After an error every call answers nonsense: look at
/// connection().error() before a reply is believed.
class Session {
 public:
  /// Connects and prepares every statement. Errors: a sentence each.
  static rudp::Result<std::unique_ptr<Session>, rudp::Failure> open(const MariadbOptions& options);
  /// Prepares them on a connection whose schema is ready.
  explicit Session(std::unique_ptr<Connection> opened);

  Connection& connection() { return *owner_; }

  /// Begins a transaction. Writing ones wait for each other, over all programs that use
  /// the database, so that each sees everything before it.
  void begin_writing();
  void begin_reading();
  /// Leaves a mark that is there exactly when the transaction was committed.
  void mark_batch(std::string_view writer, std::uint64_t batch);
  /// The last batch of that writer that was committed; 0: none.
  std::uint64_t last_batch(std::string_view writer);
  bool commit();
  void roll_back();

  /// The schema is no longer the one that this program knows.
  bool is_outdated() const { return outdated_; }

  StoreReply run(const StoreRequest& request);

 private:
  /// Of each conversation one number.
  using NumberOf = std::map<ConversationId, MessageNumber>;

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

  static std::optional<Account> read_account(Statement& bound);
  std::optional<ConversationState> state_of(AccountId account, ConversationId id);
  std::vector<ConversationState> states_of(AccountId account, const NumberOf& wanted);
  void mark(AccountId account, std::span<const Seen> up_to);
  void replace_token(const OpenSession& request);
  ConversationList undelivered(AccountId account, ConversationId after_id);
  void add_what_went_on(const OpenSession& request, ConversationList& list);
  std::optional<Appended> already_sent(const AppendMessage& request);
  bool has_sent(AccountId sender, const ClientMessageId& id);
  ConversationId private_talk(AccountId a, AccountId b);
  void name_recipient(AccountId sender, Appended& reply);
  Appended append(const AppendMessage& request, ConversationId conversation);
  MessageNumber end_of_page(const FetchMessages& request, MessageNumber last_number);

  // The statements stand behind the connection and so are closed before it.
  struct Statements;
  struct DeleteStatements {
    void operator()(Statements* statements) const;
  };
  std::unique_ptr<Connection> owner_;
  std::unique_ptr<Statements, DeleteStatements> sql_;
  bool outdated_ = false;
};

}  // namespace chat::mariadb
