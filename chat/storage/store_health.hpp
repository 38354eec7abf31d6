// How a store is doing, read by one thread while others work.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace chat {

/// For `rchatctl status`.
struct StoreHealth {
  std::string database;  ///< its URL without the password
  bool reachable = false;
  std::string problem;  ///< why it is not, or what went wrong last; empty: nothing
  std::uint64_t reconnects = 0;
  std::uint64_t retries = 0;          ///< transactions done again: deadlocks, cut connections
  std::uint64_t failures = 0;         ///< batches that were answered by a failure
  std::uint64_t slowest_ms = 0;       ///< the longest batch since the start
  std::vector<std::string> warnings;  ///< settings under which acknowledged messages could be lost

  friend bool operator==(const StoreHealth&, const StoreHealth&) = default;
};

/// Safe from several threads at once.
class HealthBoard {
 public:
  StoreHealth read() const {
    const std::lock_guard lock(mutex_);
    return health_;
  }
  template <class Change>
  void change(Change change) {
    const std::lock_guard lock(mutex_);
    change(health_);
  }

 private:
  mutable std::mutex mutex_;
  StoreHealth health_;
};

}  // namespace chat
