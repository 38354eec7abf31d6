// Where a conversation is shown: a terminal, or plain lines for a script.
#pragma once

#include <string>

namespace client {

enum class LineKind {
  chat,          ///< of the public room
  private_talk,  ///< from one person to another
  notice,        ///< what happened
  problem,       ///< what could not be done, and the next step
};

/// What the next typed line answers.
struct Question {
  std::string label;     ///< stands before the line; empty: nothing is asked now
  bool hidden = false;   ///< a password: not shown, not remembered
  bool message = false;  ///< text of a message: it comes back as a line once it is stored

  friend bool operator==(const Question&, const Question&) = default;
};

/// Whoever implements it sanitizes every text, so that no caller can forget to.
class Screen {
 public:
  virtual ~Screen() = default;
  virtual void show(LineKind kind, const std::string& text) = 0;
  virtual void ask(const Question& question) = 0;
};

}  // namespace client
