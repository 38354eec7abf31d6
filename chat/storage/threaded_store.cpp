#include "chat/storage/threaded_store.hpp"

#include <condition_variable>
#include <deque>
#include <iterator>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace chat {
namespace {

// What a request holds beside its fixed size; only texts are large.
std::size_t text_bytes(const StoreRequest& request) {
  const auto* append = std::get_if<AppendMessage>(&request);
  return append == nullptr ? 0 : append->text.size();
}

}  // namespace

struct ThreadedStore::State {
  using Instant = ThreadedStoreOptions::Clock::time_point;

  struct Waiting {
    OperationId operation = 0;
    StoreRequest request;
    Instant since{};
  };
  struct Batch {
    std::vector<OperationId> operations;
    std::vector<StoreRequest> requests;
  };

  Waiting take_first();
  bool answer_late();
  Batch take_batch();
  void complete(const Batch& batch, std::vector<StoreReply> replies);
  void apply(const Batch& batch);
  void work();
  bool is_full(const StoreRequest& next) const {
    return queue.size() >= kQueueMax || queue_bytes + text_bytes(next) > kQueueBytesMax;
  }

  std::unique_ptr<StoreEngine> engine;
  std::function<void()> wake;
  ThreadedStoreOptions options;
  mutable std::mutex mutex;
  std::condition_variable ready;
  std::deque<Waiting> queue;
  std::size_t queue_bytes = 0;
  std::deque<StoreCompletion> completions;
  bool stopping = false;
  std::thread thread;
};

// REQUIRES: the mutex is held, here and in the next two, and the queue is not empty.
ThreadedStore::State::Waiting ThreadedStore::State::take_first() {
  Waiting first = std::move(queue.front());
  queue_bytes -= text_bytes(first.request);
  queue.pop_front();
  return first;
}

// The oldest stand in front. True where there were any.
bool ThreadedStore::State::answer_late() {
  const std::size_t before = queue.size();
  const Instant now = options.clock();
  while (!queue.empty() && now - queue.front().since > options.wait_max) {
    completions.push_back({take_first().operation, StoreFailure{StoreError::busy, "it waited too long"}});
  }
  return queue.size() < before;
}

ThreadedStore::State::Batch ThreadedStore::State::take_batch() {
  Batch batch;
  while (!queue.empty() && batch.requests.size() < kBatchMax) {
    Waiting first = take_first();
    batch.operations.push_back(first.operation);
    batch.requests.push_back(std::move(first.request));
  }
  return batch;
}

void ThreadedStore::State::complete(const Batch& batch, std::vector<StoreReply> replies) {
  const std::lock_guard lock(mutex);
  for (std::size_t i = 0; i < replies.size(); ++i) {
    completions.push_back({batch.operations[i], std::move(replies[i])});
  }
}

void ThreadedStore::State::apply(const Batch& batch) {
  complete(batch, engine->apply(batch.requests));
  wake();
}

void ThreadedStore::State::work() {
  std::unique_lock lock(mutex);
  while (true) {
    const bool asked = ready.wait_for(lock, options.idle_max, [this] { return stopping || !queue.empty(); });
    if (asked && queue.empty()) return;
    const bool any_late = answer_late();
    const Batch batch = take_batch();
    lock.unlock();
    if (any_late) wake();
    if (!batch.requests.empty()) apply(batch);
    if (!asked) engine->keep_alive();
    lock.lock();
  }
}

ThreadedStore::ThreadedStore(std::unique_ptr<StoreEngine> engine, std::function<void()> wake,
                             ThreadedStoreOptions options)
    : state_(std::make_unique<State>()) {
  state_->engine = std::move(engine);
  state_->wake = std::move(wake);
  state_->options = std::move(options);
  state_->thread = std::thread([state = state_.get()] { state->work(); });
}

ThreadedStore::~ThreadedStore() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->ready.notify_one();
  state_->thread.join();
}

void ThreadedStore::submit(OperationId operation, StoreRequest request) {
  bool refused = false;
  {
    const std::lock_guard lock(state_->mutex);
    refused = state_->is_full(request);
    if (refused) {
      state_->completions.push_back({operation, StoreFailure{StoreError::busy, "the queue is full"}});
    } else {
      state_->queue_bytes += text_bytes(request);
      state_->queue.push_back({operation, std::move(request), state_->options.clock()});
    }
  }
  if (refused) return state_->wake();
  state_->ready.notify_one();
}

std::optional<StoreCompletion> ThreadedStore::poll() {
  const std::lock_guard lock(state_->mutex);
  if (state_->completions.empty()) return std::nullopt;
  StoreCompletion completion = std::move(state_->completions.front());
  state_->completions.pop_front();
  return completion;
}

std::size_t ThreadedStore::queued() const {
  const std::lock_guard lock(state_->mutex);
  return state_->queue.size();
}

}  // namespace chat
