#include <rudp/random.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <vector>

#include "support/cmocka.hpp"

namespace {

/// Hands out the numbers it was given, little-endian.
class Scripted : public rudp::Random {
 public:
  explicit Scripted(std::vector<std::uint64_t> numbers) : numbers_(std::move(numbers)) {}
  void public_fill(rudp::MutableBytes out) override {
    std::uint64_t number = numbers_.at(drawn_++);
    for (std::uint8_t& byte : out) {
      byte = static_cast<std::uint8_t>(number);
      number >>= 8;
    }
  }
  void secret_fill(rudp::MutableBytes) override { secret_was_asked_ = true; }

  std::size_t drawn_ = 0;
  bool secret_was_asked_ = false;

 private:
  std::vector<std::uint64_t> numbers_;
};

constexpr std::uint64_t kTop = std::numeric_limits<std::uint64_t>::max();

void a_draw_is_reduced_to_the_limit(void**) {
  Scripted random({17, 25, 30});
  assert_int_equal(random.below(10), 7);
  assert_int_equal(random.below(10), 5);
  assert_int_equal(random.below(1), 0);
  assert_false(random.secret_was_asked_);
}

void draws_that_would_favour_low_numbers_are_refused(void**) {
  // 2^64 mod 10 is 6: the draws 0 to 5 are one too many for the results 0 to 5.
  Scripted random({0, 5, 6});
  assert_int_equal(random.below(10), 6);
  assert_int_equal(random.drawn_, 3);
}

void a_power_of_two_refuses_nothing(void**) {
  Scripted random({0, kTop});
  assert_int_equal(random.below(256), 0);
  assert_int_equal(random.below(256), 255);
}

void the_largest_limit_works(void**) {
  Scripted random({0, kTop, 1});
  assert_int_equal(random.below(kTop), 0);
  assert_int_equal(random.drawn_, 2);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_draw_is_reduced_to_the_limit),
      cmocka_unit_test(draws_that_would_favour_low_numbers_are_refused),
      cmocka_unit_test(a_power_of_two_refuses_nothing),
      cmocka_unit_test(the_largest_limit_works),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
