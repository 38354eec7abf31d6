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
  struct Batch {
    std::vector<OperationId> operations;
    std::vector<StoreRequest> requests;
  };

  Batch take_batch();
  void complete(const Batch& batch, std::vector<StoreReply> replies);
  void work();
  bool is_full(const StoreRequest& next) const {
    return queue.size() >= kQueueMax || queue_bytes + text_bytes(next) > kQueueBytesMax;
  }

  std::unique_ptr<StoreEngine> engine;
  std::function<void()> wake;
  mutable std::mutex mutex;
  std::condition_variable ready;
  std::deque<std::pair<OperationId, StoreRequest>> queue;
  std::size_t queue_bytes = 0;
  std::deque<StoreCompletion> completions;
  bool stopping = false;
  std::thread thread;
};

// REQUIRES: the mutex is held.
ThreadedStore::State::Batch ThreadedStore::State::take_batch() {
  Batch batch;
  while (!queue.empty() && batch.requests.size() < kBatchMax) {
    queue_bytes -= text_bytes(queue.front().second);
    batch.operations.push_back(queue.front().first);
    batch.requests.push_back(std::move(queue.front().second));
    queue.pop_front();
  }
  return batch;
}

void ThreadedStore::State::complete(const Batch& batch, std::vector<StoreReply> replies) {
  const std::lock_guard lock(mutex);
  for (std::size_t i = 0; i < replies.size(); ++i) {
    completions.push_back({batch.operations[i], std::move(replies[i])});
  }
}

void ThreadedStore::State::work() {
  std::unique_lock lock(mutex);
  while (true) {
    ready.wait(lock, [this] { return stopping || !queue.empty(); });
    if (queue.empty()) return;
    const Batch batch = take_batch();
    lock.unlock();
    complete(batch, engine->apply(batch.requests));
    wake();
    lock.lock();
  }
}

ThreadedStore::ThreadedStore(std::unique_ptr<StoreEngine> engine, std::function<void()> wake)
    : state_(std::make_unique<State>()) {
  state_->engine = std::move(engine);
  state_->wake = std::move(wake);
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
      state_->queue.emplace_back(operation, std::move(request));
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
