#include "endpoint/slot_table.hpp"

#include <cstdint>
#include <map>

#include "support/cmocka.hpp"

using rudp::endpoint::SlotTable;

namespace {

/// Spread as the names of a keyed hash are.
std::uint64_t name_of(std::uint64_t value) {
  value = (value + 1) * 0x9e3779b97f4a7c15;
  value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
  value = (value ^ value >> 27) * 0x94d049bb133111eb;
  return value ^ value >> 31;
}

void an_empty_table_finds_nothing(void**) {
  SlotTable table;
  assert_false(table.find(1).has_value());
  table.erase(1);
  assert_int_equal(table.size(), 0);
  assert_int_equal(table.capacity(), 0);
}

/// The home of all of these is the last place of a new table: what does not fit there goes on at the front.
void names_that_meet_at_the_end_go_on_at_the_front(void**) {
  SlotTable table;
  const std::uint64_t last = std::uint64_t{0xffffffff} << 32;
  for (std::uint32_t slot = 0; slot < 6; ++slot) assert_true(table.insert(last + slot, slot));
  for (const std::uint32_t gone : {1U, 0U, 4U}) {
    table.erase(last + gone);
    assert_false(table.find(last + gone).has_value());
  }
  for (const std::uint32_t left : {2U, 3U, 5U}) assert_true(table.find(last + left) == left);
  assert_int_equal(table.size(), 3);
}

/// Names crowd into few homes, so that chains are long, and go in every order.
void random_changes_agree_with_a_map(void**) {
  for (const std::uint64_t homes : {3U, 50U, 100'000U}) {
    SlotTable table;
    std::map<std::uint64_t, std::uint32_t> model;
    for (std::uint64_t step = 0; step < 6'000; ++step) {
      const std::uint64_t draw = name_of(step);
      const std::uint64_t name = (name_of(draw % homes) & ~std::uint64_t{0xff}) | (draw >> 56 & 0x3f);
      const auto slot = static_cast<std::uint32_t>(step);
      if ((draw >> 40) % 5 < 3) {
        assert_int_equal(table.insert(name, slot), model.emplace(name, slot).second);
      } else {
        table.erase(name);
        model.erase(name);
      }
      const auto expected = model.find(name);
      const auto found = table.find(name);
      assert_int_equal(found.has_value(), expected != model.end());
      if (found) assert_int_equal(*found, expected->second);
      assert_int_equal(table.size(), model.size());
    }
    for (const auto& [name, slot] : model) assert_true(table.find(name) == slot);
  }
}

// Threat R4.
void an_entry_takes_at_most_nineteen_bytes_whatever_their_number_is(void**) {
  constexpr std::size_t kPlaceBytes = 12;
  SlotTable table;
  for (std::uint32_t slot = 0; slot < 100'000; ++slot) {
    assert_true(table.insert(name_of(slot), slot));
    if (slot >= 100) assert_true(table.capacity() * kPlaceBytes <= table.size() * 19);
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(an_empty_table_finds_nothing),
      cmocka_unit_test(names_that_meet_at_the_end_go_on_at_the_front),
      cmocka_unit_test(random_changes_agree_with_a_map),
      cmocka_unit_test(an_entry_takes_at_most_nineteen_bytes_whatever_their_number_is),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
