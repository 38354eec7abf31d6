// chat/password_pool: bounded, wakes its owner, answers every request once (threat U1).
#include "chat/password_pool.hpp"

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>

#include "support/cmocka.hpp"

namespace {

using namespace chat;
using namespace std::chrono_literals;

constexpr PasswordCost kCheap{8'192, 1};

rudp::Instant steady_now() {
  return rudp::Instant::from_ns(
      std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count());
}

struct Bell {
  std::mutex mutex;
  std::condition_variable rung;
  int rings = 0;

  void ring() {
    const std::lock_guard lock(mutex);
    rings += 1;
    rung.notify_one();
  }
  void wait_beyond(int seen) {
    std::unique_lock lock(mutex);
    rung.wait_for(lock, 60s, [&] { return rings > seen; });
  }
};

PasswordPool::Options options(Bell& bell, rudp::Duration wait_max) {
  PasswordPool::Options wanted;
  wanted.cost = kCheap;
  wanted.threads = 2;
  wanted.wait_max = wait_max;
  wanted.wake = [&bell] { bell.ring(); };
  wanted.clock = steady_now;
  return wanted;
}

std::map<OperationId, HashReply> collect(PasswordPool& pool, Bell& bell, std::size_t count) {
  std::map<OperationId, HashReply> replies;
  for (int tries = 0; replies.size() < count && tries < 10'000; ++tries) {
    const int seen = [&] {
      const std::lock_guard lock(bell.mutex);
      return bell.rings;
    }();
    while (auto completion = pool.poll()) {
      assert_true(replies.emplace(completion->operation, std::move(completion->reply)).second);
    }
    if (replies.size() < count) bell.wait_beyond(seen);
  }
  return replies;
}

void every_request_is_answered_once(void**) {
  Bell bell;
  PasswordPool pool(options(bell, 60s));
  for (OperationId id = 1; id <= 20; ++id) pool.submit(id, CreateHash{"password " + std::to_string(id)});
  auto replies = collect(pool, bell, 20);
  assert_int_equal(replies.size(), 20);
  for (const auto& entry : replies) {
    assert_true(entry.second.status == HashStatus::created);
    const std::string password = "password " + std::to_string(entry.first);
    assert_true(verify_password(password, entry.second.hash) == PasswordVerdict::match);
  }
}

void what_would_wait_too_long_is_refused_at_once(void**) {
  Bell bell;
  PasswordPool pool(options(bell, 1ns));
  assert_int_equal(pool.queue_max(), 1);
  for (OperationId id = 1; id <= 2'000; ++id) pool.submit(id, VerifyHash{"password", ""});
  auto replies = collect(pool, bell, 2'000);
  assert_int_equal(replies.size(), 2'000);
  std::size_t busy = 0;
  for (const auto& entry : replies) busy += entry.second.status == HashStatus::busy ? 1 : 0;
  assert_true(busy > 0);
  assert_true(busy < 2'000);
}

void slow_hashes_shorten_the_queue(void**) {
  Bell bell;
  PasswordPool::Options wanted = options(bell, 2s);
  std::int64_t ticks = 0;
  std::mutex mutex;
  wanted.clock = [&] {  // every look at the clock finds it 250 ms later
    const std::lock_guard lock(mutex);
    return rudp::Instant::from_ns(++ticks * 250'000'000);
  };
  PasswordPool pool(wanted);
  assert_int_equal(pool.queue_max(), 16);  // 2 s / 250 ms on two threads
}

void without_memory_for_one_hash_it_is_not_ready(void**) {
  Bell bell;
  PasswordPool::Options wanted = options(bell, 2s);
  assert_true(PasswordPool(wanted).is_ready());
  wanted.cost.memory_bytes = std::uint64_t{1} << 60;
  assert_false(PasswordPool(wanted).is_ready());
}

void a_pool_that_ends_with_work_waiting_ends(void**) {
  Bell bell;
  PasswordPool pool(options(bell, 60s));
  for (OperationId id = 1; id <= 500; ++id) pool.submit(id, CreateHash{"password"});
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(every_request_is_answered_once),
      cmocka_unit_test(what_would_wait_too_long_is_refused_at_once),
      cmocka_unit_test(slow_hashes_shorten_the_queue),
      cmocka_unit_test(without_memory_for_one_hash_it_is_not_ready),
      cmocka_unit_test(a_pool_that_ends_with_work_waiting_ends),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
