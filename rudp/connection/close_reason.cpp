#include "connection/close_reason.hpp"

namespace rudp::connection {
namespace {

bool is_continuation(std::uint8_t byte) { return (byte & 0xc0) == 0x80; }

/// The smallest code point that needs this many bytes; below it an encoding is overlong.
constexpr std::uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};

std::size_t announced_length(std::uint8_t first) {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first < 0xe0) return 2;
  if (first >= 0xe0 && first < 0xf0) return 3;
  if (first >= 0xf0 && first < 0xf5) return 4;
  return 0;
}

/// The length of the character at the front (RFC 3629), 0 where there is none.
std::size_t character_length(Bytes text) {
  const std::size_t length = announced_length(text[0]);
  if (length <= 1) return length;
  if (length > text.size()) return 0;
  std::uint32_t point = text[0] & (0x7fu >> length);
  for (std::size_t at = 1; at < length; ++at) {
    if (!is_continuation(text[at])) return 0;
    point = point << 6 | (text[at] & 0x3f);
  }
  const bool surrogate = point >= 0xd800 && point < 0xe000;
  return point < kSmallest[length] || point > 0x10ffff || surrogate ? 0 : length;
}

}  // namespace

std::string clean_reason(Bytes reason) {
  std::size_t end = 0;
  while (end < reason.size()) {
    const std::size_t length = character_length(reason.subspan(end));
    if (length == 0 || end + length > kReasonBytesMax) break;
    end += length;
  }
  return std::string(reinterpret_cast<const char*>(reason.data()), end);
}

}  // namespace rudp::connection
