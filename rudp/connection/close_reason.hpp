// The words of a CLOSE: text for people, from a peer that may not mean well.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <rudp/types.hpp>

namespace rudp::connection {

/// The UTF-8 reason of a close is cut at this length, at a character's end.
inline constexpr std::size_t kReasonBytesMax = 512;

/// `reason` as valid UTF-8 of at most kReasonBytesMax bytes: cut before the first
/// byte that is not UTF-8 or does not fit. Control characters stay: escaping is
/// the job of whoever shows it.
std::string clean_reason(Bytes reason);

inline Bytes as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace rudp::connection
