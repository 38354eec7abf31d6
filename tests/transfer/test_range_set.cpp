#include "transfer/range_set.hpp"

#include <algorithm>
#include <vector>

#include "support/dice.hpp"

#include "support/cmocka.hpp"

using rudp::transfer::Range;
using rudp::transfer::RangeSet;

namespace {

void overlapping_and_touching_ranges_join(void**) {
  RangeSet set;
  assert_int_equal(set.add({10, 20}), 10);
  assert_int_equal(set.add({30, 40}), 10);
  assert_int_equal(set.size(), 2);
  assert_int_equal(set.add({20, 30}), 10);
  assert_int_equal(set.size(), 1);
  assert_true(set.front() == (Range{10, 40}));
}

void what_is_there_already_is_not_new(void**) {
  RangeSet set;
  set.add({10, 20});
  assert_int_equal(set.add({12, 18}), 0);
  assert_int_equal(set.add({5, 25}), 10);
  assert_int_equal(set.add({7, 7}), 0);
  assert_int_equal(set.size(), 1);
}

void a_removal_in_the_middle_splits(void**) {
  RangeSet set;
  set.add({0, 100});
  assert_int_equal(set.remove({40, 60}), 20);
  assert_int_equal(set.size(), 2);
  assert_true(set.contains({0, 40}));
  assert_true(set.contains({60, 100}));
  assert_false(set.contains({39, 41}));
  assert_int_equal(set.remove({40, 60}), 0);
}

void the_first_gap_is_the_lowest_missing_part(void**) {
  RangeSet set;
  set.add({10, 20});
  set.add({30, 40});
  assert_true(set.first_gap({0, 50}) == (Range{0, 10}));
  assert_true(set.first_gap({10, 50}) == (Range{20, 30}));
  assert_true(set.first_gap({15, 25}) == (Range{20, 25}));
  assert_true(set.first_gap({32, 50}) == (Range{40, 50}));
  assert_true(set.first_gap({30, 40}).empty());
}

void only_what_overlaps_or_touches_joins(void**) {
  RangeSet set;
  assert_false(set.joins({0, 5}));
  set.add({10, 20});
  assert_true(set.joins({20, 21}));
  assert_true(set.joins({5, 10}));
  assert_false(set.joins({5, 9}));
  assert_false(set.joins({21, 30}));
}

void check_against_model(const RangeSet& set, const std::vector<bool>& model, Range asked) {
  std::uint64_t gap = asked.begin;
  while (gap < asked.end && model[gap]) ++gap;
  const Range found = set.first_gap(asked);
  assert_int_equal(found.empty(), gap == asked.end);
  if (!found.empty()) assert_int_equal(found.begin, gap);
  std::uint64_t last_end = 0;
  set.for_each([&](Range range) {
    assert_true(range.begin < range.end);
    assert_true(last_end == 0 || range.begin > last_end);
    last_end = range.end;
  });
}

/// Ranges of up to `most` offsets among `span`.
void check_random_use(std::uint64_t span, std::uint64_t most, int steps) {
  test::Dice dice(1);
  RangeSet set;
  std::vector<bool> model(span, false);
  for (int step = 0; step < steps; ++step) {
    const std::uint64_t begin = dice.below(span);
    const Range range{begin, begin + dice.below(std::min(most, span - begin) + 1)};
    const bool adds = dice.percent(50);
    std::uint64_t changed = 0;
    for (std::uint64_t at = range.begin; at < range.end; ++at) {
      changed += model[at] != adds ? 1 : 0;
      model[at] = adds;
    }
    assert_int_equal(adds ? set.add(range) : set.remove(range), changed);
    check_against_model(set, model, {dice.below(span), span});
  }
}

void it_agrees_with_a_bitmap_under_random_use(void**) {
  check_random_use(200, 200, 20'000);
  check_random_use(2000, 3, 20'000);
}

// Threat S14.
void ranges_that_come_from_behind_leave_the_others_where_they_are(void**) {
  RangeSet set;
  for (std::uint64_t at = 100'000; at < 100'200; at += 2) set.add({at, at + 1});
  const Range* highest = nullptr;
  set.for_each([&](const Range& range) { highest = &range; });
  for (std::uint64_t at = 99'998; at > 0; at -= 2) {
    set.add({at, at + 1});
    const Range* last = nullptr;
    if (at % 1000 == 0) set.for_each([&](const Range& range) { last = &range; });
    assert_true(!last || last == highest);
  }
  assert_int_equal(set.size(), 49'999 + 100);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(overlapping_and_touching_ranges_join),
      cmocka_unit_test(what_is_there_already_is_not_new),
      cmocka_unit_test(a_removal_in_the_middle_splits),
      cmocka_unit_test(the_first_gap_is_the_lowest_missing_part),
      cmocka_unit_test(only_what_overlaps_or_touches_joins),
      cmocka_unit_test(it_agrees_with_a_bitmap_under_random_use),
      cmocka_unit_test(ranges_that_come_from_behind_leave_the_others_where_they_are),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
