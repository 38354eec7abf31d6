// A Store on one thread of its own: many requests in one transaction (group commit).
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>

#include "chat/storage/store.hpp"

namespace chat {

struct ThreadedStoreOptions {
  using Clock = std::chrono::steady_clock;

  /// Longer than one batch of a slow database takes (MariadbOptions::time_limit and one call more).
  /// What waited for so long is answered `busy` and was not begun: whoever asked has waited enough,
  /// and what came later may still be answered in time.
  std::chrono::milliseconds wait_max{10'000};
  /// How long the engine may be left alone.
  std::chrono::milliseconds idle_max{60'000};
  /// Read by the owner and by the store's thread.
  std::function<Clock::time_point()> clock = Clock::now;
};

/// While one transaction is being committed, the next requests gather; they
/// share the next commit and its fsync.
class ThreadedStore final : public Store {
 public:
  static constexpr std::size_t kQueueMax = 8'192;                  // requests; more are answered `busy`
  static constexpr std::size_t kQueueBytesMax = 64 * 1024 * 1024;  // of text waiting in it
  static constexpr std::size_t kBatchMax = 512;                    // requests in one transaction

  /// `wake` is called on the store's thread when completions wait for poll().
  ThreadedStore(std::unique_ptr<StoreEngine> engine, std::function<void()> wake,
                ThreadedStoreOptions options = {});
  /// Does what was submitted and has not waited for too long, then ends the thread.
  ~ThreadedStore() override;

  void submit(OperationId operation, StoreRequest request) override;
  std::optional<StoreCompletion> poll() override;

  /// Requests not yet taken into a transaction.
  std::size_t queued() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace chat
