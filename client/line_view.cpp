#include "client/line_view.hpp"

#include <algorithm>
#include <vector>

#include "client/clusters.hpp"
#include "client/sanitize.hpp"

namespace client {
namespace {

constexpr std::size_t kTextColumnsMin = 8;  // for the text beside the label, where there is room at all

/// A line in clusters. How one is shown is found out only when it is asked for: the window shows a few
/// of a line that may be 64 KiB long.
class Pieces {
 public:
  explicit Pieces(std::string_view text) : text_(text), clusters_(split_clusters(text)) {}

  std::size_t size() const { return clusters_.size(); }
  /// The first that begins at `byte` or behind it.
  std::size_t at(std::size_t byte) const {
    const auto begins_before = [](const Cluster& cluster, std::size_t place) {
      return cluster.begin < place;
    };
    const auto found = std::lower_bound(clusters_.begin(), clusters_.end(), byte, begins_before);
    return static_cast<std::size_t>(found - clusters_.begin());
  }
  std::string shown(std::size_t i) const {
    return sanitize(text_.substr(clusters_[i].begin, clusters_[i].size));
  }
  std::size_t width(std::size_t i) const { return width_of(shown(i)); }
  /// Whether those from `begin` on and before `end` take at most so many columns.
  bool fit(std::size_t begin, std::size_t end, std::size_t columns) const {
    std::size_t used = 0;
    while (begin < end && used <= columns) used += width(begin++);
    return used <= columns;
  }

 private:
  std::string_view text_;
  std::vector<Cluster> clusters_;
};

/// The end of the label that fits.
std::string fitting_label(std::string_view label, std::size_t columns) {
  const std::string clean = sanitize(label);
  std::size_t width = width_of(clean);
  for (const Cluster& cluster : split_clusters(clean)) {
    if (width <= columns) return clean.substr(cluster.begin);
    width -= cluster.width;
  }
  return {};
}

/// The first cluster so that what stands between it and `end` is at most `columns` wide.
std::size_t begin_of_last(const Pieces& pieces, std::size_t end, std::size_t columns) {
  std::size_t used = 0, begin = end;
  for (; begin > 0; --begin) {
    used += pieces.width(begin - 1);
    if (used > columns) break;
  }
  return begin;
}

}  // namespace

VisibleLine LineView::show(std::string_view label, std::string_view text, std::size_t caret,
                           std::size_t columns) {
  const std::size_t row = columns > 1 ? columns - 1 : 1;
  const std::string shown_label = fitting_label(label, row - std::min(row, kTextColumnsMin));
  const std::size_t room = row - std::min(row, width_of(shown_label));
  const Pieces pieces(text);
  const std::size_t caret_at = pieces.at(caret);

  constexpr std::size_t kMarks = 2;  // one on each side
  const std::size_t window = room > kMarks ? room - kMarks : 0;
  const bool fits = pieces.fit(0, pieces.size(), room);
  if (fits) first_ = 0;
  if (!fits && (first_ > caret_at || !pieces.fit(first_, caret_at, window))) {
    first_ = begin_of_last(pieces, caret_at, first_ > caret_at ? window / 3 : window * 2 / 3);
  }

  VisibleLine line{shown_label + (first_ > 0 ? "<" : ""), {}};
  std::size_t used = 0;
  for (std::size_t i = first_; i < pieces.size(); ++i) {
    used += pieces.width(i);
    if (!fits && used > window + (first_ == 0 ? 1 : 0)) {
      line.behind += '>';
      break;
    }
    (i < caret_at ? line.before : line.behind) += pieces.shown(i);
  }
  return line;
}

}  // namespace client
