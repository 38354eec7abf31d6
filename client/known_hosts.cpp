#include "client/known_hosts.hpp"

#include <algorithm>
#include <cctype>

#include "client/file.hpp"

namespace client {
namespace {

constexpr std::size_t kFileBytesMax = 1 << 20;

struct Entry {
  std::string host;
  rudp::PublicKey key;
};

bool is_comment(std::string_view line) {
  const std::size_t first = line.find_first_not_of(" \t");
  return first == line.npos || line[first] == '#';
}

std::optional<Entry> parse_entry(std::string_view line) {
  const std::size_t blank = line.find(' ');
  if (blank == line.npos || blank == 0) return std::nullopt;
  const auto key = rudp::PublicKey::parse(line.substr(blank + 1));
  if (!key) return std::nullopt;
  return Entry{std::string(line.substr(0, blank)), *key};
}

std::string lower(std::string_view text) {
  std::string small(text);
  for (char& c : small) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return small;
}

std::string without_port(const std::string& host) { return host.substr(0, host.rfind(':')); }

// "::1" has colons and no port; in the file it stands in brackets.
std::string in_brackets(const std::string& host) {
  const bool bare_ipv6 = std::count(host.begin(), host.end(), ':') > 1 && host.front() != '[';
  return bare_ipv6 ? '[' + host + ']' : host;
}

bool is_meant(const std::string& entry, const std::string& wanted) {
  const std::string host = in_brackets(wanted);
  return entry == host || without_port(entry) == host;
}

}  // namespace

std::string host_name(const rudp::Url& server) {
  return in_brackets(lower(server.host)) + ':' + std::to_string(server.port);
}

rudp::Result<std::vector<std::string>, rudp::Failure> KnownHosts::lines() const {
  std::vector<std::string> all;
  if (!file::exists(path_)) return all;
  const auto content = file::read(path_, kFileBytesMax);
  if (!content) return content.error();
  std::string_view rest = *content;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    all.emplace_back(rest.substr(0, end));
    if (!all.back().empty() && all.back().back() == '\r') all.back().pop_back();
    if (!is_comment(all.back()) && !parse_entry(all.back())) {
      return rudp::Failure(rudp::Error::bad_key, path_ + ':' + std::to_string(all.size()));
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return all;
}

rudp::Result<void, rudp::Failure> KnownHosts::write(const std::vector<std::string>& lines) const {
  if (auto folder = file::make_folder(file::folder_of(path_)); !folder) return folder;
  std::string content;
  for (const std::string& line : lines) content += line + '\n';
  return file::replace(path_, content);
}

rudp::Result<std::optional<rudp::PublicKey>, rudp::Failure> KnownHosts::find(const std::string& host) const {
  const auto all = lines();
  if (!all) return all.error();
  for (const std::string& line : *all) {
    const auto entry = is_comment(line) ? std::nullopt : parse_entry(line);
    if (entry && entry->host == host) return std::optional<rudp::PublicKey>(entry->key);
  }
  return std::optional<rudp::PublicKey>();
}

rudp::Result<void, rudp::Failure> KnownHosts::pin(const std::string& host, const rudp::PublicKey& key) {
  auto all = lines();
  if (!all) return all.error();
  all->push_back(host + ' ' + key.to_string());
  return write(*all);
}

rudp::Result<std::size_t, rudp::Failure> KnownHosts::forget(const std::string& host) {
  auto all = lines();
  if (!all) return all.error();
  const std::size_t before = all->size();
  const auto is_gone = [wanted = lower(host)](const std::string& line) {
    const auto entry = is_comment(line) ? std::nullopt : parse_entry(line);
    return entry && is_meant(entry->host, wanted);
  };
  all->erase(std::remove_if(all->begin(), all->end(), is_gone), all->end());
  const std::size_t forgotten = before - all->size();
  if (forgotten == 0) return forgotten;
  if (auto written = write(*all); !written) return written.error();
  return forgotten;
}

}  // namespace client
