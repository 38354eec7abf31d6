#include "base/block_list.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "support/dice.hpp"

#include "support/cmocka.hpp"

using rudp::base::BlockList;

namespace {

std::size_t moves = 0;

/// A number that counts how often one of its kind is moved.
struct Moved {
  explicit Moved(std::uint64_t number) : value(number) {}
  Moved(Moved&& other) noexcept : value(other.value) { ++moves; }
  Moved& operator=(Moved&& other) noexcept {
    value = other.value;
    ++moves;
    return *this;
  }
  std::uint64_t value;
};

using List = BlockList<Moved>;

List::Place place_of(const List& list, std::uint64_t value) {
  return list.first_not([value](const Moved& each) { return each.value < value; });
}

void check_against(const List& list, const std::vector<std::uint64_t>& model) {
  assert_int_equal(list.size(), model.size());
  std::vector<std::uint64_t> walked, visited;
  for (auto at = list.begin(); at != list.end(); at = list.next(at)) walked.push_back(list[at].value);
  list.for_each([&](const Moved& each) { visited.push_back(each.value); });
  assert_true(walked == model && visited == model);
  if (!model.empty()) assert_int_equal(list[list.last()].value, model.back());
}

void an_empty_list_begins_at_its_end(void**) {
  List list;
  assert_true(list.empty() && list.begin() == list.end());
  assert_int_equal(list.memory_bytes(), 0);
  list.clear();
  list.insert(list.end(), Moved(1));
  const auto next = list.erase(list.begin());
  assert_true(next == list.end());
  assert_true(list.empty() && list.begin() == list.end() && place_of(list, 0) == list.end());
}

void random_use_agrees_with_a_vector(void**) {
  for (const unsigned inserts : {52u, 50u, 46u}) {
    test::Dice dice(inserts);
    List list;
    std::vector<std::uint64_t> model;
    for (int step = 0; step < 12'000; ++step) {
      const std::uint64_t value = dice.below(5000);
      const auto at = std::lower_bound(model.begin(), model.end(), value);
      const auto place = place_of(list, value);
      assert_int_equal(place == list.end(), at == model.end());
      if (step < 3000 || dice.percent(inserts)) {
        assert_int_equal(list[list.insert(place, Moved(value))].value, value);
        model.insert(at, value);
      } else if (at != model.end()) {
        const auto next = list.erase(place);
        const auto next_of_model = model.erase(at);
        assert_int_equal(next == list.end(), next_of_model == model.end());
        if (next != list.end()) assert_int_equal(list[next].value, *next_of_model);
      }
      if (step % 100 == 0) check_against(list, model);
    }
  }
}

void the_front_goes_at_once(void**) {
  for (const std::uint64_t to : {0u, 1u, 63u, 64u, 65u, 199u, 200u}) {
    List list;
    std::vector<std::uint64_t> model;
    for (std::uint64_t value = 0; value < 200; ++value) {
      list.insert(list.end(), Moved(value));
      if (value >= to) model.push_back(value);
    }
    list.erase_before(place_of(list, to));
    check_against(list, model);
    list.insert(list.end(), Moved(500));
    model.push_back(500);
    check_against(list, model);
  }
}

// Threat S14.
void the_worst_order_costs_little_more_than_the_best(void**) {
  constexpr std::uint64_t kCount = 4096;
  // From behind, from both sides in turn, and all over.
  const auto next_value = [](int order, std::uint64_t step) {
    if (order == 0) return kCount - step;
    if (order == 1) return step % 2 == 0 ? step : 2 * kCount - step;
    return step * 2654435761u % 65'536;
  };
  for (int order = 0; order < 3; ++order) {
    List list;
    moves = 0;
    for (std::uint64_t step = 0; step < kCount; ++step) {
      const std::uint64_t value = next_value(order, step);
      list.insert(place_of(list, value), Moved(value));
    }
    while (!list.empty()) list.erase(list.begin());
    assert_in_range(moves, kCount, kCount * 128);
  }
}

void a_list_that_is_thinned_out_again_and_again_does_not_spread(void**) {
  List list;
  for (std::uint64_t round = 0; round < 30; ++round) {
    const std::uint64_t first = 1000 * round;
    for (std::uint64_t value = first; value < first + 512; ++value) list.insert(list.end(), Moved(value));
    for (std::uint64_t value = first; value < first + 512; ++value) {
      if (value % 32 != 0) list.erase(place_of(list, value));
    }
  }
  assert_in_range(list.size(), 400, 600);
  assert_in_range(list.memory_bytes(), 1, 8 * 600 * sizeof(Moved));
}

void few_elements_keep_their_memory(void**) {
  List list;
  for (std::uint64_t value = 0; value < 10; ++value) list.insert(list.end(), Moved(value));
  const std::size_t bytes = list.memory_bytes();
  while (!list.empty()) list.erase(list.begin());
  assert_int_equal(list.memory_bytes(), bytes);
  for (std::uint64_t value = 0; value < 10; ++value) list.insert(list.end(), Moved(value));
  list.clear();
  assert_int_equal(list.memory_bytes(), bytes);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(an_empty_list_begins_at_its_end),
      cmocka_unit_test(random_use_agrees_with_a_vector),
      cmocka_unit_test(the_front_goes_at_once),
      cmocka_unit_test(the_worst_order_costs_little_more_than_the_best),
      cmocka_unit_test(a_list_that_is_thinned_out_again_and_again_does_not_spread),
      cmocka_unit_test(few_elements_keep_their_memory),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
