// chat/storage/threaded_store: order, group commit, bounds of memory and time.
#include "chat/storage/threaded_store.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "chat/store_maker.hpp"

#include "support/cmocka.hpp"

namespace {

using namespace chat;
using namespace std::chrono_literals;

struct Gate {
  std::mutex mutex;
  std::condition_variable changed;
  bool open = true;
  int wakes = 0;
  int signs_of_life = 0;
  std::vector<std::size_t> batches;

  void set(bool is_open) {
    const std::lock_guard lock(mutex);
    open = is_open;
    changed.notify_all();
  }
};

/// An engine that waits at a gate and notes how large the batches are.
class GatedEngine final : public StoreEngine {
 public:
  explicit GatedEngine(Gate& gate) : gate_(gate) {}

  std::vector<StoreReply> apply(std::span<const StoreRequest> batch) override {
    std::unique_lock lock(gate_.mutex);
    gate_.batches.push_back(batch.size());
    gate_.changed.notify_all();
    gate_.changed.wait(lock, [this] { return gate_.open; });
    return model_.apply(batch);
  }
  void keep_alive() override {
    const std::lock_guard lock(gate_.mutex);
    gate_.signs_of_life += 1;
    gate_.changed.notify_all();
  }

 private:
  Gate& gate_;
  MemoryEngine model_;
};

ThreadedStore make_store(Gate& gate, ThreadedStoreOptions options = {}) {
  const auto wake = [&gate] {
    const std::lock_guard lock(gate.mutex);
    gate.wakes += 1;
    gate.changed.notify_all();
  };
  return ThreadedStore(std::make_unique<GatedEngine>(gate), wake, std::move(options));
}

std::vector<StoreCompletion> collect(ThreadedStore& store, Gate& gate, std::size_t count) {
  std::vector<StoreCompletion> all;
  for (int tries = 0; all.size() < count && tries < 5'000; ++tries) {
    while (auto completion = store.poll()) all.push_back(std::move(*completion));
    std::unique_lock lock(gate.mutex);
    if (all.size() < count) gate.changed.wait_for(lock, 20ms);
  }
  return all;
}

void wait_for_batch(Gate& gate, std::size_t count) {
  std::unique_lock lock(gate.mutex);
  gate.changed.wait_for(lock, 60s, [&] { return gate.batches.size() >= count; });
}

void completions_come_in_the_order_of_submission(void**) {
  Gate gate;
  ThreadedStore store = make_store(gate);
  store.submit(1, create_account("bob"));
  for (OperationId id = 2; id <= 500; ++id) store.submit(id, say(1, id, "text"));
  const auto all = collect(store, gate, 500);
  assert_int_equal(all.size(), 500);
  for (std::size_t i = 0; i < all.size(); ++i) assert_int_equal(all[i].operation, i + 1);
  for (std::size_t i = 1; i < all.size(); ++i) assert_int_equal(std::get<Appended>(all[i].reply).number, i);
  assert_true(gate.wakes > 0);
}

void what_gathers_during_a_commit_shares_the_next(void**) {
  Gate gate;
  gate.set(false);
  ThreadedStore store = make_store(gate);
  store.submit(1, create_account("bob"));
  wait_for_batch(gate, 1);
  for (OperationId id = 2; id <= 101; ++id) store.submit(id, say(1, id, "text"));
  gate.set(true);
  assert_int_equal(collect(store, gate, 101).size(), 101);
  assert_int_equal(gate.batches.size(), 2);
  assert_int_equal(gate.batches[1], 100);
}

void a_full_queue_answers_busy_at_once(void**) {
  Gate gate;
  gate.set(false);
  ThreadedStore store = make_store(gate);
  store.submit(1, create_account("bob"));
  wait_for_batch(gate, 1);
  for (OperationId id = 2; id < 2 + ThreadedStore::kQueueMax; ++id) store.submit(id, CountRows{});
  assert_false(store.poll().has_value());
  store.submit(1'000'000, CountRows{});
  const auto refused = store.poll();
  assert_true(refused && refused->operation == 1'000'000);
  assert_true(std::get<StoreFailure>(refused->reply).error == StoreError::busy);
  gate.set(true);
  assert_int_equal(collect(store, gate, 1 + ThreadedStore::kQueueMax).size(), 1 + ThreadedStore::kQueueMax);
}

void the_queue_is_bounded_in_bytes_too(void**) {
  Gate gate;
  gate.set(false);
  ThreadedStore store = make_store(gate);
  store.submit(1, create_account("bob"));
  wait_for_batch(gate, 1);
  const std::string text(1024 * 1024, 'x');
  const std::size_t fit = ThreadedStore::kQueueBytesMax / text.size();
  for (OperationId id = 2; id < 2 + fit; ++id) store.submit(id, say(1, id, text));
  assert_false(store.poll().has_value());
  store.submit(999, say(1, 999, text));
  assert_int_equal(store.poll()->operation, 999);
  gate.set(true);
  assert_int_equal(collect(store, gate, 1 + fit).size(), 1 + fit);
}

/// With a clock that stands still until it is set.
ThreadedStoreOptions with_clock(const std::atomic<int>& seconds) {
  ThreadedStoreOptions options;
  options.clock = [&seconds] {
    return ThreadedStoreOptions::Clock::time_point(std::chrono::seconds(seconds.load()));
  };
  return options;
}

// A disk that stands still for a while: nobody is answered minutes later, and nobody waits
// behind requests whose askers have long gone.
void what_waited_too_long_is_answered_busy_and_not_done(void**) {
  Gate gate;
  gate.set(false);
  std::atomic<int> seconds{0};
  ThreadedStore store = make_store(gate, with_clock(seconds));
  store.submit(1, create_account("bob"));
  wait_for_batch(gate, 1);
  for (OperationId id = 2; id <= 4; ++id) store.submit(id, say(1, id, "too late"));
  seconds = 20;
  store.submit(5, say(1, 5, "in time"));
  gate.set(true);
  const auto all = collect(store, gate, 5);
  assert_int_equal(all.size(), 5);
  for (std::size_t i = 0; i < all.size(); ++i) assert_int_equal(all[i].operation, i + 1);
  assert_true(std::holds_alternative<AccountCreated>(all[0].reply));
  for (std::size_t i = 1; i < 4; ++i)
    assert_true(std::get<StoreFailure>(all[i].reply).error == StoreError::busy);
  assert_int_equal(std::get<Appended>(all[4].reply).number, 1);
}

void what_was_begun_is_done_however_long_it_takes(void**) {
  Gate gate;
  gate.set(false);
  std::atomic<int> seconds{0};
  ThreadedStore store = make_store(gate, with_clock(seconds));
  store.submit(1, create_account("bob"));
  wait_for_batch(gate, 1);
  seconds = 3'600;
  gate.set(true);
  const auto all = collect(store, gate, 1);
  assert_int_equal(all.size(), 1);
  assert_true(std::holds_alternative<AccountCreated>(all[0].reply));
}

void an_engine_of_which_nothing_is_asked_is_kept_alive(void**) {
  Gate gate;
  ThreadedStoreOptions options;
  options.idle_max = 1ms;
  ThreadedStore store = make_store(gate, options);
  std::unique_lock lock(gate.mutex);
  assert_true(gate.changed.wait_for(lock, 60s, [&] { return gate.signs_of_life >= 3; }));
}

void what_was_submitted_is_done_before_the_end(void**) {
  const test::Folder folder;
  {
    auto engine = SqliteEngine::open(folder / "chat.db");
    assert_true(engine.has_value());
    ThreadedStore store(std::move(*engine), [] {});
    store.submit(1, create_account("bob"));
    for (OperationId id = 2; id <= 50; ++id) store.submit(id, say(1, id, "text"));
  }
  auto engine = SqliteEngine::open(folder / "chat.db");
  assert_true(engine.has_value());
  assert_int_equal(std::get<StoreCounts>(apply_one(**engine, CountRows{})).messages, 49);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(completions_come_in_the_order_of_submission),
      cmocka_unit_test(what_gathers_during_a_commit_shares_the_next),
      cmocka_unit_test(a_full_queue_answers_busy_at_once),
      cmocka_unit_test(the_queue_is_bounded_in_bytes_too),
      cmocka_unit_test(what_waited_too_long_is_answered_busy_and_not_done),
      cmocka_unit_test(what_was_begun_is_done_however_long_it_takes),
      cmocka_unit_test(an_engine_of_which_nothing_is_asked_is_kept_alive),
      cmocka_unit_test(what_was_submitted_is_done_before_the_end),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
