#include "message/expiry_queue.hpp"

#include "support/cmocka.hpp"

using rudp::Instant;
using namespace rudp::message;

namespace {

using Messages = rudp::base::SlotMap<OutgoingMessage>;

Instant at(int ms) { return Instant::from_ns(0) + std::chrono::milliseconds(ms); }

void deadlines_come_in_their_order_and_not_before_their_time(void**) {
  Messages messages;
  ExpiryQueue queue;
  assert_false(queue.next().has_value());
  const auto late = messages.insert({}), soon = messages.insert({}), middle = messages.insert({});
  queue.add(at(30), late);
  queue.add(at(10), soon);
  queue.add(at(20), middle);
  assert_true(*queue.next() == at(10));
  assert_false(queue.pop_due(at(9)).has_value());
  assert_true(queue.pop_due(at(25)) == soon);
  assert_true(queue.pop_due(at(25)) == middle);
  assert_false(queue.pop_due(at(25)).has_value());
  assert_true(*queue.next() == at(30));
}

void what_is_done_does_not_wake_anyone(void**) {
  Messages messages;
  ExpiryQueue queue;
  const auto done = messages.insert({}), open = messages.insert({});
  queue.add(at(10), done);
  queue.add(at(20), open);
  messages.erase(done);
  queue.prune(messages);
  assert_true(*queue.next() == at(20));
}

void stale_handles_never_become_the_larger_part(void**) {
  Messages messages;
  ExpiryQueue queue;
  queue.add(at(1), messages.insert({}));
  for (int count = 0; count < 10'000; ++count) {
    const auto handle = messages.insert({});
    queue.add(at(1000), handle);
    messages.erase(handle);
    queue.prune(messages);
    assert_in_range(queue.size(), 1, 65);
  }
  assert_true(queue.pop_due(at(1)).has_value());
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(deadlines_come_in_their_order_and_not_before_their_time),
      cmocka_unit_test(what_is_done_does_not_wake_anyone),
      cmocka_unit_test(stale_handles_never_become_the_larger_part),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
