// A sender and a receiver at work, each in a process of its own, and what they did in a span of time.
#pragma once

#include <functional>
#include <optional>

#include "bench/board.hpp"
#include "bench/peers/peer.hpp"
#include "bench/process.hpp"

namespace bench {

inline constexpr std::size_t kSmallBytes = 64;
inline constexpr std::size_t kThinBytes = 200;
inline constexpr int kThinPerSecond = 30;

/// What a process does first, before it opens a socket: where it runs, and in which network.
struct Places {
  std::function<void()> sender, receiver;
};

/// Between two moments.
struct Span {
  Duration length{0};
  std::uint64_t bytes = 0, messages = 0;
  Duration sender_cpu{0}, receiver_cpu{0};
};

class Pair {
 public:
  /// Both begin at once.
  Pair(const Transport& transport, const PeerOptions& options, const Places& places);

  /// False: there is no connection after that time.
  bool wait_until_connected(Duration limit);
  Span measure(Duration length);
  /// Lets the sender say no more, and waits until what it said has arrived, at most that long.
  void drain(Duration limit);
  /// Of the thin flow, in microseconds, in the order of arrival.
  std::vector<std::uint32_t> latencies_us() const;
  /// Payload that has arrived so far.
  std::uint64_t bytes() const { return board_->bytes; }
  std::uint64_t messages_sent() const { return board_->sent; }
  ~Pair() { board_->phase = Phase::over; }

 private:
  struct Moment {
    Duration at, sender_cpu, receiver_cpu;
    std::uint64_t bytes, messages;
  };
  Moment take() const;

  SharedMemory<Board> board_;
  std::optional<Process> receiver_, sender_;  // after the board, so that they end before it
};

}  // namespace bench
