// The part of a long line that one row of the terminal shows.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace client {

/// What stands before and behind the caret, ready to be written.
struct VisibleLine {
  std::string before;
  std::string behind;

  friend bool operator==(const VisibleLine&, const VisibleLine&) = default;
};

/// Scrolls so that the caret stays in sight, and no further than it must.
class LineView {
 public:
  /// At most `columns` - 1 columns are used, so that the terminal never wraps. `label` is
  /// cut from its left where the row is too short for both. Marks < and > tell that the line goes on.
  VisibleLine show(std::string_view label, std::string_view text, std::size_t caret, std::size_t columns);

 private:
  std::size_t first_ = 0;  ///< index of the first cluster in sight
};

}  // namespace client
