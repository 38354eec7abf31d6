#include "client/line_view.hpp"

#include <algorithm>
#include <vector>

#include "client/clusters.hpp"
#include "client/sanitize.hpp"

namespace client {
namespace {

constexpr std::size_t kTextColumnsMin = 8;  // for the text beside the label, where there is room at all

/// A cluster as it is shown.
struct Piece {
  std::string shown;
  std::size_t width = 0;
  bool is_before_caret = false;
};

std::vector<Piece> pieces_of(std::string_view text, std::size_t caret) {
  std::vector<Piece> pieces;
  for (const Cluster& cluster : split_clusters(text)) {
    std::string shown = sanitize(text.substr(cluster.begin, cluster.size));
    const std::size_t width = width_of(shown);
    pieces.push_back({std::move(shown), width, cluster.begin < caret});
  }
  return pieces;
}

std::size_t width_between(const std::vector<Piece>& pieces, std::size_t begin, std::size_t end) {
  std::size_t width = 0;
  for (std::size_t i = begin; i < end; ++i) width += pieces[i].width;
  return width;
}

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
std::size_t begin_of_last(const std::vector<Piece>& pieces, std::size_t end, std::size_t columns) {
  std::size_t width = 0, begin = end;
  while (begin > 0 && width + pieces[begin - 1].width <= columns) width += pieces[--begin].width;
  return begin;
}

}  // namespace

VisibleLine LineView::show(std::string_view label, std::string_view text, std::size_t caret,
                           std::size_t columns) {
  const std::size_t row = columns > 1 ? columns - 1 : 1;
  const std::string shown_label = fitting_label(label, row - std::min(row, kTextColumnsMin));
  const std::size_t room = row - std::min(row, width_of(shown_label));
  const std::vector<Piece> pieces = pieces_of(text, caret);
  const auto behind_caret = [](const Piece& piece) { return !piece.is_before_caret; };
  const auto caret_at =
      static_cast<std::size_t>(std::find_if(pieces.begin(), pieces.end(), behind_caret) - pieces.begin());

  constexpr std::size_t kMarks = 2;  // one on each side
  const std::size_t window = room > kMarks ? room - kMarks : 0;
  const bool fits = width_between(pieces, 0, pieces.size()) <= room;
  if (fits) first_ = 0;
  if (!fits && (first_ > caret_at || width_between(pieces, first_, caret_at) > window)) {
    first_ = begin_of_last(pieces, caret_at, first_ > caret_at ? window / 3 : window * 2 / 3);
  }

  VisibleLine line{shown_label + (first_ > 0 ? "<" : ""), {}};
  std::size_t used = 0;
  for (std::size_t i = first_; i < pieces.size(); ++i) {
    used += pieces[i].width;
    if (!fits && used > window + (first_ == 0 ? 1 : 0)) {
      line.behind += '>';
      break;
    }
    (i < caret_at ? line.before : line.behind) += pieces[i].shown;
  }
  return line;
}

}  // namespace client
