// One conversation as a client sees it: every message once, in order, gaps known.
#pragma once

#include <cstddef>
#include <map>
#include <optional>

#include "chat/messages.hpp"

namespace chat {

struct Arrival {
  Message message;
  bool from_here = false;
  bool history = false;
};

/// Numbers decide everything: what is at or below `shown` was shown, the next is
/// shown + 1, anything above waits until the gap is filled.
class Timeline {
 public:
  /// Arrivals held beyond a gap; further ones are fetched again.
  static constexpr std::size_t kAheadMax = 256;

  explicit Timeline(Conversation conversation) : conversation_(std::move(conversation)) {}

  const Conversation& conversation() const { return conversation_; }
  /// Whether it is known where to begin.
  bool has_base() const { return has_base_; }
  MessageNumber shown() const { return shown_; }

  /// Nothing up to `number` is to be shown.
  void begin_after(MessageNumber number);
  /// The same, but a message that arrived already is shown: it was not before.
  void begin_before_arrivals(MessageNumber number);
  /// Begins at the first message that arrived: nothing older is missing.
  void begin_with_arrivals();

  /// There are messages up to `number`.
  void learn_last(MessageNumber number);
  /// The server has nothing above `number`: it was restored from a backup, and
  /// gives these numbers again.
  void roll_back_to(MessageNumber number);
  /// The server has nothing more after all.
  void forget_last() { last_ = shown_; }
  /// A message arrived; known ones are dropped.
  void accept(Arrival arrival);
  /// Nothing that did not arrive exists up to `number`.
  void complete_to(MessageNumber number);

  /// The next message to show, where it is there.
  std::optional<Arrival> next();
  /// Something is missing that only a fetch can bring.
  bool is_behind() const { return has_base_ && shown_ < last_; }

 private:
  Conversation conversation_;
  bool has_base_ = false;
  MessageNumber shown_ = 0;
  MessageNumber last_ = 0;
  MessageNumber complete_ = 0;
  std::map<MessageNumber, Arrival> ahead_;
};

}  // namespace chat
