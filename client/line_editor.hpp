// The line that is being typed: keys in, text and caret out. Knows nothing of a screen.
//
// The caret stands between grapheme clusters, never inside one.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

#include "client/key_decoder.hpp"

namespace client {

class LineEditor {
 public:
  /// No message is longer; what goes beyond it is not taken.
  static constexpr std::size_t kBytesMax = 64 * 1024;
  /// Lines that Up brings back; the oldest is forgotten first.
  static constexpr std::size_t kHistoryMax = 500;

  /// False: there is nothing that the key could do here. Keys that are not for the text
  /// (enter, interrupt, redraw...) are left to the caller.
  bool handle(const Key& key);

  const std::string& text() const { return text_; }
  /// In bytes.
  std::size_t caret() const { return caret_; }
  bool empty() const { return text_.empty(); }

  /// Takes the line away and begins a new one; `remember` keeps it for Up.
  std::string take(bool remember);
  /// Throws the line away; the kill buffer has it.
  void clear();
  /// Wipes the line and the kill buffer: it was a secret.
  void forget();

 private:
  bool insert(std::string_view typed);
  bool erase(std::size_t begin, std::size_t end);
  bool kill(std::size_t begin, std::size_t end);
  bool move_to(std::size_t caret);
  bool recall_older();
  bool recall_newer();
  void replace_by(const std::string& text);
  std::size_t before(std::size_t at) const;
  std::size_t behind(std::size_t at) const;
  std::size_t word_before(std::size_t at) const;
  std::size_t word_behind(std::size_t at) const;

  std::string text_;
  std::size_t caret_ = 0;
  std::string killed_;
  std::deque<std::string> history_;  ///< newest last
  std::size_t age_ = 0;              ///< 0: the line itself; 1: the newest of history
  std::string draft_;                ///< the line itself, while history is looked at
};

}  // namespace client
