#include "congestion/integer_math.hpp"

#include <cstdint>
#include <limits>

#include "support/dice.hpp"

#include "support/cmocka.hpp"

using rudp::congestion::cube_root;
using rudp::congestion::mul_div;
using rudp::congestion::Uint128;

namespace {

constexpr std::uint64_t kTop = std::numeric_limits<std::uint64_t>::max();

void a_product_beyond_64_bits_divides_exactly(void**) {
  assert_true(mul_div(kTop, kTop, kTop) == kTop);
  assert_true(mul_div(kTop, 1'000'000, 2'000'000) == kTop / 2);
  assert_int_equal(mul_div(7, 3, 2), 10);
}

void a_quotient_beyond_64_bits_saturates(void**) { assert_true(mul_div(kTop, 2, 1) == kTop); }

void roots_of_cubes_and_of_their_neighbours_are_exact(void**) {
  for (std::uint64_t root = 1; root <= 2'642'245; root += root < 1000 ? 1 : 997) {
    const std::uint64_t cube = root * root * root;
    assert_int_equal(cube_root(cube), root);
    assert_int_equal(cube_root(cube - 1), root - 1);
  }
}

void the_root_is_the_floor_for_any_value(void**) {
  assert_int_equal(cube_root(0), 0);
  assert_int_equal(cube_root(kTop), 2'642'245);
  test::Dice dice(1);
  for (int i = 0; i < 10'000; ++i) {
    const std::uint64_t value = dice.next() >> dice.below(64);
    const Uint128 root = cube_root(value);
    assert_true(root * root * root <= value && (root + 1) * (root + 1) * (root + 1) > value);
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_product_beyond_64_bits_divides_exactly),
      cmocka_unit_test(a_quotient_beyond_64_bits_saturates),
      cmocka_unit_test(roots_of_cubes_and_of_their_neighbours_are_exact),
      cmocka_unit_test(the_root_is_the_floor_for_any_value),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
