// Messages that were typed and are not acknowledged yet, on disk: one file each,
// complete and durable before the message counts as taken.
//
// One file for each message, so that two clients of one account on one machine do
// not disturb one another, and no crash can leave a part of one behind.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <rudp/identity.hpp>

#include "chat/client_session.hpp"

namespace client {

class OutboxFolder final : public chat::OutboxStorage {
 public:
  /// Files lie in `data_folder`/outbox/KEY/ACCOUNT/: what was written for one server
  /// never goes to another one.
  explicit OutboxFolder(std::string data_folder) : data_folder_(std::move(data_folder)) {}

  /// Which server the session speaks to; REQUIRED before the calls below.
  void use_server(const rudp::PublicKey& key) { server_ = key.to_string(); }

  /// Files that are damaged are left where they are and passed over.
  std::vector<chat::OutboxEntry> load(const std::string& account_name) override;
  bool append(const std::string& account_name, const chat::OutboxEntry& entry) override;
  /// Not fsynced: a file that comes back is sent again under its id, and the server knows that id.
  /// Removes what this object has loaded or appended itself.
  void remove(const std::string& account_name, const chat::ClientMessageId& id) override;

  std::string folder_for(const std::string& account_name) const;

 private:
  std::string data_folder_;
  std::string server_;
  std::uint64_t last_number_ = 0;
  /// Where each message lies that this object has loaded or appended.
  std::map<chat::ClientMessageId, std::string> paths_;
};

/// The content of a file: a head of text lines with a checksum, then the message.
std::string encode_outbox_entry(const chat::OutboxEntry& entry);
/// Nothing where it is not whole.
std::optional<chat::OutboxEntry> decode_outbox_entry(std::string_view content);

}  // namespace client
