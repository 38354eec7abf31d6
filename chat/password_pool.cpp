#include "chat/password_pool.hpp"

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace chat {
namespace {

struct Job {
  OperationId operation = 0;
  HashRequest request;
};

// A password that never reached a worker must not stay in freed memory.
void wipe(HashRequest& request) {
  std::visit([](auto& wanted) { chat::wipe(wanted.password); }, request);
}

}  // namespace

struct PasswordPool::State {
  explicit State(Options wanted) : options(std::move(wanted)), hasher(options.cost) {}

  void work();
  void run_one(std::unique_lock<std::mutex>& lock);
  void note_duration(rudp::Duration took);
  std::size_t queue_max() const;

  const Options options;
  const Hasher hasher;
  mutable std::mutex mutex;
  std::condition_variable ready;
  std::deque<Job> jobs;
  std::deque<HashCompletion> completions;
  rudp::Duration one_hash{1};
  bool stopping = false;
  std::vector<std::thread> threads;
};

std::size_t PasswordPool::State::queue_max() const {
  const auto served = options.wait_max / one_hash * static_cast<std::int64_t>(options.threads);
  return static_cast<std::size_t>(std::clamp<std::int64_t>(served, 1, 10'000));
}

// A moving average over about eight hashes: one that was slow by chance decides little.
void PasswordPool::State::note_duration(rudp::Duration took) {
  one_hash = std::max(rudp::Duration(1), one_hash + (took - one_hash) / 8);
}

void PasswordPool::State::run_one(std::unique_lock<std::mutex>& lock) {
  Job job = std::move(jobs.front());
  jobs.pop_front();
  lock.unlock();
  const rudp::Instant begin = options.clock();
  HashReply reply = hasher.run(job.request);
  const rudp::Duration took = options.clock() - begin;
  lock.lock();
  note_duration(took);
  completions.push_back({job.operation, std::move(reply)});
  lock.unlock();
  options.wake();
  lock.lock();
}

void PasswordPool::State::work() {
  std::unique_lock lock(mutex);
  while (true) {
    ready.wait(lock, [this] { return stopping || !jobs.empty(); });
    if (stopping) return;
    run_one(lock);
  }
}

PasswordPool::PasswordPool(Options options) {
  const std::size_t threads = std::max<std::size_t>(1, options.threads);
  options.threads = threads;
  const auto clock = options.clock;
  const rudp::Instant begin = clock();
  state_ = std::make_unique<State>(std::move(options));
  state_->one_hash = std::max(rudp::Duration(1), clock() - begin);
  for (std::size_t i = 0; i < threads; ++i) {
    state_->threads.emplace_back([state = state_.get()] { state->work(); });
  }
}

PasswordPool::~PasswordPool() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
    for (Job& job : state_->jobs) wipe(job.request);
  }
  state_->ready.notify_all();
  for (std::thread& thread : state_->threads) thread.join();
}

void PasswordPool::submit(OperationId operation, HashRequest request) {
  bool refused = false;
  {
    const std::lock_guard lock(state_->mutex);
    refused = state_->jobs.size() >= state_->queue_max();
    if (refused) {
      wipe(request);
      state_->completions.push_back({operation, {HashStatus::busy, {}}});
    } else {
      state_->jobs.push_back({operation, std::move(request)});
    }
  }
  if (refused) return state_->options.wake();
  state_->ready.notify_one();
}

std::optional<HashCompletion> PasswordPool::poll() {
  const std::lock_guard lock(state_->mutex);
  if (state_->completions.empty()) return std::nullopt;
  HashCompletion completion = std::move(state_->completions.front());
  state_->completions.pop_front();
  return completion;
}

bool PasswordPool::is_ready() const { return state_->hasher.is_ready(); }

std::size_t PasswordPool::queued() const {
  const std::lock_guard lock(state_->mutex);
  return state_->jobs.size();
}

std::size_t PasswordPool::queue_max() const {
  const std::lock_guard lock(state_->mutex);
  return state_->queue_max();
}

}  // namespace chat
