// Which names people may take, and when two names are the same or look the same.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <rudp/error.hpp>

#include "chat/messages.hpp"

namespace chat {

constexpr std::size_t kNameCodePointsMax = 32;  // fits a terminal column beside its text
constexpr std::size_t kNameMarkRunMax = 4;      // more marks on one letter run into other lines

/// A name that passed the rules.
struct Name {
  std::string display;   ///< NFKC: how everybody sees it
  std::string key;       ///< NFKC_Casefold: equal for the same name in another spelling
  std::string skeleton;  ///< equal for names that look alike (UTS #39)

  friend bool operator==(const Name&, const Name&) = default;
};

/// 1 to 32 letters, digits, marks, "_", "-", "." or "·" in one script (Chinese,
/// Japanese and Korean mixes count as one), beginning with a letter or digit; no
/// spaces, controls, bidi marks or zero-width characters.
/// Errors: name_empty, name_too_long, name_characters, name_mixed_scripts.
rudp::Result<Name, RefusalCode> check_name(std::string_view typed);

}  // namespace chat
