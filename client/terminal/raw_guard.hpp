// The terminal as it was before, however the program ends.
#pragma once

#include <string_view>

#include "client/terminal/standard_input.hpp"

namespace client {

/// Raw input and marked pastes while it lives. A crash (SIGSEGV and its kin) restores
/// the terminal too, before it takes its course. One at a time.
class RawGuard {
 public:
  explicit RawGuard(StandardInput& input);
  ~RawGuard();
  RawGuard(const RawGuard&) = delete;
  RawGuard& operator=(const RawGuard&) = delete;

  /// Gives the terminal back for a while (Ctrl-Z), and takes it again.
  void release();
  void take();

 private:
  StandardInput& input_;
};

}  // namespace client
