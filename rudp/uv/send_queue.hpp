// Datagrams on their way to a socket: runs side by side in one buffer that is allocated once.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include <rudp/endpoint.hpp>

namespace rudp::uv {

/// What one system call's message can carry: equal datagrams to one destination.
struct Chunk {
  Address to;
  Ecn ecn = Ecn::not_ect;
  MutableBytes bytes;
  std::size_t segment_bytes = 0;
  SocketId socket = 0;              // as the run named it
  const Address* source = nullptr;  // null: the system's choice

  std::size_t segments() const { return (bytes.size() + segment_bytes - 1) / segment_bytes; }
};

/// Runs are written at the end and leave at the front, in chunks of as many datagrams as the socket can
/// send at once. When the last has left, the buffer starts anew.
class SendQueue {
 public:
  /// The largest UDP payload over IPv4; a run is sent as one of these where the system can split it.
  static constexpr std::size_t kRunBytesMax = 65'507;
  /// Runs that one flush carries; the Linux socket hands as many to one sendmmsg.
  static constexpr std::size_t kRunsMax = 64;
  /// Four full runs: enough that a flush costs little beside its datagrams, and small enough for the cache.
  static constexpr std::size_t kBytesMax = 4 * kRunBytesMax;

  SendQueue();

  /// Where the next run may be written, kRunBytesMax bytes; empty: flush first.
  MutableBytes space();
  /// Takes the run that was written to the start of space(). REQUIRES: it fits, and no datagram is empty.
  void push(const Transmit& run);

  bool empty() const { return first_ == runs_.size(); }
  /// Writes the next chunks, each of at most `segments_max` datagrams, and returns how many there are.
  /// They stay in the queue until dropped.
  std::size_t peek(std::span<Chunk> chunks, std::size_t segments_max);
  /// Forgets the front `chunk`, as peek returned it.
  void drop(const Chunk& chunk);

 private:
  struct Run {
    Transmit transmit;
    std::size_t offset = 0;  // of its first byte that is still here
    std::size_t end = 0;
  };

  std::unique_ptr<std::uint8_t[]> buffer_;
  std::size_t used_bytes_ = 0;
  std::vector<Run> runs_;
  std::size_t first_ = 0;
};

}  // namespace rudp::uv
