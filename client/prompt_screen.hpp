// The bottom row of a terminal is a prompt with the line that is being typed; what
// arrives is written above it, whole, and the prompt again below.
//
// It makes bytes; whoever owns the terminal writes them.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <utility>

#include "client/line_editor.hpp"
#include "client/line_view.hpp"
#include "client/screen.hpp"

namespace client {

enum class Colours { none, ansi };

class PromptScreen final : public Screen {
 public:
  /// Borrows the editor, whose line it shows.
  PromptScreen(const LineEditor& editor, Colours colours) : editor_(editor), colours_(colours) {}

  void show(LineKind kind, const std::string& text) override;
  void ask(const Question& question) override;
  const Question& question() const { return question_; }
  /// Called whenever there is something new to be drawn.
  void on_change(std::function<void()> callback) { on_change_ = std::move(callback); }

  /// The line was given: a message goes away, for it comes back once it is stored; an
  /// answer stays where it is.
  void commit();
  void resize(std::size_t columns);
  /// From a clean row, as after the terminal was used by somebody else.
  void redraw();
  void ring() { bytes_ += '\a'; }
  /// The row of the prompt is left empty, for good.
  void finish();

  /// What is to be written now, in one go; empty where nothing has changed.
  std::string poll_bytes();

 private:
  void erase_prompt();
  void draw_prompt();
  std::string coloured(LineKind kind, const std::string& text) const;

  const LineEditor& editor_;
  const Colours colours_;
  std::function<void()> on_change_;
  LineView view_;
  Question question_;
  std::size_t columns_ = 80;
  std::string bytes_;
  std::string lines_;  ///< to be written above the prompt
  VisibleLine drawn_;  ///< the prompt as it stands on the screen
  bool is_drawn_ = false, is_finished_ = false;
  std::size_t drawn_before_ = 0;  ///< columns up to the caret
};

}  // namespace client
