// Texts that an operator or a user writes: the configuration file, addresses, keys, and what is said over the
// admin socket. What is accepted says the same when it is written and read again.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include <rudp/address.hpp>
#include <rudp/identity.hpp>
#include <rudp/url.hpp>

#include "base/assert.hpp"
#include "server/admin_protocol.hpp"
#include "server/config_file.hpp"
#include "server/database_url.hpp"
#include "server/json.hpp"

namespace {

constexpr std::size_t kTextBytesMax = 2048;
const std::string kFile = "rchatd.toml";

void config(std::string_view text) {
  const auto read = server::parse_config(text, kFile);
  if (!read) {
    RUDP_ASSERT(read.error().starts_with(kFile + ":"));
    return;
  }
  const std::string printed = server::print_config(*read);
  const auto again = server::parse_config(printed, kFile);
  RUDP_ASSERT(again.has_value() && server::print_config(*again) == printed);
  static_cast<void>(server::problem_of(*read));
}

void address(std::string_view text) {
  const auto read = rudp::Address::parse(text);
  if (!read) return;
  const auto again = rudp::Address::parse(read->to_string());
  RUDP_ASSERT(again.has_value() && *again == *read);
}

void url(std::string_view text) {
  const auto read = rudp::Url::parse(text);
  if (!read) return;
  RUDP_ASSERT(!read->host.empty());
  const auto again = rudp::Url::parse(read->to_string());
  RUDP_ASSERT(again.has_value() && again->host == read->host && again->port == read->port);
  RUDP_ASSERT(again->key == read->key && again->to_string() == read->to_string());
}

void key(std::string_view text) {
  const auto read = rudp::PublicKey::parse(text);
  if (read) RUDP_ASSERT(read->to_string() == text);
}

void database(std::string_view text) { static_cast<void>(server::parse_database_url(std::string(text))); }

void admin(std::string_view text) {
  static_cast<void>(server::parse_admin_answer(text));
  const auto read = server::parse_admin_request(text);
  if (!read) return;
  const auto again = server::parse_admin_request(server::format_admin_request(*read));
  RUDP_ASSERT(again.has_value() && *again == *read);
}

void json(std::string_view text) {
  const std::string written = server::json_string(text);
  const auto is_bare = [](char byte) { return static_cast<unsigned char>(byte) < 0x20; };
  RUDP_ASSERT(written.size() >= 2 && written.front() == '"' && written.back() == '"');
  RUDP_ASSERT(std::ranges::none_of(written, is_bare));
}

constexpr void (*kReaders[])(std::string_view) = {config, address, url, key, database, admin, json};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data), std::min(size, kTextBytesMax));
  kReaders[static_cast<unsigned char>(text[0] - '0') % std::size(kReaders)](text.substr(1));
  return 0;
}
