#include "sim/event_queue.hpp"

#include <algorithm>
#include <vector>

#include "support/cmocka.hpp"

using namespace rudp;
using namespace rudp::sim;

namespace {

Instant at(std::int64_t ns) { return Instant::from_ns(ns); }

Action append(std::vector<int>& log, int value) {
  return [&log, value] { log.push_back(value); };
}

void run_all(EventQueue& queue) {
  while (queue.next_at()) std::get<Action>(queue.pop())();
}

void an_empty_queue_has_no_next_time(void**) {
  EventQueue queue;
  assert_false(queue.next_at().has_value());
  assert_int_equal(queue.size(), 0);
}

void the_earliest_comes_first(void**) {
  EventQueue queue;
  std::vector<int> log;
  for (const int value : {5, 1, 4, 2, 3}) queue.push(at(value), append(log, value));
  assert_int_equal(queue.next_at()->ns(), 1);
  run_all(queue);
  assert_true(log == (std::vector<int>{1, 2, 3, 4, 5}));
}

void equal_times_come_in_the_order_of_their_arrival(void**) {
  EventQueue queue;
  std::vector<int> log;
  for (int value = 0; value < 1000; ++value) queue.push(at(value % 3), append(log, value));
  run_all(queue);
  for (std::size_t i = 1; i < log.size(); ++i)
    assert_true(log[i - 1] % 3 < log[i] % 3 || (log[i - 1] % 3 == log[i] % 3 && log[i - 1] < log[i]));
}

void a_datagram_comes_out_as_it_went_in(void**) {
  EventQueue queue;
  const Datagram datagram{.from = Address::v4(1, 2, 3, 4, 5), .ecn = Ecn::ce, .bytes = {1, 2, 3}};
  queue.push(at(1), datagram);
  const Happening popped = queue.pop();
  const auto& out = std::get<Datagram>(popped);
  assert_true(out.from == datagram.from && out.ecn == datagram.ecn && out.bytes == datagram.bytes);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(an_empty_queue_has_no_next_time),
      cmocka_unit_test(the_earliest_comes_first),
      cmocka_unit_test(equal_times_come_in_the_order_of_their_arrival),
      cmocka_unit_test(a_datagram_comes_out_as_it_went_in),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
