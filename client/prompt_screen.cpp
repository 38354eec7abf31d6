#include "client/prompt_screen.hpp"

#include <algorithm>
#include <utility>

#include "client/clusters.hpp"
#include "client/sanitize.hpp"

namespace client {
namespace {

constexpr std::string_view kErase = "\r\x1b[J";
constexpr std::string_view kEraseToEnd = "\x1b[K";
constexpr std::string_view kPlain = "\x1b[0m";

std::string_view colour_of(LineKind kind) {
  switch (kind) {
    case LineKind::private_talk:
      return "\x1b[35m";
    case LineKind::notice:
      return "\x1b[36m";
    case LineKind::problem:
      return "\x1b[31m";
    default:
      return {};
  }
}

}  // namespace

std::string PromptScreen::coloured(LineKind kind, const std::string& text) const {
  const std::string clean = sanitize(text);
  const std::string_view colour = colour_of(kind);
  if (colours_ == Colours::none || colour.empty()) return clean;
  return std::string(colour) + clean + std::string(kPlain);
}

void PromptScreen::show(LineKind kind, const std::string& text) {
  lines_ += coloured(kind, text) + "\r\n";
  if (on_change_) on_change_();
}

void PromptScreen::ask(const Question& question) {
  question_ = question;
  if (on_change_) on_change_();
}

void PromptScreen::commit() {
  if (question_.message) return;
  // Lines that wait came before the answer was given.
  bytes_ = poll_bytes() + "\r\n";
  is_drawn_ = false;
}

/// Where the row became narrower, the terminal has wrapped the prompt into several.
void PromptScreen::resize(std::size_t columns) {
  const std::size_t rows_above = columns > 0 ? drawn_before_ / columns : 0;
  if (is_drawn_ && columns < columns_ && rows_above > 0) {
    bytes_ += "\x1b[" + std::to_string(rows_above) + "A";
  }
  columns_ = std::max<std::size_t>(columns, 1);
  if (!is_drawn_) return;
  bytes_ += kErase;
  is_drawn_ = false;
}

void PromptScreen::redraw() {
  if (is_drawn_) bytes_ += kErase;
  is_drawn_ = false;
}

void PromptScreen::finish() {
  erase_prompt();
  bytes_ += std::exchange(lines_, {});
  is_finished_ = true;
}

void PromptScreen::erase_prompt() {
  if (is_drawn_) bytes_ += kErase;
  is_drawn_ = false;
}

// The caret's column is not computed but reached: the row is written to its end, and
// then once more up to the caret. So it is right whatever width the terminal gives
// to a character.
void PromptScreen::draw_prompt() {
  const std::string text = question_.hidden ? std::string() : editor_.text();
  const std::size_t caret = question_.hidden ? 0 : editor_.caret();
  VisibleLine line = view_.show(question_.label, text, caret, columns_);
  if (is_drawn_ && line == drawn_) return;
  bytes_ += '\r' + line.before + line.behind + std::string(kEraseToEnd);
  if (!line.behind.empty()) bytes_ += '\r' + line.before;
  drawn_before_ = width_of(line.before);
  drawn_ = std::move(line);
  is_drawn_ = true;
}

std::string PromptScreen::poll_bytes() {
  if (is_finished_) return std::exchange(bytes_, {}) + std::exchange(lines_, {});
  if (!lines_.empty()) {
    erase_prompt();
    bytes_ += std::exchange(lines_, {});
  }
  draw_prompt();
  return std::exchange(bytes_, {});
}

}  // namespace client
