// What happened: a hash over all of it and the last lines in words.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <rudp/sim.hpp>

namespace rudp::sim {

/// A hash of bytes, equal on every machine. Not for adversaries.
std::uint64_t hash_bytes(Bytes bytes);

/// One thing that happened, small enough that millions can be noted; words are made only on demand.
struct Note {
  enum class What : std::uint8_t {
    trace,
    sent,
    received,
    injected,
    filtered,
    unroutable,
    event,
    connect,
    send,
    close,
    crash,
    restart,
    rebind,
    shift_clock,
    timeout,
    migrate,
    open_stream,
    write,
    read,
    reset_stream,
    stop_sending,
    stream_priority,
  };
  What what = What::trace;
  std::uint8_t kind = 0;  ///< TraceKind, EventType, SendStatus or WriteStatus
  NodeId node{};
  Instant at{};
  ConnectionHandle connection{};
  std::uint64_t number = 0, a = 0, b = 0;
  Address from{}, to{};
};

/// Keeps a rolling hash over all notes and the last few of them.
class TraceLog {
 public:
  /// REQUIRES: lines > 0.
  explicit TraceLog(std::size_t lines) : ring_(lines) {}

  void note(const Note& note);
  std::uint64_t hash() const { return hash_; }
  /// The last notes, oldest first, a line each.
  std::string text() const;

 private:
  std::vector<Note> ring_;
  std::uint64_t count_ = 0;
  std::uint64_t hash_ = 0;
};

}  // namespace rudp::sim
