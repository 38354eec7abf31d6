#include "client/outbox_folder.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "client/file.hpp"

namespace client {
namespace {

constexpr std::string_view kHead = "rchat outbox 1\n";
constexpr std::string_view kDigits = "0123456789abcdef";
constexpr std::size_t kFileBytesMax = 1 << 20;    // a message is at most 64 KiB
constexpr std::size_t kNumberDigits = 12;         // so many that names sort as the numbers do
constexpr std::size_t kFolderNameBytesMax = 200;  // file systems take 255

std::string to_hex(std::string_view bytes) {
  std::string hex;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return hex;
}

std::string to_hex(const chat::ClientMessageId& id) {
  return to_hex(std::string_view(reinterpret_cast<const char*>(id.data()), id.size()));
}

std::optional<std::string> from_hex(std::string_view hex) {
  if (hex.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const std::size_t high = kDigits.find(hex[i]), low = kDigits.find(hex[i + 1]);
    if (high == kDigits.npos || low == kDigits.npos) return std::nullopt;
    bytes += static_cast<char>(high << 4 | low);
  }
  return bytes;
}

// FNV-1a, 64 bits: against files that were cut off, not against people.
std::string checksum(std::string_view bytes) {
  std::uint64_t sum = 0xcbf29ce484222325;
  for (const char c : bytes) sum = (sum ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  std::array<char, 8> out{};
  for (char& c : out) {
    c = static_cast<char>(sum & 0xff);
    sum >>= 8;
  }
  return to_hex(std::string_view(out.data(), out.size()));
}

/// The next line of `rest` behind `word` and a blank; nothing where it begins otherwise.
std::optional<std::string_view> take_line(std::string_view& rest, std::string_view word) {
  const std::size_t end = rest.find('\n');
  if (end == rest.npos || rest.substr(0, word.size()) != word) return std::nullopt;
  const std::string_view value = rest.substr(word.size(), end - word.size());
  rest.remove_prefix(end + 1);
  return value;
}

// The name comes from a server, so that nothing in it may lead out of the folder.
std::string folder_name(const std::string& account_name) {
  std::string name;
  for (const char c : account_name) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = std::isalnum(byte) != 0 || c == '_' || c == '-' || byte >= 0x80;
    name += plain ? std::string(1, c) : '%' + to_hex(std::string_view(&c, 1));
  }
  if (name.size() <= kFolderNameBytesMax && !name.empty()) return name;
  return name.substr(0, kFolderNameBytesMax) + '%' + checksum(account_name);
}

// NUMBER-ID; files that are still being written end otherwise.
bool is_entry(const std::string& name) {
  return name.size() == kNumberDigits + 1 + 32 && name[kNumberDigits] == '-' &&
         std::all_of(name.begin(), name.begin() + kNumberDigits,
                     [](unsigned char c) { return std::isdigit(c) != 0; });
}

std::string padded(std::uint64_t number) {
  const std::string digits = std::to_string(number);
  return std::string(kNumberDigits - std::min(kNumberDigits, digits.size()), '0') + digits;
}

}  // namespace

std::string encode_outbox_entry(const chat::OutboxEntry& entry) {
  const bool is_private = entry.target.kind == chat::ConversationKind::private_talk;
  std::string body = "id " + to_hex(entry.id) + '\n';
  body += is_private ? "private " + to_hex(entry.target.private_to) + '\n' : std::string("public \n");
  body += '\n' + entry.text;
  return std::string(kHead) + "sum " + checksum(body) + '\n' + body;
}

std::optional<chat::OutboxEntry> decode_outbox_entry(std::string_view content) {
  if (content.substr(0, kHead.size()) != kHead) return std::nullopt;
  content.remove_prefix(kHead.size());
  const auto sum = take_line(content, "sum ");
  if (!sum || *sum != checksum(content)) return std::nullopt;
  chat::OutboxEntry entry;
  const auto id_line = take_line(content, "id ");
  const auto id = id_line ? from_hex(*id_line) : std::nullopt;
  if (!id || id->size() != entry.id.size()) return std::nullopt;
  std::copy(id->begin(), id->end(), entry.id.begin());
  if (const auto to = take_line(content, "private ")) {
    const auto name = from_hex(*to);
    if (!name) return std::nullopt;
    entry.target = {chat::ConversationKind::private_talk, *name};
  } else if (!take_line(content, "public ")) {
    return std::nullopt;
  }
  if (!take_line(content, "")) return std::nullopt;
  entry.text = std::string(content);
  return entry;
}

std::string OutboxFolder::folder_for(const std::string& account_name) const {
  return data_folder_ + "/outbox/" + server_ + '/' + folder_name(account_name);
}

std::vector<chat::OutboxEntry> OutboxFolder::load(const std::string& account_name) {
  std::vector<chat::OutboxEntry> entries;
  const std::string folder = folder_for(account_name);
  for (const std::string& name : file::list(folder)) {
    if (!is_entry(name)) continue;
    last_number_ = std::max<std::uint64_t>(last_number_, std::stoull(name.substr(0, kNumberDigits)));
    const auto content = file::read(folder + '/' + name, kFileBytesMax);
    auto entry = content ? decode_outbox_entry(*content) : std::nullopt;
    if (!entry) continue;
    paths_[entry->id] = folder + '/' + name;
    entries.push_back(*std::move(entry));
  }
  return entries;
}

bool OutboxFolder::append(const std::string& account_name, const chat::OutboxEntry& entry) {
  const std::string folder = folder_for(account_name);
  if (!file::make_folder(folder)) return false;
  const std::string path = folder + '/' + padded(++last_number_) + '-' + to_hex(entry.id);
  if (!file::replace(path, encode_outbox_entry(entry))) return false;
  paths_[entry.id] = path;
  return true;
}

void OutboxFolder::remove(const std::string&, const chat::ClientMessageId& id) {
  const auto found = paths_.find(id);
  if (found == paths_.end()) return;
  file::remove(found->second);
  paths_.erase(found);
}

}  // namespace client
