#include <rudp/known_servers.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

#include "uv/file.hpp"

namespace rudp::uv {
namespace {

constexpr std::size_t kFileBytesMax = 1 << 20;  // some ten thousand servers

struct Entry {
  std::string_view server;
  PublicKey key;
};

std::string_view take_line(std::string_view& rest) {
  const std::size_t end = std::min(rest.find('\n'), rest.size());
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

bool is_comment(std::string_view line) {
  const std::size_t first = line.find_first_not_of(" \t");
  return first == line.npos || line[first] == '#';
}

std::optional<Entry> parse_entry(std::string_view line) {
  const std::size_t blank = line.find(' ');
  if (blank == line.npos || blank == 0) return std::nullopt;
  const auto key = PublicKey::parse(line.substr(blank + 1));
  if (!key) return std::nullopt;
  return Entry{line.substr(0, blank), *key};
}

// Every line is read, also behind the one that is wanted: a damaged file is not to be relied on.
Result<std::optional<PublicKey>, Failure> find_in(std::string_view content, const std::string& path,
                                                  const std::string& server) {
  std::optional<PublicKey> found;
  for (int number = 1; !content.empty(); ++number) {
    const std::string_view line = take_line(content);
    if (is_comment(line)) continue;
    const auto entry = parse_entry(line);
    if (!entry) return Failure(Error::bad_key, path + ':' + std::to_string(number));
    if (!found && entry->server == server) found = entry->key;
  }
  return found;
}

Result<std::optional<PublicKey>, Failure> find_key(const std::string& path, const std::string& server) {
  const auto content = read_file(path, kFileBytesMax);
  if (!content) return content.error();
  return find_in(*content, path, server);
}

Result<void, Failure> pin_key(const std::string& path, const std::string& server, const PublicKey& key) {
  auto content = read_file(path, kFileBytesMax);
  if (!content) return content.error();
  if (auto readable = find_in(*content, path, server); !readable) return readable.error();
  if (!content->empty() && content->back() != '\n') *content += '\n';
  return replace_file(path, *content + server + ' ' + key.to_string() + '\n', system_random());
}

}  // namespace

KnownServers known_servers_file(std::string path) {
  KnownServers servers;
  servers.find = [path](const std::string& server) { return find_key(path, server); };
  servers.pin = [path = std::move(path)](const std::string& server, const PublicKey& key) {
    return pin_key(path, server, key);
  };
  return servers;
}

}  // namespace rudp::uv
