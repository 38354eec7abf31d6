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

std::string in_small_letters(std::string_view text) {
  std::string small(text);
  for (char& c : small)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return small;
}

/// As in Entry::server: "::1" has colons and no port there, and would be read as a host with one.
std::string in_brackets(const std::string& host) {
  const bool is_bare_ipv6 = std::count(host.begin(), host.end(), ':') > 1 && host.front() != '[';
  return is_bare_ipv6 ? '[' + host + ']' : host;
}

/// `host` with or without a port.
bool is_meant(std::string_view server, const std::string& host) {
  return server == host || server.substr(0, server.rfind(':')) == host;
}

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
  const auto known = find_in(*content, path, server);
  if (!known) return known.error();
  if (*known && **known != key) return Failure(Error::key_changed, server);
  if (*known) return {};
  if (!content->empty() && content->back() != '\n') *content += '\n';
  if (auto made = make_directory(directory_of(path)); !made) return made;
  return replace_file(path, *content + server + ' ' + key.to_string() + '\n', system_random());
}

}  // namespace

std::string known_server_name(const Url& server) {
  return in_brackets(in_small_letters(server.host)) + ':' + std::to_string(server.port);
}

KnownServers known_servers_file(std::string path) {
  KnownServers servers;
  servers.find = [path](const std::string& server) { return find_key(path, server); };
  servers.pin = [path = std::move(path)](const std::string& server, const PublicKey& key) {
    return pin_key(path, server, key);
  };
  return servers;
}

Result<std::size_t, Failure> forget_known_server(const std::string& path, std::string_view host) {
  const auto content = read_file(path, kFileBytesMax);
  if (!content) return content.error();
  const std::string wanted = in_brackets(in_small_letters(host));
  if (auto readable = find_in(*content, path, wanted); !readable) return readable.error();
  std::size_t forgotten = 0;
  std::string kept;
  for (std::string_view rest = *content; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size() - 1) + 1;
    const std::string_view whole = rest.substr(0, end);
    const std::string_view line = take_line(rest);
    const auto entry = is_comment(line) ? std::nullopt : parse_entry(line);
    if (entry && is_meant(entry->server, wanted))
      ++forgotten;
    else
      kept += whole;
  }
  if (forgotten == 0) return forgotten;
  if (auto written = replace_file(path, kept, system_random()); !written) return written.error();
  return forgotten;
}

}  // namespace rudp::uv
