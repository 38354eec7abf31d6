// Codes become sentences: what happened, and what to do next.
#pragma once

#include <string>
#include <vector>

#include <rudp/error.hpp>
#include <rudp/identity.hpp>

#include "chat/messages.hpp"

namespace client {

std::string to_sentence(const chat::Refused& refusal);
/// A message to `target` that this client itself refused, before anything was sent.
std::string to_sentence(chat::RefusalCode code, const chat::Target& target);
/// A message that the server cannot store for now, storage_full or storage_unavailable: it is kept, and
/// sent again.
std::string storage_sentence(chat::RefusalCode code);

/// Why there is no connection to `host`. `reason` are the server's own words, where it gave some.
std::string connection_sentence(const std::string& host, rudp::Error error, const std::string& reason);

/// Why a connection that stood is gone.
std::string loss_sentence(const std::string& host, rudp::Error error, const std::string& reason);

/// What failed, and what it was about: no full stop. What the system itself says of a file stays in
/// its own words.
std::string failure_sentence(const rudp::Failure& failure);

/// The known and the offered key, and how to accept the new one: by `forget_command`.
std::vector<std::string> key_changed_sentences(const std::string& host, const rudp::PublicKey& known,
                                               const rudp::PublicKey& offered,
                                               const std::string& forget_command);

/// "bob, 小明", with the comma of the language.
std::string joined_names(const std::vector<std::string>& names);

}  // namespace client
