#include "chat/storage/memory_engine.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <type_traits>
#include <utility>

namespace chat {
namespace {

struct AccountRow {
  Account account;
  std::string name_key;
  std::optional<TokenHash> token_hash;
};

struct MessageRow {
  AccountId sender = 0;
  Message message;
};

using Pair = std::pair<AccountId, AccountId>;  // the lower id first

struct ConversationRow {
  ConversationKind kind = ConversationKind::private_talk;
  Pair between{};  // 0, 0 for the public room
  std::vector<MessageRow> messages;

  MessageNumber last_number() const { return messages.size(); }
  bool admits(AccountId account) const {
    return kind == ConversationKind::public_room || between.first == account || between.second == account;
  }
  AccountId peer_of(AccountId account) const {
    return between.first == account ? between.second : between.first;
  }
};

StoreRefusal refuse(RefusalCode code) { return StoreRefusal{code}; }

}  // namespace

struct MemoryEngine::State {
  std::map<AccountId, AccountRow> accounts;
  std::map<std::string, AccountId> by_key;
  std::set<std::string> skeletons;
  std::map<TokenHash, AccountId> by_token;
  std::map<ConversationId, ConversationRow> conversations{
      {kPublicRoom, {ConversationKind::public_room, {}, {}}}};
  std::map<Pair, ConversationId> by_pair;
  std::map<std::pair<AccountId, ClientMessageId>, std::pair<ConversationId, MessageNumber>> sent;
  std::map<std::pair<AccountId, ConversationId>, MessageNumber> delivered;
  std::optional<StoreFailure> failure;

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

