// One open stream, as the table of streams keeps it.
#pragma once

#include <cstdint>
#include <optional>

#include <rudp/stream.hpp>
#include <rudp/types.hpp>

#include "stream/receive_stream.hpp"
#include "stream/send_stream.hpp"

namespace rudp::stream {

enum class SendPlace : std::uint8_t {
  idle,              ///< nothing to send for the first time
  active,            ///< in the round of its level
  waits_for_credit,  ///< of the connection
};

/// Control frames that a stream owes its peer, as bits.
enum ControlBit : std::uint8_t { kResetBit = 1, kStopBit = 2, kLimitBit = 4 };

/// What the application is to be told, as bits in the order in which it is.
enum EventBit : std::uint8_t {
  kOpenedBit = 1,
  kReadableBit = 2,
  kWasResetBit = 4,
  kStoppedBit = 8,
  kWritableBit = 16,
  kFinishedBit = 32,
};

/// Its halves live until what they are for is done: the sending one until the peer has everything or knows of
/// the reset, the receiving one until the application has read or given up everything. Not copied, not moved.
struct Stream {
  explicit Stream(StreamId stream_id) : id(stream_id) {}
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  const StreamId id;
  std::optional<SendStream> send;
  std::optional<ReceiveStream> receive;

  std::uint8_t level = 4;
  SendPlace place = SendPlace::idle;
  std::int64_t deficit_bytes = 0;  // of the round
  bool in_lost_queue = false;
  bool in_control_queue = false;
  bool in_event_queue = false;
  bool wants_writable = false;
  bool is_told_readable = false;  // and has not read everything since
  bool was_reset = false;         // by the peer
  std::uint8_t control_due = 0;
  std::uint8_t events = 0;
  std::uint64_t reset_code = 0;      // what we send
  std::uint64_t stop_code = 0;       // what we send
  std::uint64_t peer_reset_code = 0;
  std::uint64_t peer_stop_code = 0;
};

}  // namespace rudp::stream
