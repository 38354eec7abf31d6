#include "message/flow_queue.hpp"

#include <algorithm>
#include <set>

#include "support/dice.hpp"

#include "support/cmocka.hpp"

using namespace rudp::message;
using Handle = FlowQueue::Handle;

namespace {

/// A queue and who waits in it, and how often it had to ask.
struct Line {
  void add(std::uint32_t count) {
    for (; count > 0; --count) {
      waiting.insert(next);
      queue.push_back({next++, 1});
    }
  }
  void remove(std::uint32_t index) {
    queue.remove({index, 1}, [this](Handle other) {
      ++questions;
      return waiting.count(other.index) == 0;
    });
    waiting.erase(index);
  }
  void check_front() const {
    assert_int_equal(queue.empty(), waiting.empty());
    if (!queue.empty()) assert_int_equal(queue.front().index, *waiting.begin());
  }

  FlowQueue queue;
  std::set<std::uint32_t> waiting;
  std::uint32_t next = 0;
  std::size_t questions = 0;
};

void the_first_that_waits_is_in_front_whoever_is_taken_out(void**) {
  test::Dice dice(1);
  Line line;
  for (int step = 0; step < 20'000; ++step) {
    if (line.waiting.empty() || dice.percent(step % 2000 < 1000 ? 60 : 40)) {
      line.add(1);
    } else {
      const auto at = line.waiting.lower_bound(static_cast<std::uint32_t>(dice.below(line.next)));
      line.remove(at == line.waiting.end() ? *line.waiting.begin() : *at);
    }
    line.check_front();
  }
  while (!line.waiting.empty()) line.remove(*line.waiting.rbegin());
  assert_true(line.queue.empty());
}

void each_costs_the_same_wherever_it_stood(void**) {
  constexpr std::uint32_t kCount = 5000;
  // From the front, from the back, and all over.
  for (int order = 0; order < 3; ++order) {
    Line line;
    line.add(kCount);
    for (std::uint32_t step = 0; step < kCount; ++step) {
      const std::uint32_t nth[] = {step, kCount - 1 - step, step * 7919 % kCount};
      line.remove(nth[order]);
    }
    assert_true(line.queue.empty());
    assert_in_range(line.questions, 0, 4 * kCount);
  }
}

void what_is_behind_one_that_stays_is_forgotten(void**) {
  Line line;
  line.add(1);
  std::size_t most = 0;
  for (int round = 0; round < 1000; ++round) {
    const std::size_t before = line.questions;
    line.add(1);
    line.remove(line.next - 1);
    most = std::max(most, line.questions - before);
    line.check_front();
  }
  // Who asks about each that is there asks about few.
  assert_in_range(most, 1, 70);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_first_that_waits_is_in_front_whoever_is_taken_out),
      cmocka_unit_test(each_costs_the_same_wherever_it_stood),
      cmocka_unit_test(what_is_behind_one_that_stays_is_forgotten),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
