#include "wire/reader.hpp"

#include <array>

#include "support/cmocka.hpp"

using rudp::Bytes;
using rudp::wire::Reader;

namespace {

constexpr std::array<std::uint8_t, 15> kCounting{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

void integers_are_big_endian(void**) {
  Reader reader{Bytes(kCounting)};
  assert_int_equal(reader.u8(), 0x01);
  assert_int_equal(reader.u16(), 0x0203);
  assert_int_equal(reader.u32(), 0x04050607);
  assert_int_equal(reader.u64(), 0x08090a0b0c0d0e0f);
  assert_true(reader.ok());
  assert_true(reader.at_end());
}

void a_read_that_does_not_fit_fails_for_good(void**) {
  Reader reader{Bytes(kCounting).first(3)};
  assert_int_equal(reader.u32(), 0);
  assert_false(reader.ok());
  assert_int_equal(reader.u8(), 0);
  assert_int_equal(reader.remaining(), 0);
  assert_true(reader.bytes(0).empty());
  assert_false(reader.ok());
}

void nothing_is_read_from_nothing(void**) {
  Reader reader{Bytes()};
  assert_true(reader.at_end());
  assert_true(reader.rest().empty());
  assert_int_equal(reader.skip_zeros(), 0);
  assert_true(reader.ok());
  assert_int_equal(reader.varint(), 0);
  assert_false(reader.ok());
}

void a_length_that_would_wrap_does_not_fit(void**) {
  Reader reader{Bytes(kCounting)};
  reader.u8();
  assert_true(reader.bytes(~std::uint64_t{0}).empty());
  assert_false(reader.ok());
}

void bytes_are_a_view_of_the_source(void**) {
  Reader reader{Bytes(kCounting)};
  reader.u8();
  const Bytes taken = reader.bytes(4);
  assert_ptr_equal(taken.data(), kCounting.data() + 1);
  assert_int_equal(taken.size(), 4);
  assert_ptr_equal(reader.since(1).data(), taken.data());
  assert_int_equal(reader.rest().size(), 10);
}

void an_array_that_does_not_fit_is_zero(void**) {
  Reader reader{Bytes(kCounting).first(7)};
  assert_int_equal(reader.array<4>()[3], 4);
  assert_int_equal(reader.array<4>()[0], 0);
  assert_false(reader.ok());
}

void zeros_are_passed_over_and_counted(void**) {
  constexpr std::array<std::uint8_t, 5> bytes{0, 0, 0, 1, 0};
  Reader reader{Bytes(bytes)};
  assert_int_equal(reader.skip_zeros(), 3);
  assert_int_equal(reader.skip_zeros(), 0);
  assert_int_equal(reader.u8(), 1);
  assert_int_equal(reader.skip_zeros(), 1);
  assert_true(reader.at_end());
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(integers_are_big_endian),
      cmocka_unit_test(a_read_that_does_not_fit_fails_for_good),
      cmocka_unit_test(nothing_is_read_from_nothing),
      cmocka_unit_test(a_length_that_would_wrap_does_not_fit),
      cmocka_unit_test(bytes_are_a_view_of_the_source),
      cmocka_unit_test(an_array_that_does_not_fit_is_zero),
      cmocka_unit_test(zeros_are_passed_over_and_counted),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
