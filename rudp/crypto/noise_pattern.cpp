#include "crypto/noise_pattern.hpp"

#include <algorithm>
#include <optional>
#include <span>

namespace rudp::crypto {
namespace {

/// A pattern as Noise revision 34 writes it in sections 7.4, 7.5 and 18.1:
/// the messages alternate, the initiator's first.
struct Row {
  std::string_view name;
  std::string_view known;     // "i": -> s, "r": <- s before the first message
  std::string_view messages;  // tokens, messages separated by '|'
};

constexpr Row kRows[] = {
    // One-way patterns.
    {"N", "r", "e es"},
    {"K", "ir", "e es ss"},
    {"X", "r", "e es s ss"},
    // Fundamental interactive patterns.
    {"NN", "", "e|e ee"},
    {"NK", "r", "e es|e ee"},
    {"NX", "", "e|e ee s es"},
    {"KN", "i", "e|e ee se"},
    {"KK", "ir", "e es ss|e ee se"},
    {"KX", "i", "e|e ee se s es"},
    {"XN", "", "e|e ee|s se"},
    {"XK", "r", "e es|e ee|s se"},
    {"XX", "", "e|e ee s es|s se"},
    {"IN", "", "e s|e ee se"},
    {"IK", "r", "e es s ss|e ee se"},
    {"IX", "", "e s|e ee se s es"},
    // Deferred patterns: a 1 moves that side's authentication one message on.
    {"NK1", "r", "e|e ee es"},
    {"NX1", "", "e|e ee s|es"},
    {"X1N", "", "e|e ee|s|se"},
    {"X1K", "r", "e es|e ee|s|se"},
    {"XK1", "r", "e|e ee es|s se"},
    {"X1K1", "r", "e|e ee es|s|se"},
    {"X1X", "", "e|e ee s es|s|se"},
    {"XX1", "", "e|e ee s|es s se"},
    {"X1X1", "", "e|e ee s|es s|se"},
    {"K1N", "i", "e|e ee|se"},
    {"K1K", "ir", "e es|e ee|se"},
    {"KK1", "ir", "e|e ee se es"},
    {"K1K1", "ir", "e|e ee es|se"},
    {"K1X", "i", "e|e ee s es|se"},
    {"KX1", "i", "e|e ee se s|es"},
    {"K1X1", "i", "e|e ee s|se es"},
    {"I1N", "", "e s|e ee|se"},
    {"I1K", "r", "e es s|e ee|se"},
    {"IK1", "r", "e s|e ee se es"},
    {"I1K1", "r", "e s|e ee es|se"},
    {"I1X", "", "e s|e ee s es|se"},
    {"IX1", "", "e s|e ee se s|es"},
    {"I1X1", "", "e s|e ee s|se es"},
};

/// Cuts the text up to the next separator off its front.
std::string_view take_until(std::string_view& text, char separator) {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view taken = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return taken;
}

Token token_of(std::string_view text) {
  if (text == "e") return Token::e;
  if (text == "s") return Token::s;
  if (text == "ee") return Token::ee;
  if (text == "es") return Token::es;
  if (text == "se") return Token::se;
  return Token::ss;
}

using Message = std::array<Token, kTokensPerMessageMax>;

Message message_of(std::string_view text) {
  Message message{};
  for (std::size_t i = 0; !text.empty(); ++i) message[i] = token_of(take_until(text, ' '));
  return message;
}

Pattern pattern_of(const Row& row) {
  Pattern pattern;
  pattern.initiator_static_is_known = row.known.find('i') != std::string_view::npos;
  pattern.responder_static_is_known = row.known.find('r') != std::string_view::npos;
  std::string_view messages = row.messages;
  while (!messages.empty()) pattern.messages[pattern.message_count++] = message_of(take_until(messages, '|'));
  return pattern;
}

void put_in_front(Message& message, Token token) {
  std::copy_backward(message.begin(), message.end() - 1, message.end());
  message.front() = token;
}

void put_at_end(Message& message, Token token) {
  *std::find(message.begin(), message.end(), Token::none) = token;
}

/// psk0 stands before the first message, pskN after message N (Noise section 9).
void place_psk(Pattern& pattern, std::size_t place) {
  if (place == 0) return put_in_front(pattern.messages[0], Token::psk);
  put_at_end(pattern.messages[place - 1], Token::psk);
}

std::optional<std::size_t> place_of(std::string_view modifier) {
  if (modifier.size() != 4 || !modifier.starts_with("psk")) return std::nullopt;
  if (modifier[3] < '0' || modifier[3] > '9') return std::nullopt;
  return static_cast<std::size_t>(modifier[3] - '0');
}

Result<void> apply_modifiers(Pattern& pattern, std::string_view modifiers) {
  std::size_t lowest_place = 0;  // rising order, so that one handshake has one name
  while (!modifiers.empty()) {
    const bool is_last = modifiers.find('+') == std::string_view::npos;
    const std::optional<std::size_t> place = place_of(take_until(modifiers, '+'));
    if (!place || *place < lowest_place || *place > pattern.message_count) return Error::unsupported;
    if (!is_last && modifiers.empty()) return Error::unsupported;
    if (++pattern.psk_count > kPsksMax) return Error::unsupported;
    place_psk(pattern, *place);
    lowest_place = *place + 1;
  }
  return {};
}

}  // namespace

bool uses_static_key(const Pattern& pattern, Role role) {
  const bool is_initiator = role == Role::initiator;
  if (is_initiator ? pattern.initiator_static_is_known : pattern.responder_static_is_known) return true;
  for (std::size_t i = is_initiator ? 0 : 1; i < pattern.message_count; i += 2) {
    const Message& message = pattern.messages[i];
    if (std::find(message.begin(), message.end(), Token::s) != message.end()) return true;
  }
  return false;
}

Result<Pattern> find_pattern(std::string_view name) {
  if (name.size() > kPatternNameBytesMax) return Error::unsupported;
  const std::size_t base_bytes = std::min(name.find("psk"), name.size());
  const std::string_view base = name.substr(0, base_bytes);
  const Row* row =
      std::find_if(std::begin(kRows), std::end(kRows), [&](const Row& r) { return r.name == base; });
  if (row == std::end(kRows)) return Error::unsupported;

  Pattern pattern = pattern_of(*row);
  const Result<void> applied = apply_modifiers(pattern, name.substr(base_bytes));
  if (!applied) return applied.error();
  std::copy(name.begin(), name.end(), pattern.name_text.begin());
  pattern.name_bytes = static_cast<std::uint8_t>(name.size());
  return pattern;
}

}  // namespace rudp::crypto
