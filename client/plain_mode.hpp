// Without a terminal that can be drawn on: plain lines in, plain lines out.
#pragma once

#include <uv.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "client/app.hpp"
#include "client/exit_code.hpp"
#include "client/options.hpp"
#include "client/screen.hpp"
#include "client/terminal/standard_input.hpp"

namespace client {

/// Collects bytes into lines; a line end is LF or CR LF.
class LineSplitter {
 public:
  /// Longer lines are cut there, which is beyond what a server takes.
  static constexpr std::size_t kLineBytesMax = 256 * 1024;

  template <class OnLine>
  void take(std::string_view bytes, OnLine on_line) {
    for (const char c : bytes) {
      if (c == '\n') {
        on_line(finish());
      } else if (line_.size() < kLineBytesMax) {
        line_ += c;
      }
    }
  }
  /// What came after the last line end.
  bool has_rest() const { return !line_.empty(); }
  std::string finish();

 private:
  std::string line_;
};

/// Lines and notices go to standard output, problems to standard error; questions only
/// to a person (a terminal without cursor movement).
class PlainScreen final : public Screen {
 public:
  /// `on_unread` is called when nobody reads the output any more.
  explicit PlainScreen(std::function<void()> on_unread) : on_unread_(std::move(on_unread)) {}
  void show(LineKind kind, const std::string& text) override;
  void ask(const Question& question) override;

 private:
  std::function<void()> on_unread_;
  Question question_;
};

/// Runs until the end of input or of the connection.
ExitCode run_plain(uv_loop_t* loop, const Options& options);

}  // namespace client
