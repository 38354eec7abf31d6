// What an app sends before it is known which address of the server answers.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include <rudp/endpoint.hpp>

namespace rudp::uv {

struct EarlyMessage {
  MessageId id = 0;
  ChannelId channel = 0;
  std::vector<std::uint8_t> bytes;
  SendOptions options;
  std::optional<Instant> expires_at;  // the deadline counts from the call of send
};

/// A queue with the same limit as a connection's own; like that it takes a larger message when it is empty.
class EarlyMessages {
 public:
  /// What is assumed that a peer takes, until it says.
  static constexpr std::uint64_t kMessageBytesMax = TransportOptions{}.max_message_bytes;
  /// Counted beside the bytes, so that many empty messages are bounded as well.
  static constexpr std::size_t kMessageCostBytes = sizeof(EarlyMessage);

  explicit EarlyMessages(std::uint64_t limit_bytes) : limit_bytes_(limit_bytes) {}

  /// `id` names the message where it is queued; else would_block or too_large.
  SendResult push(Instant now, MessageId id, ChannelId channel, Bytes bytes, const SendOptions& options);
  bool empty() const { return queue_.empty(); }
  const EarlyMessage& front() const { return queue_.front(); }
  void pop();
  /// Whether push has answered would_block; once.
  bool take_wants_writable() { return std::exchange(wants_writable_, false); }

 private:
  std::uint64_t limit_bytes_;
  std::uint64_t used_bytes_ = 0;
  bool wants_writable_ = false;
  std::deque<EarlyMessage> queue_;
};

/// The app's message ids and the core's. They are the same until early messages make them differ; the core's
/// ids rise with each message.
class MessageIds {
 public:
  /// The id for the next message that waits early.
  MessageId next_early() { return last_ + 1; }
  void on_early(MessageId id) { last_ = id; }
  /// The core took an early message.
  void on_forwarded(MessageId early, MessageId core);
  /// The app's name for a message that the core took.
  MessageId from_core(MessageId core) const;
  /// The same for a message that the core has just taken straight from the app.
  MessageId on_sent(MessageId core);

 private:
  MessageId last_ = 0;    // the newest id that the app was given
  MessageId offset_ = 0;  // app id = core id + offset, modulo 2^64, beyond the early ones
  std::vector<std::pair<MessageId, MessageId>> early_;  // core id, app id; sorted
};

}  // namespace rudp::uv
