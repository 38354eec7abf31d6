#include "base/interval_set.hpp"

#include <cstdint>
#include <limits>
#include <set>
#include <vector>

#include "support/cmocka.hpp"

using rudp::Interval;
using rudp::base::IntervalSet;

namespace {

constexpr std::uint64_t kTop = std::numeric_limits<std::uint64_t>::max();

template <std::size_t Max>
void assert_intervals(const IntervalSet<Max>& set, const std::vector<Interval>& expected) {
  assert_int_equal(set.size(), expected.size());
  std::size_t at = 0;
  for (const Interval& interval : set) {
    assert_int_equal(interval.first, expected[at].first);
    assert_int_equal(interval.last, expected[at].last);
    ++at;
  }
}

void neighbours_become_one_interval(void**) {
  IntervalSet<8> set;
  set.insert(5);
  set.insert(7);
  assert_intervals(set, {{5, 5}, {7, 7}});
  set.insert(6);
  assert_intervals(set, {{5, 7}});
  set.insert(4);
  set.insert(8);
  assert_intervals(set, {{4, 8}});
}

void one_insertion_may_swallow_several_intervals(void**) {
  IntervalSet<8> set;
  for (const std::uint64_t value : {1u, 10u, 20u, 30u, 40u}) set.insert(value);
  set.insert(9, 31);
  assert_intervals(set, {{1, 1}, {9, 31}, {40, 40}});
  set.insert(0, 100);
  assert_intervals(set, {{0, 100}});
}

void both_ends_of_the_numbers_belong_to_them(void**) {
  IntervalSet<4> set;
  set.insert(kTop);
  set.insert(0);
  assert_intervals(set, {{0, 0}, {kTop, kTop}});
  set.insert(1, kTop - 1);
  assert_intervals(set, {{0, kTop}});
  assert_true(set.contains(0));
  assert_true(set.contains(kTop));
}

void a_full_set_forgets_its_lowest_interval(void**) {
  IntervalSet<3> set;
  assert_true(set.insert(10));
  assert_true(set.insert(20));
  assert_true(set.insert(30));
  assert_false(set.insert(40));
  assert_intervals(set, {{20, 20}, {30, 30}, {40, 40}});
  assert_false(set.insert(25));
  assert_intervals(set, {{25, 25}, {30, 30}, {40, 40}});
}

void a_full_set_does_not_take_what_would_be_its_lowest(void**) {
  IntervalSet<2> set;
  set.insert(20);
  set.insert(30);
  assert_false(set.insert(10));
  assert_intervals(set, {{20, 20}, {30, 30}});
  assert_true(set.insert(19));
  assert_intervals(set, {{19, 20}, {30, 30}});
}

void removing_below_cuts_through_an_interval(void**) {
  IntervalSet<4> set;
  set.insert(1, 5);
  set.insert(10, 15);
  set.insert(20, 25);
  set.remove_below(12);
  assert_intervals(set, {{12, 15}, {20, 25}});
  set.remove_below(16);
  assert_intervals(set, {{20, 25}});
  set.remove_below(26);
  assert_true(set.empty());
  set.remove_below(99);
  assert_true(set.empty());
}

void it_is_walked_in_both_directions(void**) {
  IntervalSet<4> set;
  set.insert(1);
  set.insert(3);
  set.insert(5);
  std::vector<std::uint64_t> descending;
  for (auto at = set.rbegin(); at != set.rend(); ++at) descending.push_back(at->first);
  assert_true((descending == std::vector<std::uint64_t>{5, 3, 1}));
  assert_int_equal(set.min(), 1);
  assert_int_equal(set.max(), 5);
}

/// A set of plain numbers, cut to the highest intervals as IntervalSet<kMax> would be.
class Model {
 public:
  void insert(std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t value = first; value <= last; ++value) values_.insert(value);
  }
  void remove_below(std::uint64_t limit) { values_.erase(values_.begin(), values_.lower_bound(limit)); }
  std::vector<Interval> intervals() const {
    std::vector<Interval> out;
    for (const std::uint64_t value : values_) {
      if (out.empty() || out.back().last + 1 < value) out.push_back({value, value});
      out.back().last = value;
    }
    return out;
  }
  void keep_highest(std::size_t count) {
    const auto all = intervals();
    if (all.size() > count) remove_below(all[all.size() - count].first);
  }

 private:
  std::set<std::uint64_t> values_;
};

void random_operations_agree_with_a_set_of_numbers(void**) {
  IntervalSet<6> set;
  Model model;
  std::uint32_t state = 12345;
  const auto draw = [&state](std::uint32_t limit) {
    state = state * 1664525u + 1013904223u;
    return (state >> 8) % limit;
  };
  for (int step = 0; step < 20000; ++step) {
    const std::uint64_t first = draw(120);
    if (draw(20) == 0) {
      set.remove_below(first);
      model.remove_below(first);
    } else {
      const std::uint64_t last = first + draw(6);
      set.insert(first, last);
      model.insert(first, last);
      model.keep_highest(6);
    }
    const auto expected = model.intervals();
    assert_intervals(set, expected);
    const std::uint64_t probe = draw(130);
    bool inside = false;
    for (const Interval& interval : expected)
      inside = inside || (interval.first <= probe && probe <= interval.last);
    assert_int_equal(set.contains(probe), inside);
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(neighbours_become_one_interval),
      cmocka_unit_test(one_insertion_may_swallow_several_intervals),
      cmocka_unit_test(both_ends_of_the_numbers_belong_to_them),
      cmocka_unit_test(a_full_set_forgets_its_lowest_interval),
      cmocka_unit_test(a_full_set_does_not_take_what_would_be_its_lowest),
      cmocka_unit_test(removing_below_cuts_through_an_interval),
      cmocka_unit_test(it_is_walked_in_both_directions),
      cmocka_unit_test(random_operations_agree_with_a_set_of_numbers),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
