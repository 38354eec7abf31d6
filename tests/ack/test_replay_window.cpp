#include "ack/replay_window.hpp"

#include <cstdint>
#include <set>

#include "support/dice.hpp"

#include "support/cmocka.hpp"

using rudp::PacketNumber;
using rudp::ack::kReplayBitsMax;
using rudp::ack::kReplayBitsMin;
using rudp::ack::ReplayWindow;

namespace {

// As many as are surely told exactly once the window has grown.
constexpr PacketNumber kCapacityMax = kReplayBitsMax - 64;

ReplayWindow window_at(PacketNumber highest) {
  ReplayWindow window;
  window.accept(highest);
  return window;
}

void every_number_is_accepted_once_P4(void**) {
  ReplayWindow window;
  for (PacketNumber number = 0; number < 3 * kReplayBitsMax; ++number) {
    assert_true(window.is_new(number));
    window.accept(number);
    assert_false(window.is_new(number));
  }
}

void asking_leaves_no_trace_P4(void**) {
  ReplayWindow window = window_at(100);
  for (int i = 0; i < 3; ++i) assert_true(window.is_new(5'000'000));
  assert_true(window.is_new(99));
  assert_true(window.is_new(101));
}

void the_edge_is_exact_at_every_alignment_P4(void**) {
  for (PacketNumber highest = 2 * kReplayBitsMax; highest < 2 * kReplayBitsMax + 130; ++highest) {
    const ReplayWindow window = window_at(highest);
    assert_int_equal(window.capacity(), kCapacityMax);
    assert_false(window.is_new(highest));
    for (PacketNumber age = 1; age <= kCapacityMax; ++age) assert_true(window.is_new(highest - age));
    assert_false(window.is_new(highest - kReplayBitsMax));
    assert_false(window.is_new(0));
  }
}

// Threat P4.
void a_jump_of_any_length_forgets_exactly_what_left_the_window(void**) {
  for (PacketNumber jump = 1; jump < 2 * kReplayBitsMax; ++jump) {
    ReplayWindow window = window_at(10'000);
    window.accept(10'000 - 7);
    window.accept(10'000 + jump);
    assert_false(window.is_new(10'000));
    assert_false(window.is_new(10'000 - 7));
    if (jump > 1) assert_true(window.is_new(10'000 + jump - 1));
    if (jump < kCapacityMax - 8) assert_true(window.is_new(10'000 - 8));
  }
}

void a_small_connection_keeps_the_small_window(void**) {
  ReplayWindow window;
  for (PacketNumber number = 0; number < kReplayBitsMin; ++number) window.accept(number);
  assert_int_equal(window.capacity(), kReplayBitsMin - 64);
}

// Threat P4.
void a_rest_gives_memory_back_and_takes_nothing_twice(void**) {
  ReplayWindow window;
  for (PacketNumber number = 0; number < 3'000; number += 3) window.accept(number);
  window.rest();
  assert_int_equal(window.capacity(), kReplayBitsMin - 64);
  // It grows again with the next one; what it could not tell since it rested stays refused.
  for (const PacketNumber next : {2'998, 3'010}) {
    for (PacketNumber number = 0; number < 2'997 - kReplayBitsMin; ++number)
      assert_false(window.is_new(number));
    for (PacketNumber number = 2'997 - window.capacity(); number < 2'998; ++number)
      assert_int_equal(window.is_new(number), number + kReplayBitsMin > 2'997 && number % 3 != 0);
    window.accept(next);
    assert_false(window.is_new(next));
  }
}

// Threat P4.
void no_number_is_taken_twice_however_often_it_rests(void**) {
  ReplayWindow window;
  std::set<PacketNumber> seen;
  test::Dice dice(43);
  for (int step = 0; step < 100'000; ++step) {
    if (dice.below(100) == 0) window.rest();
    const PacketNumber number = static_cast<PacketNumber>(step) / 8 + dice.below(300);
    if (!window.is_new(number)) continue;
    assert_true(seen.insert(number).second);
    window.accept(number);
  }
  assert_true(seen.size() > 10'000);
}

void growing_forgets_nothing(void**) {
  ReplayWindow window;
  for (PacketNumber number = 0; number < kReplayBitsMax; number += 3) window.accept(number);
  for (PacketNumber number = 0; number < kReplayBitsMax; ++number) {
    if (number % 3 == 0) assert_false(window.is_new(number));
    if (number % 3 != 0 && number >= 64) assert_true(window.is_new(number));
  }
}

void numbers_near_the_last_possible_one_work(void**) {
  ReplayWindow window = window_at(rudp::kPacketNumberMax - 1);
  assert_true(window.is_new(rudp::kPacketNumberMax));
  window.accept(rudp::kPacketNumberMax);
  assert_false(window.is_new(rudp::kPacketNumberMax));
  assert_true(window.is_new(rudp::kPacketNumberMax - 2));
}

// Threat P4.
// Against a set that remembers all: what is accepted twice would be a replay, and inside the capacity nothing
// new may be refused.
void a_random_walk_agrees_with_a_set(void**) {
  ReplayWindow window;
  std::set<PacketNumber> seen;
  test::Dice dice(42);
  PacketNumber highest = 0;
  for (int step = 0; step < 200'000; ++step) {
    const PacketNumber back = dice.below(step % 7 == 0 ? 6000 : 50);
    const PacketNumber number = highest + 20 > back ? highest + 20 - back : 0;
    const bool is_new = window.is_new(number);
    if (seen.count(number) > 0) assert_false(is_new);
    if (seen.count(number) == 0 && number + window.capacity() >= highest) assert_true(is_new);
    if (!is_new) continue;
    window.accept(number);
    seen.insert(number);
    highest = number > highest ? number : highest;
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(every_number_is_accepted_once_P4),
      cmocka_unit_test(asking_leaves_no_trace_P4),
      cmocka_unit_test(the_edge_is_exact_at_every_alignment_P4),
      cmocka_unit_test(a_jump_of_any_length_forgets_exactly_what_left_the_window),
      cmocka_unit_test(a_small_connection_keeps_the_small_window),
      cmocka_unit_test(no_number_is_taken_twice_however_often_it_rests),
      cmocka_unit_test(a_rest_gives_memory_back_and_takes_nothing_twice),
      cmocka_unit_test(growing_forgets_nothing),
      cmocka_unit_test(numbers_near_the_last_possible_one_work),
      cmocka_unit_test(a_random_walk_agrees_with_a_set),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
