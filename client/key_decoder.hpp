// Bytes of a terminal become keys.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace client {

enum class KeyCode {
  text,   ///< typed characters
  paste,  ///< pasted ones, line feeds among them
  enter,
  line_feed,  ///< Alt-Enter: a line feed inside the text
  left,
  right,
  word_left,
  word_right,
  home,
  end,
  up,
  down,
  backspace,
  erase,  ///< the Delete key
  kill_word,
  kill_to_start,
  kill_to_end,
  yank,
  interrupt,     ///< Ctrl-C
  end_of_input,  ///< Ctrl-D
  redraw,        ///< Ctrl-L
  suspend,       ///< Ctrl-Z
};

struct Key {
  KeyCode code = KeyCode::text;
  std::string
      text{};  ///< of text and paste: valid UTF-8 without control characters, but for line feeds in a paste

  friend bool operator==(const Key&, const Key&) = default;
};

/// Keeps what is incomplete for the next bytes. Whatever it does not know is dropped.
class KeyDecoder {
 public:
  using OnKey = std::function<void(const Key&)>;
  /// A paste is cut there: no message is longer.
  static constexpr std::size_t kPasteBytesMax = 64 * 1024;
  /// Longer escape sequences are no keys.
  static constexpr std::size_t kSequenceBytesMax = 32;

  explicit KeyDecoder(OnKey on_key) : on_key_(std::move(on_key)) {}

  void take(std::string_view bytes);
  /// Whether an escape waits for what follows: alone, it is the Esc key.
  bool has_escape() const { return !pending_.empty() && pending_.front() == '\x1b' && !is_pasting_; }
  /// Nothing followed in time.
  void drop_escape() { pending_.clear(); }

 private:
  bool take_pasted();
  bool take_one();
  std::size_t sequence_size() const;
  void run_sequence(std::string_view sequence);
  void run_control(char byte);
  bool take_text();
  void press(KeyCode code) { on_key_({code, {}}); }

  OnKey on_key_;
  std::string pending_;
  std::string pasted_;
  bool is_pasting_ = false;
};

}  // namespace client