  AccountFound found(AccountId id) const { return {accounts.at(id).account}; }
  MessageNumber delivered_to(AccountId account, ConversationId conversation) const;
  ConversationState state_of(AccountId account, ConversationId id) const;
  void replace_token(AccountId account, const TokenHash& token_hash);
  ConversationList undelivered(AccountId account, ConversationId after_id) const;
  void add_what_went_on(const OpenSession& request, ConversationList& list) const;
  ConversationId private_talk(AccountId a, AccountId b);
  Appended appended(AccountId sender, ConversationId id, MessageNumber number, bool is_new) const;
  void mark(AccountId account, const Seen& seen);
};

MessageNumber MemoryEngine::State::delivered_to(AccountId account, ConversationId conversation) const {
  const auto it = delivered.find({account, conversation});
  return it == delivered.end() ? 0 : it->second;
}

ConversationState MemoryEngine::State::state_of(AccountId account, ConversationId id) const {
  const ConversationRow& row = conversations.at(id);
  Conversation conversation{id, row.kind, {}};
  if (row.kind == ConversationKind::private_talk) {
    conversation.peer = accounts.at(row.peer_of(account)).account.name;
  }
  return {std::move(conversation), row.last_number(), delivered_to(account, id)};
}

StoreReply MemoryEngine::State::run(const CreateAccount& request) {
  if (by_key.count(request.name.key) != 0) return refuse(RefusalCode::name_taken);
  if (!skeletons.insert(request.name.skeleton).second) return refuse(RefusalCode::name_too_similar);
  const AccountId id = accounts.size() + 1;
  accounts[id] = {{id, request.name.display, request.password_hash}, request.name.key, std::nullopt};
  by_key[request.name.key] = id;
  return AccountCreated{id};
}

StoreReply MemoryEngine::State::run(const FindAccount& request) {
  const auto it = by_key.find(request.name_key);
  return it == by_key.end() ? AccountFound{} : found(it->second);
}

StoreReply MemoryEngine::State::run(const FindToken& request) {
  const auto it = by_token.find(request.token_hash);
  return it == by_token.end() ? AccountFound{} : found(it->second);
}

void MemoryEngine::State::replace_token(AccountId account, const TokenHash& token_hash) {
  const auto taken = by_token.find(token_hash);
  if (taken != by_token.end()) accounts[taken->second].token_hash.reset();
  std::optional<TokenHash>& current = accounts[account].token_hash;
  if (current) by_token.erase(*current);
  current = token_hash;
  by_token[token_hash] = account;
}

ConversationList MemoryEngine::State::undelivered(AccountId account, ConversationId after_id) const {
  ConversationList list;
  for (auto it = conversations.upper_bound(after_id); it != conversations.end(); ++it) {
    if (it->second.kind != ConversationKind::private_talk || !it->second.admits(account)) continue;
    ConversationState state = state_of(account, it->first);
    if (state.last_number <= state.delivered_number) continue;
    if (list.conversations.size() == kConversationsPerListMax) {
      list.next_after_id = list.conversations.back().conversation.id;
      return list;
    }
    list.conversations.push_back(std::move(state));
  }
  return list;
}

void MemoryEngine::State::add_what_went_on(const OpenSession& request, ConversationList& list) const {
  std::map<ConversationId, ConversationState> all;
  for (ConversationState& state : list.conversations) all[state.conversation.id] = std::move(state);
  all[kPublicRoom] = state_of(request.account, kPublicRoom);
  for (const Seen& seen : request.seen) {
    const auto it = conversations.find(seen.conversation);
    if (it == conversations.end() || !it->second.admits(request.account)) continue;
    if (it->second.last_number() > seen.number) all[it->first] = state_of(request.account, it->first);
  }
  list.conversations.clear();
  for (auto& entry : all) list.conversations.push_back(std::move(entry.second));
}

StoreReply MemoryEngine::State::run(const OpenSession& request) {
  if (accounts.count(request.account) == 0) return refuse(RefusalCode::login_failed);
  if (request.token_hash) replace_token(request.account, *request.token_hash);
  ConversationList list = undelivered(request.account, 0);
  add_what_went_on(request, list);
  return SessionOpened{std::move(list)};
}

StoreReply MemoryEngine::State::run(const ListUndelivered& request) {
  return undelivered(request.account, request.after_id);
}

StoreReply MemoryEngine::State::run(const ChangePasswordHash& request) {
  const auto it = accounts.find(request.account);
  if (it == accounts.end()) return Done{};
  std::string& hash = it->second.account.password_hash;
  if (hash == request.old_hash) hash = request.new_hash;
  return Done{};
}

ConversationId MemoryEngine::State::private_talk(AccountId a, AccountId b) {
  const Pair between = std::minmax(a, b);
  const auto found_pair = by_pair.find(between);
  if (found_pair != by_pair.end()) return found_pair->second;
  const ConversationId id = conversations.rbegin()->first + 1;
  conversations[id].between = between;
  return by_pair[between] = id;
}

Appended MemoryEngine::State::appended(AccountId sender, ConversationId id, MessageNumber number,
                                       bool is_new) const {
  const ConversationRow& row = conversations.at(id);
  Appended reply{id, number, row.messages[number - 1].message.sent_unix_ms, is_new, 0, {}};
  if (row.kind == ConversationKind::public_room) return reply;
  reply.recipient = row.peer_of(sender);
  reply.recipient_name = accounts.at(reply.recipient).account.name;
  return reply;
}

StoreReply MemoryEngine::State::run(const AppendMessage& request) {
  const auto sender = accounts.find(request.sender);
  if (sender == accounts.end()) return refuse(RefusalCode::login_failed);
  const auto before = sent.find({request.sender, request.client_message_id});
  if (before != sent.end())
    return appended(request.sender, before->second.first, before->second.second, false);
  if (request.after && sent.count({request.sender, *request.after}) == 0)
    return refuse(RefusalCode::out_of_turn);
  ConversationId id = kPublicRoom;
  if (request.kind == ConversationKind::private_talk) {
    const auto recipient = by_key.find(request.recipient_key);
    if (recipient == by_key.end()) return refuse(RefusalCode::unknown_recipient);
    id = private_talk(request.sender, recipient->second);
  }
  ConversationRow& row = conversations[id];
  const MessageNumber number = row.last_number() + 1;
  row.messages.push_back(
      {request.sender,
       {number, sender->second.account.name, request.text, request.now_unix_ms, request.client_message_id}});
  sent[{request.sender, request.client_message_id}] = {id, number};
  return appended(request.sender, id, number, true);
}

StoreReply MemoryEngine::State::run(const FetchMessages& request) {
  const auto it = conversations.find(request.conversation);
  if (it == conversations.end() || !it->second.admits(request.account)) {
    return refuse(RefusalCode::unknown_conversation);
  }
  const ConversationRow& row = it->second;
  const std::size_t limit = std::clamp<std::size_t>(request.limit, 1, kMessagesPerPageMax);
  Page page{request.conversation, {}, row.last_number(), row.last_number()};
  std::size_t text_bytes = 0;
  for (MessageNumber number = request.after_number + 1; number <= row.last_number(); ++number) {
    const Message& message = row.messages[number - 1].message;
    text_bytes += message.text.size();
    const bool full = page.messages.size() == limit || text_bytes > kTextBytesPerPageMax;
    if (full && !page.messages.empty()) {
      page.complete_to = number - 1;
      return page;
    }
    page.messages.push_back(message);
  }
  return page;
}

void MemoryEngine::State::mark(AccountId account, const Seen& seen) {
  const auto it = conversations.find(seen.conversation);
  if (it == conversations.end() || !it->second.admits(account)) return;
  const MessageNumber number = std::min(seen.number, it->second.last_number());
  if (number > delivered_to(account, seen.conversation)) delivered[{account, seen.conversation}] = number;
}

StoreReply MemoryEngine::State::run(const MarkDelivered& request) {
  if (accounts.count(request.account) == 0) return Done{};
  for (const Seen& seen : request.up_to) mark(request.account, seen);
  return Done{};
}

StoreReply MemoryEngine::State::run(const CountRows&) {
  std::uint64_t messages = 0;
  for (const auto& entry : conversations) messages += entry.second.messages.size();
  return StoreCounts{accounts.size(), conversations.size(), messages};
}

MemoryEngine::MemoryEngine() : state_(std::make_unique<State>()) {}
MemoryEngine::~MemoryEngine() = default;

std::vector<StoreReply> MemoryEngine::apply(std::span<const StoreRequest> batch) {
  if (state_->failure) return std::vector<StoreReply>(batch.size(), *state_->failure);
  std::vector<StoreReply> replies;
  replies.reserve(batch.size());
  for (const StoreRequest& request : batch) {
    replies.push_back(std::visit([this](const auto& wanted) { return state_->run(wanted); }, request));
  }
  return replies;
}

void MemoryEngine::fail_with(std::optional<StoreFailure> failure) { state_->failure = std::move(failure); }

}  // namespace chat
