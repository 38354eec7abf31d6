// Which of many is due first.
#include "endpoint/deadline_heap.hpp"

#include <algorithm>
#include <map>
#include <vector>

#include "support/cmocka.hpp"

using rudp::Instant;
using rudp::endpoint::DeadlineHeap;

namespace {

Instant at(std::uint64_t ns) { return Instant::from_ns(static_cast<std::int64_t>(ns)); }

void an_empty_heap_has_no_deadline(void**) {
  DeadlineHeap heap;
  assert_false(heap.earliest().has_value());
  heap.remove(5);
  assert_int_equal(heap.size(), 0);
}

void deadlines_set_after_a_reserve_come_out_in_order(void**) {
  DeadlineHeap heap;
  constexpr std::uint32_t kMany = 5'000;
  for (std::uint32_t slot = 0; slot < kMany; ++slot) {
    heap.reserve(slot + std::size_t{1});
    heap.set(slot, at(1 + (slot * 7919U) % kMany));
  }
  for (std::uint64_t expected = 1; expected <= kMany; ++expected) {
    assert_true(heap.earliest()->at == at(expected));
    heap.remove(heap.earliest()->slot);
  }
  assert_int_equal(heap.size(), 0);
}

void the_end_of_time_removes_a_deadline(void**) {
  DeadlineHeap heap;
  heap.set(3, at(10));
  heap.set(3, Instant::max());
  assert_false(heap.earliest().has_value());
}

void random_moves_agree_with_a_sorted_map(void**) {
  DeadlineHeap heap;
  std::map<std::uint32_t, Instant> model;
  std::uint64_t draw = 1;
  for (int i = 0; i < 20'000; ++i) {
    draw = draw * 6364136223846793005U + 1442695040888963407U;
    const auto slot = static_cast<std::uint32_t>(draw >> 40) % 200;
    const bool remove = (draw >> 33) % 4 == 0;
    const Instant deadline = remove ? Instant::max() : at((draw >> 20) % 1000);
    heap.set(slot, deadline);
    if (remove) model.erase(slot);
    if (!remove) model[slot] = deadline;
    Instant earliest = Instant::max();
    for (const auto& [unused, when] : model) earliest = when < earliest ? when : earliest;
    assert_int_equal(heap.size(), model.size());
    if (model.empty()) continue;
    assert_true(heap.earliest()->at == earliest);
    assert_true(model[heap.earliest()->slot] == earliest);
  }
}

// Threat R6. Anything but a few steps for each of them would not end before the time of a test does.
void millions_of_deadlines_of_one_instant_come_out_like_as_many_different_ones(void**) {
  constexpr std::uint32_t kMany = 3'000'000;
  for (const std::uint64_t apart : {std::uint64_t{0}, std::uint64_t{1}}) {
    DeadlineHeap heap;
    for (std::uint32_t slot = 0; slot < kMany; ++slot) heap.set(slot, at(1 + apart * (kMany - slot)));
    for (std::uint32_t slot = 0; slot < kMany; slot += 2) heap.set(slot, at(2 + apart * (kMany - slot)));
    std::vector<bool> seen(kMany);
    Instant last;
    while (const auto due = heap.earliest()) {
      assert_true(due->at >= last && !seen[due->slot]);
      last = due->at;
      seen[due->slot] = true;
      heap.remove(due->slot);
    }
    assert_true(std::find(seen.begin(), seen.end(), false) == seen.end());
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(an_empty_heap_has_no_deadline),
      cmocka_unit_test(deadlines_set_after_a_reserve_come_out_in_order),
      cmocka_unit_test(the_end_of_time_removes_a_deadline),
      cmocka_unit_test(random_moves_agree_with_a_sorted_map),
      cmocka_unit_test(millions_of_deadlines_of_one_instant_come_out_like_as_many_different_ones),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
