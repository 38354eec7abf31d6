// rudp://host:port/#KEY
#include <rudp/url.hpp>

#include <algorithm>

#include "base/ip_text.hpp"

namespace rudp {

namespace {

constexpr std::string_view kScheme = "rudp://";
constexpr std::size_t kHostCharactersMax = 253;  // RFC 1035 2.3.4, without the final dot
constexpr std::uint32_t kPortMax = 65535;

Failure bad(std::string_view part) { return Failure(Error::bad_address, std::string(part)); }

bool is_name_character(char c) {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  const bool digit = c >= '0' && c <= '9';
  return letter || digit || c == '-' || c == '.' || c == '_';
}

bool is_name(std::string_view host) {
  return !host.empty() && host.size() <= kHostCharactersMax &&
         std::all_of(host.begin(), host.end(), is_name_character);
}

/// An IPv6 address with an optional zone; zones of URLs may be interface names.
bool is_ipv6(std::string_view host) {
  const std::size_t percent = host.find('%');
  if (percent != std::string_view::npos && !is_name(host.substr(percent + 1))) return false;
  return base::parse_ipv6(host.substr(0, percent)).has_value();
}

Result<std::string, Failure> parse_host(std::string_view text) {
  const bool bracketed = text.size() >= 2 && text.front() == '[' && text.back() == ']';
  const std::string_view host = bracketed ? text.substr(1, text.size() - 2) : text;
  if (bracketed ? !is_ipv6(host) : !is_name(host)) return bad("host");
  return std::string(host);
}

}  // namespace

Result<Url, Failure> Url::parse(std::string_view text) {
  if (text.substr(0, kScheme.size()) != kScheme) return bad("scheme");
  text.remove_prefix(kScheme.size());
  Url url;

  const std::size_t hash = text.find('#');
  if (hash != std::string_view::npos) {
    const auto key = PublicKey::parse(text.substr(hash + 1));
    if (!key) return Failure(key.error(), "key");
    url.key = *key;
    text = text.substr(0, hash);
  }

  if (!text.empty() && text.back() == '/') text.remove_suffix(1);
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad("port");
  const auto port = base::parse_decimal(text.substr(colon + 1), kPortMax);
  if (!port || *port == 0) return bad("port");
  url.port = static_cast<std::uint16_t>(*port);

  auto host = parse_host(text.substr(0, colon));
  if (!host) return host.error();
  url.host = *std::move(host);
  return url;
}

std::string Url::to_string() const {
  const bool brackets = host.find(':') != std::string::npos;
  std::string text = std::string(kScheme) + (brackets ? '[' + host + ']' : host) + ':' + std::to_string(port);
  if (key) text += "/#" + key->to_string();
  return text;
}

}  // namespace rudp
