// Which texts the server stores: nothing that could steer a terminal.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "chat/messages.hpp"

namespace chat {

constexpr std::size_t kTextBytesMaxDefault = 64 * 1024;
constexpr std::size_t kTextMarkRunMax = 8;  // longer runs are drawn over other people's lines

/// Why a text is refused, or nothing. Refused: empty, longer than `bytes_max`,
/// invalid UTF-8, noncharacters, more than 8 combining marks in a row, and every
/// control character (C0, DEL, C1) but line feed and tab.
std::optional<RefusalCode> check_text(std::string_view text, std::size_t bytes_max);

}  // namespace chat
