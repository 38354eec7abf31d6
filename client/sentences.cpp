#include "client/sentences.hpp"

#include "client/i18n/i18n.hpp"

namespace client {
namespace {

using chat::RefusalCode;

std::string parameter(const chat::Refused& refusal) {
  return refusal.parameters.empty() ? std::string("?") : refusal.parameters.front();
}

std::string account_sentence(const chat::Refused& refusal) {
  const std::string first = parameter(refusal);
  switch (refusal.code) {
    case RefusalCode::login_failed:
      return tr("Wrong name or wrong password. If you have no account yet, 1 registers one.");
    case RefusalCode::name_taken:
      return tr("The name {1} is taken. Register with another one; if it is yours, 2 logs in.", {first});
    case RefusalCode::name_too_similar:
      return tr("The name {1} looks like somebody else's. Register with another one.", {first});
    case RefusalCode::name_empty:
      return tr("A name needs at least one letter.");
    case RefusalCode::name_too_long:
      return tr("A name has at most {1} characters.", {first});
    case RefusalCode::name_characters:
      return tr("A name is made of letters, digits, _ - . and ·, and begins with a letter or digit.");
    case RefusalCode::name_mixed_scripts:
      return tr(
          "A name keeps to one script: Latin and Cyrillic letters together, for example, cannot be told "
          "apart.");
    case RefusalCode::password_too_short:
      return tr("A password has at least {1} characters.", {first});
    case RefusalCode::password_too_long:
      return tr("This password is too long: at most {1} bytes.", {first});
    case RefusalCode::password_characters:
      return tr("This password holds characters that nobody can type again.");
    case RefusalCode::token_refused:
      return tr("The server does not know this session any more. Log in again.");
    default:
      return {};
  }
}

std::string message_sentence(const chat::Refused& refusal) {
  const std::string first = parameter(refusal);
  switch (refusal.code) {
    case RefusalCode::text_empty:
      return tr("There is nothing to send.");
    case RefusalCode::text_too_long:
      return refusal.parameters.empty()
                 ? tr("This message is too long. Send it in parts.")
                 : tr("This message is too long: at most {1} bytes. Send it in parts.", {first});
    case RefusalCode::text_characters:
      return tr("This message holds control characters or bytes that are no text, and was not sent.");
    case RefusalCode::unknown_recipient:
      return tr("There is nobody called {1}. Is the name spelled right?", {first});
    case RefusalCode::unknown_conversation:
      return tr("The server does not know this conversation.");
    case RefusalCode::out_of_turn:
      return tr("An earlier message has to be sent first.");
    default:
      return {};
  }
}

std::string server_sentence(const chat::Refused& refusal) {
  const std::string seconds = std::to_string((refusal.retry_after_ms + 999) / 1000);
  switch (refusal.code) {
    case RefusalCode::unsupported_protocol:
      return tr("This server speaks another version of the protocol. A newer rchat or rchatd is needed.");
    case RefusalCode::not_logged_in:
      return tr("Not logged in.");
    case RefusalCode::already_logged_in:
      return tr("Already logged in.");
    case RefusalCode::busy:
      return refusal.retry_after_ms > 0 ? tr("The server is busy. Try again in {1} s.", {seconds})
                                        : tr("Too much is waiting to be sent.");
    case RefusalCode::rate_limited:
      return tr("Too many attempts. Try again in {1} s.", {seconds});
    case RefusalCode::storage_unavailable:
      return tr("The server cannot store anything right now. Try again later.");
    case RefusalCode::storage_full:
      return tr("The server's disk is full. Tell whoever runs it.");
    default:
      return tr("The server refused this (code {1}).", {std::to_string(static_cast<int>(refusal.code))});
  }
}

}  // namespace

std::string to_sentence(const chat::Refused& refusal) {
  std::string sentence = account_sentence(refusal);
  if (sentence.empty()) sentence = message_sentence(refusal);
  return sentence.empty() ? server_sentence(refusal) : sentence;
}

std::string to_sentence(RefusalCode code, const chat::Target& target) {
  if (code == RefusalCode::storage_unavailable) {
    return tr("The message could not be kept on this computer's disk, and was not sent.");
  }
  if (code == RefusalCode::unknown_recipient) return to_sentence(chat::Refused{code, {target.private_to}, 0});
  return to_sentence(chat::Refused{code, {}, 0});
}

std::string storage_sentence(RefusalCode code) {
  return code == RefusalCode::storage_full
             ? tr("The server's disk is full; sending goes on by itself once there is room. "
                  "Tell whoever runs it.")
             : tr("The server cannot store anything right now; sending goes on by itself once it can.");
}

std::string connection_sentence(const std::string& host, rudp::Error error, const std::string& reason) {
  switch (error) {
    case rudp::Error::handshake_timeout:
    case rudp::Error::idle_timeout:
      return tr("No answer from {1}. Is the server running there, and is its UDP port open?", {host});
    case rudp::Error::name_not_resolved:
      return tr("There is no computer called {1}. Is the name spelled right?", {host});
    case rudp::Error::network_unreachable:
      return tr("{1} cannot be reached. Is this computer on the network?", {host});
    case rudp::Error::closed_by_peer:
      return reason.empty() ? tr("{1} closed the connection.", {host})
                            : tr("{1} closed the connection: {2}", {host, reason});
    case rudp::Error::reset_by_peer:
      return tr("{1} was restarted.", {host});
    case rudp::Error::no_common_version:
    case rudp::Error::no_common_suite:
      return tr("{1} speaks another version of the protocol. A newer rchat or rchatd is needed.", {host});
    default:
      return tr("The connection to {1} failed ({2}).", {host, tr(rudp::to_sentence(error))});
  }
}

std::string loss_sentence(const std::string& host, rudp::Error error, const std::string& reason) {
  const bool says_why = error == rudp::Error::closed_by_peer || error == rudp::Error::reset_by_peer;
  return says_why ? connection_sentence(host, error, reason) : tr("The connection to {1} is lost.", {host});
}

std::string failure_sentence(const rudp::Failure& failure) {
  const std::string sentence = tr(rudp::to_sentence(failure.code));
  return failure.what.empty() ? sentence : tr("{1}: {2}", {failure.what, sentence});
}

std::vector<std::string> key_changed_sentences(const std::string& host, const rudp::PublicKey& known,
                                               const rudp::PublicKey& offered,
                                               const std::string& forget_command) {
  return {tr("The key of {1} has CHANGED: known {2}, offered {3}.",
             {host, known.to_string(), offered.to_string()}),
          tr("Somebody may be listening in. Ask whoever runs the server; if the new key is right, run {1} "
             "and connect again.",
             {forget_command})};
}

std::string joined_names(const std::vector<std::string>& names) {
  std::string joined;
  for (const std::string& name : names) joined += (joined.empty() ? "" : tr(", ")) + name;
  return joined;
}

}  // namespace client
