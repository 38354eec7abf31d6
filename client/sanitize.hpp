// The one way by which words of others reach a terminal: what could steer it, hide
// or turn around text becomes visible.
#pragma once

#include <string>
#include <string_view>

namespace client {

/// One line of valid UTF-8 without control characters. Shown as \u{1B} and the like:
/// C0, DEL and C1 (threat T1), everything that changes direction (T2) or has no
/// shape of its own, combining marks beyond kMarksMax on one letter; bytes that are no UTF-8 as
/// \x{FF}. A line feed becomes ⏎ (T4), a tab a blank. Joiners and variation
/// selectors stay where they make an emoji or choose the form of a character.
std::string sanitize(std::string_view text);

constexpr int kMarksMax = 8;  // the server refuses more

}  // namespace client
