#include "server/database_url.hpp"

#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <system_error>

namespace server {
namespace {

constexpr std::string_view kSqlite = "sqlite:";
constexpr std::string_view kMariadb = "mariadb://";
constexpr const char* kForm = "must be sqlite:PATH or mariadb://USER@HOST[:PORT]/NAME";

using Outcome = rudp::Result<void, std::string>;

bool starts_with(std::string_view text, std::string_view beginning) {
  return text.substr(0, beginning.size()) == beginning;
}

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return std::nullopt;
}

// "%40" is "@" (RFC 3986 2.1).
std::optional<std::string> decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const auto high = i + 2 < text.size() ? hex_digit(text[i + 1]) : std::nullopt;
    const auto low = high ? hex_digit(text[i + 2]) : std::nullopt;
    if (!low) return std::nullopt;
    out += static_cast<char>(*high * 16 + *low);
    i += 2;
  }
  if (out.find('\0') != std::string::npos) return std::nullopt;
  return out;
}

/// Takes what stands before `mark` off `rest`, and the mark. Nothing where there is no mark.
std::optional<std::string_view> take_until(std::string_view& rest, char mark) {
  const std::size_t at = rest.find(mark);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view taken = rest.substr(0, at);
  rest.remove_prefix(at + 1);
  return taken;
}

Outcome set_port(chat::MariadbOptions& options, std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0 || port > 65'535) {
    return std::string("names a port that is none: 1 to 65535");
  }
  options.port = static_cast<std::uint16_t>(port);
  return {};
}

// "host", "host:3306", "[::1]:3306"
Outcome set_host(chat::MariadbOptions& options, std::string_view text) {
  const bool bracketed = starts_with(text, "[");
  const std::size_t end = bracketed ? text.find(']') : text.find(':');
  if (bracketed && end == std::string_view::npos) return std::string("holds a \"[\" without \"]\"");
  const std::string_view host = bracketed ? text.substr(1, end - 1) : text.substr(0, end);
  std::string_view rest = end == std::string_view::npos ? "" : text.substr(end + (bracketed ? 1 : 0));
  if (host.empty()) return std::string(kForm);
  options.host = std::string(host);
  if (rest.empty()) return {};
  if (rest.front() != ':') return std::string(kForm);
  return set_port(options, rest.substr(1));
}

bool is_local(const chat::MariadbOptions& options) {
  return options.host.empty() || options.host == "localhost" || options.host == "::1" ||
         starts_with(options.host, "127.");
}

Outcome set_tls(chat::MariadbOptions& options, const std::string& value) {
  if (value == "off") options.tls = chat::MariadbTls::off;
  if (value == "required") options.tls = chat::MariadbTls::required;
  if (value == "verified") options.tls = chat::MariadbTls::verified;
  if (value == "off" || value == "required" || value == "verified") return {};
  return "holds tls=" + value + "; it must be off, required or verified";
}

Outcome set_option(MariadbDatabase& database, const std::string& key, const std::string& value) {
  chat::MariadbOptions& options = database.options;
  if (key == "tls") return set_tls(options, value);
  if (key == "password")
    return std::string("holds a password; put it into a file and name that: password_file=FILE");
  std::string* const text = key == "password_file" ? &database.password_file
                            : key == "socket"      ? &options.socket
                            : key == "tls_ca"      ? &options.tls_ca
                            : key == "tls_cert"    ? &options.tls_certificate
                            : key == "tls_key"     ? &options.tls_key
                                                   : nullptr;
  if (text == nullptr) {
    return "holds the unknown option \"" + key +
           "\"; there are socket, password_file, tls, tls_ca, tls_cert and tls_key";
  }
  *text = value;
  return {};
}

Outcome set_options(MariadbDatabase& database, std::string_view query) {
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    std::string_view value = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const auto key = take_until(value, '=');
    const auto text = decoded(value);
    if (!key || !text) return std::string("holds an option that is not KEY=VALUE");
    if (auto set = set_option(database, std::string(*key), *text); !set) return set;
  }
  return {};
}

rudp::Result<DatabaseUrl, std::string> parse_mariadb(std::string_view rest) {
  MariadbDatabase database;
  chat::MariadbOptions& options = database.options;
  const std::size_t question = std::min(rest.find('?'), rest.size());
  const std::string_view query = rest.substr(std::min(question + 1, rest.size()));
  rest = rest.substr(0, question);
  const auto user = take_until(rest, '@');
  if (!user || user->empty()) return std::string(kForm);
  if (user->find(':') != std::string_view::npos || rest.find('@') != std::string_view::npos) {
    return std::string(
               "holds a password, which everybody on this machine could read there; put it into a file "
               "(?password_file=FILE) or into the environment variable ") +
           kDatabasePasswordVariable;
  }
  const auto host = take_until(rest, '/');
  const auto user_text = decoded(*user), name = decoded(rest);
  if (!host || !user_text || !name || name->empty()) return std::string(kForm);
  if (auto set = set_host(options, *host); !set) return set.error();
  options.user = *user_text;
  options.database = *name;
  options.tls = is_local(options) ? chat::MariadbTls::off : chat::MariadbTls::verified;
  if (auto set = set_options(database, query); !set) return set.error();
  if (!options.socket.empty()) options.host.clear();
  return DatabaseUrl(std::move(database));
}

}  // namespace

bool is_mariadb(std::string_view url) { return starts_with(url, kMariadb); }

rudp::Result<DatabaseUrl, std::string> parse_database_url(const std::string& url) {
  if (is_mariadb(url)) return parse_mariadb(std::string_view(url).substr(kMariadb.size()));
  if (!starts_with(url, kSqlite) || url.size() == kSqlite.size()) {
    const bool may_hold_a_password = url.find('@') != std::string::npos;
    return may_hold_a_password ? std::string(kForm) : "is \"" + url + "\", " + kForm;
  }
  return DatabaseUrl(SqliteDatabase{url.substr(kSqlite.size())});
}

rudp::Result<chat::MariadbOptions, std::string> with_password(const MariadbDatabase& database) {
  chat::MariadbOptions options = database.options;
  if (database.password_file.empty()) {
    const char* const password = std::getenv(kDatabasePasswordVariable);
    options.password = password == nullptr ? "" : password;
    return options;
  }
  namespace fs = std::filesystem;
  const std::string what = "the password file " + database.password_file;
  std::error_code error;
  const fs::perms mode = fs::status(database.password_file, error).permissions();
  std::ifstream file(database.password_file);
  if (error || !std::getline(file, options.password)) return what + " cannot be read, or is empty";
  if ((mode & fs::perms::others_all) != fs::perms::none) {
    return what + " is open to everybody on this machine; chmod 600 it";
  }
  if (!options.password.empty() && options.password.back() == '\r') options.password.pop_back();
  return options;
}

}  // namespace server
