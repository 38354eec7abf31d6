#include "message/frame_size.hpp"

#include "support/cmocka.hpp"

using rudp::Delivery;
using namespace rudp::message;

namespace {

void varints_have_the_sizes_of_rfc_9000(void**) {
  assert_int_equal(varint_size(0), 1);
  assert_int_equal(varint_size(63), 1);
  assert_int_equal(varint_size(64), 2);
  assert_int_equal(varint_size(16'383), 2);
  assert_int_equal(varint_size(16'384), 4);
  assert_int_equal(varint_size((1u << 30) - 1), 4);
  assert_int_equal(varint_size(1u << 30), 8);
}

void headers_have_the_sizes_of_the_table(void**) {
  assert_int_equal(whole_header_size(Delivery::reliable_ordered, 0, 50), 5);
  assert_int_equal(whole_header_size(Delivery::reliable_ordered, 0, 100), 6);
  assert_int_equal(whole_header_size(Delivery::unreliable, 0, 50), 3);
  assert_int_equal(fragment_header_size(0, 2000, 0, 1000), 1 + 1 + 2 + 2 + 1 + 2);
  assert_int_equal(fragment_header_size(65'535, 16u << 20, 1u << 20, 1000), 1 + 4 + 2 + 4 + 4 + 2);
}

void a_fragment_fills_the_space_and_never_more(void**) {
  for (const std::uint64_t offset : {std::uint64_t{0}, std::uint64_t{1000}, std::uint64_t{1} << 20}) {
    for (std::size_t space = 0; space < 20'000; ++space) {
      const std::uint64_t fits = fragment_capacity(7, 16u << 20, offset, space);
      if (fits > 0) assert_true(fragment_header_size(7, 16u << 20, offset, fits) + fits <= space);
      assert_true(fragment_header_size(7, 16u << 20, offset, fits + 1) + fits + 1 > space);
    }
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(varints_have_the_sizes_of_rfc_9000),
      cmocka_unit_test(headers_have_the_sizes_of_the_table),
      cmocka_unit_test(a_fragment_fills_the_space_and_never_more),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
