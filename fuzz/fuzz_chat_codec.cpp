// chat/codec and the rules behind it: bytes of a client and bytes of a server.
// What decodes must encode to something that decodes to the same value.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <variant>

#include "chat/codec.hpp"
#include "chat/names.hpp"
#include "chat/passwords.hpp"
#include "chat/text.hpp"

namespace {

constexpr std::size_t kRequestBytesMax = chat::kTextBytesMaxDefault + chat::kRequestOverheadBytesMax;

void require(bool holds) {
  if (!holds) std::abort();
}

// A name that passes is a fixed point: its display form passes again, as the same name.
void try_name(const std::string& typed) {
  const auto name = chat::check_name(typed);
  if (!name) return;
  const auto again = chat::check_name(name->display);
  require(again.has_value() && *again == *name);
}

void try_password(const std::string& typed) {
  const auto password = chat::check_password(typed);
  require(!password || password->size() <= chat::kPasswordBytesMax);
}

void try_rules(const chat::RequestBody& body) {
  if (const auto* wanted = std::get_if<chat::Register>(&body)) {
    try_name(wanted->name);
    try_password(wanted->password);
  }
  if (const auto* wanted = std::get_if<chat::SendMessage>(&body)) {
    (void)chat::check_text(wanted->text, chat::kTextBytesMaxDefault);
    try_name(wanted->target.private_to);
  }
}

void try_request(rudp::Bytes bytes) {
  const auto request = chat::decode_request(bytes, kRequestBytesMax);
  if (!request) return;
  const auto again = chat::decode_request(chat::encode(*request), 2 * kRequestBytesMax);
  require(again.has_value() && *again == *request);
  try_rules(request->body);
}

void try_reply(rudp::Bytes bytes) {
  const auto reply = chat::decode_reply(bytes);
  if (!reply) return;
  const auto again = chat::decode_reply(chat::encode(*reply));
  require(again.has_value() && *again == *reply);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try_request({data, size});
  try_reply({data, size});
  return 0;
}
