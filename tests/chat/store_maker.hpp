// Requests with sensible fields, for the tests of stores and services.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "chat/storage/memory_engine.hpp"
#include "chat/storage/sqlite_engine.hpp"
#include "chat/storage/store.hpp"
#include "support/folder.hpp"

inline chat::ClientMessageId message_id(std::uint64_t number) {
  chat::ClientMessageId id{};
  for (std::size_t i = 0; i < 8; ++i) id[i] = static_cast<std::uint8_t>(number >> (8 * i));
  return id;
}

inline chat::TokenHash token_hash(std::uint64_t number) {
  chat::TokenHash hash{};
  for (std::size_t i = 0; i < 8; ++i) hash[i] = static_cast<std::uint8_t>(number >> (8 * i));
  return hash;
}

inline chat::CreateAccount create_account(const std::string& name) {
  return {{name, "key-" + name, "look-" + name}, "hash of " + name, 1'000};
}

inline chat::AppendMessage say(chat::AccountId sender, std::uint64_t id, const std::string& text) {
  return {sender, message_id(id), chat::ConversationKind::public_room, {}, text, 2'000, {}};
}

inline chat::AppendMessage whisper(chat::AccountId sender, std::uint64_t id, const std::string& to,
                                   const std::string& text) {
  return {sender, message_id(id), chat::ConversationKind::private_talk, "key-" + to, text, 3'000, {}};
}

inline chat::StoreReply apply_one(chat::StoreEngine& engine, chat::StoreRequest request) {
  return engine.apply({&request, 1}).front();
}
