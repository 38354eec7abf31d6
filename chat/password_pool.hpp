// Worker threads that hash passwords, never the event loop's own.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>

#include <rudp/types.hpp>

#include "chat/hashing.hpp"

namespace chat {

struct HashCompletion {
  OperationId operation = 0;
  HashReply reply;
};

/// A bounded pool: what would wait longer than `wait_max` is answered `busy` at
/// once. Memory at most threads x cost.memory_bytes.
class PasswordPool {
 public:
  struct Options {
    PasswordCost cost;
    std::size_t threads = 1;
    rudp::Duration wait_max = std::chrono::seconds(2);
    /// Called on a worker's thread when a completion waits for poll().
    std::function<void()> wake;
    /// Reads a monotonic clock, from any thread: how long a hash takes decides
    /// how many may wait.
    std::function<rudp::Instant()> clock;
  };

  /// Hashes once, to know how long it takes, then starts the threads.
  explicit PasswordPool(Options options);
  /// Waits for the hashes that are being made; those that wait are dropped.
  ~PasswordPool();
  PasswordPool(const PasswordPool&) = delete;
  PasswordPool& operator=(const PasswordPool&) = delete;

  /// Each submission completes exactly once through poll(), `busy` included.
  void submit(OperationId operation, HashRequest request);
  std::optional<HashCompletion> poll();

  /// False: there is no memory for even one hash, and the pool must not be used.
  bool is_ready() const;

  /// Requests that wait for a thread, and how many may.
  std::size_t queued() const;
  std::size_t queue_max() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace chat
