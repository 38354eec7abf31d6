#include "client/key_decoder.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "client/clusters.hpp"

namespace client {
namespace {

constexpr char kEscape = '\x1b';
constexpr std::string_view kPasteBegin = "\x1b[200~", kPasteEnd = "\x1b[201~";
constexpr std::size_t kIncomplete = 0;

struct Sequence {
  std::string_view bytes;  ///< behind the escape
  KeyCode code;
};

// What xterm, VTE, the Linux console, tmux and screen send.
constexpr std::array kSequences = {
    Sequence{"[A", KeyCode::up},
    Sequence{"OA", KeyCode::up},
    Sequence{"[B", KeyCode::down},
    Sequence{"OB", KeyCode::down},
    Sequence{"[C", KeyCode::right},
    Sequence{"OC", KeyCode::right},
    Sequence{"[D", KeyCode::left},
    Sequence{"OD", KeyCode::left},
    Sequence{"[H", KeyCode::home},
    Sequence{"OH", KeyCode::home},
    Sequence{"[1~", KeyCode::home},
    Sequence{"[7~", KeyCode::home},
    Sequence{"[F", KeyCode::end},
    Sequence{"OF", KeyCode::end},
    Sequence{"[4~", KeyCode::end},
    Sequence{"[8~", KeyCode::end},
    Sequence{"[3~", KeyCode::erase},
    Sequence{"[1;5C", KeyCode::word_right},
    Sequence{"[1;3C", KeyCode::word_right},
    Sequence{"f", KeyCode::word_right},
    Sequence{"[1;5D", KeyCode::word_left},
    Sequence{"[1;3D", KeyCode::word_left},
    Sequence{"b", KeyCode::word_left},
    Sequence{"\x7f", KeyCode::kill_word},
    Sequence{"\r", KeyCode::line_feed},
    Sequence{"\n", KeyCode::line_feed},
};

std::optional<KeyCode> control_key(char byte) {
  constexpr char kDelete = '\x7f';
  if (byte == kDelete) return KeyCode::backspace;
  switch (byte + '@') {
    case 'A':
      return KeyCode::home;
    case 'B':
      return KeyCode::left;
    case 'C':
      return KeyCode::interrupt;
    case 'D':
      return KeyCode::end_of_input;
    case 'E':
      return KeyCode::end;
    case 'F':
      return KeyCode::right;
    case 'H':
      return KeyCode::backspace;
    case 'J':
    case 'M':
      return KeyCode::enter;
    case 'K':
      return KeyCode::kill_to_end;
    case 'L':
      return KeyCode::redraw;
    case 'N':
      return KeyCode::down;
    case 'P':
      return KeyCode::up;
    case 'U':
      return KeyCode::kill_to_start;
    case 'W':
      return KeyCode::kill_word;
    case 'Y':
      return KeyCode::yank;
    case 'Z':
      return KeyCode::suspend;
    default:
      return std::nullopt;
  }
}

bool is_control(char byte) { return static_cast<unsigned char>(byte) < 0x20 || byte == '\x7f'; }

std::size_t utf8_size(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  if (byte < 0x80) return 1;
  if (byte >= 0xC2 && byte < 0xE0) return 2;
  if (byte >= 0xE0 && byte < 0xF0) return 3;
  return byte >= 0xF0 && byte < 0xF5 ? 4 : 1;
}

/// Whether the bytes to come may make a character of `rest`. What is typed in another encoding
/// begins like one, and must not hold up the keys behind it.
bool may_become_character(std::string_view rest) {
  const auto continues = [](char byte) { return (byte & '\xC0') == '\x80'; };
  return rest.size() < utf8_size(rest.front()) && std::all_of(rest.begin() + 1, rest.end(), continues);
}

// Terminals send pasted line ends as carriage returns.
std::string cleaned_paste(std::string_view pasted) {
  std::string clean;
  for (std::size_t at = 0; at < pasted.size();) {
    const CodePoint c = first_code_point(pasted.substr(at));
    const bool is_line_end = pasted[at] == '\n' || pasted[at] == '\r';
    const bool is_second = pasted[at] == '\n' && at > 0 && pasted[at - 1] == '\r';
    const bool is_c1 = c.value >= 0x80 && c.value < 0xA0;
    if (is_line_end && !is_second) clean += '\n';
    if (pasted[at] == '\t') clean += ' ';
    if (c.valid && !is_control(pasted[at]) && !is_c1) clean += pasted.substr(at, c.size);
    at += c.size;
  }
  return clean;
}

}  // namespace

void KeyDecoder::take(std::string_view bytes) {
  pending_ += bytes;
  while (!pending_.empty() && (is_pasting_ ? take_pasted() : take_one())) {
  }
}

/// False where more bytes are needed.
bool KeyDecoder::take_pasted() {
  const std::size_t end = pending_.find(kPasteEnd);
  // The end may have arrived in part; that much stays.
  const std::size_t kept = std::min(pending_.size(), kPasteEnd.size() - 1);
  const std::size_t ready = end == std::string::npos ? pending_.size() - kept : end;
  pasted_ += pending_.substr(0, std::min(ready, kPasteBytesMax - std::min(kPasteBytesMax, pasted_.size())));
  pending_.erase(0, end == std::string::npos ? ready : end + kPasteEnd.size());
  if (end == std::string::npos) return false;
  is_pasting_ = false;
  on_key_({KeyCode::paste, cleaned_paste(std::exchange(pasted_, {}))});
  return true;
}

bool KeyDecoder::take_one() {
  const char first = pending_.front();
  if (first != kEscape) {
    if (!is_control(first)) return take_text();
    pending_.erase(0, 1);
    run_control(first);
    return true;
  }
  const std::size_t size = sequence_size();
  if (size == kIncomplete) return false;
  const std::string sequence = pending_.substr(0, size);
  pending_.erase(0, size);
  if (sequence == kPasteBegin) return is_pasting_ = true;
  run_sequence(std::string_view(sequence).substr(1));
  return true;
}

// ECMA-48: CSI parameters are 0x30-0x3F, intermediates 0x20-0x2F, the last byte is 0x40-0x7E.
std::size_t KeyDecoder::sequence_size() const {
  if (pending_.size() < 2) return kIncomplete;
  if (pending_[1] == kEscape) return 1;
  if (pending_[1] == 'O') return pending_.size() < 3 ? kIncomplete : 3;
  if (pending_[1] != '[') return 2;
  // F1 to F5 of the Linux console are ESC [ [ and a letter.
  if (pending_.size() > 2 && pending_[2] == '[') {
    if (pending_.size() < 4) return kIncomplete;
    return is_control(pending_[3]) ? 3 : 4;
  }
  for (std::size_t i = 2; i < pending_.size(); ++i) {
    const char c = pending_[i];
    if (c >= '@' && c <= '~') return i + 1;
    if (c < ' ' || c > '?' || i >= kSequenceBytesMax) return i;
  }
  return kIncomplete;
}

void KeyDecoder::run_sequence(std::string_view sequence) {
  for (const Sequence& known : kSequences) {
    if (known.bytes == sequence) return press(known.code);
  }
}

void KeyDecoder::run_control(char byte) {
  if (const auto code = control_key(byte)) press(*code);
}

/// The run of characters up to the next control; one that is incomplete waits.
bool KeyDecoder::take_text() {
  std::string text;
  std::size_t at = 0;
  while (at < pending_.size() && !is_control(pending_[at])) {
    const std::string_view rest = std::string_view(pending_).substr(at);
    const CodePoint c = first_code_point(rest);
    if (!c.valid && may_become_character(rest)) break;
    const bool is_c1 = c.value >= 0x80 && c.value < 0xA0;
    if (c.valid && !is_c1) text += pending_.substr(at, c.size);
    at += c.size;
  }
  pending_.erase(0, at);
  if (!text.empty()) on_key_({KeyCode::text, text});
  return at > 0;
}

}  // namespace client
