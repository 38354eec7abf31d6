#include "wire/frame.hpp"

#include <vector>

#include "wire/frame_reader.hpp"
#include "wire/vectors.hpp"

#include "support/cmocka.hpp"

using namespace rudp;
using namespace rudp::wire;
using vectors::from_hex;

namespace {

Frame read_one(Bytes payload) {
  FrameReader reader(payload);
  Frame frame;
  assert_true(reader.next(frame));
  return frame;
}

void frames_are_equal_that_say_the_same_in_other_bytes(void**) {
  // The second spelling uses longer varints, or an offset of zero that could be left out.
  const struct {
    const char* one;
    const char* other;
  } cases[] = {
      {"020a0401020104", "02400a40044001400240014004"},
      {"1802ffff0101 61", "184002ffff014001 61"},
      {"280301000705", "28400301000740 05"},
      {"0a0403616263", "0e040003616263"},
      {"3004", "304004"},
  };
  for (const auto& one : cases) {
    const auto first = from_hex(one.one);
    const auto second = from_hex(one.other);
    assert_true(read_one(first) == read_one(second));
  }
}

void every_vector_differs_from_every_other(void**) {
  const auto all = vectors::load("frames.txt");
  for (std::size_t one = 0; one < all.size(); ++one) {
    for (std::size_t other = 0; other < all.size(); ++other) {
      const bool equal = read_one(all[one].bytes) == read_one(all[other].bytes);
      assert_int_equal(equal, one == other);
    }
  }
}

void lists_differ_by_item_and_by_length(void**) {
  const auto base = from_hex("280302000705000801");
  for (const char* other : {"2803010007 05", "280302000705000802", "280302000705000901"}) {
    const auto bytes = from_hex(other);
    assert_false(read_one(base) == read_one(bytes));
  }
  const auto two_ranges = from_hex("020a0401020104");
  const auto one_range = from_hex("020a040002");
  assert_false(read_one(two_ranges) == read_one(one_range));
}

void ack_padding_and_close_ask_for_no_acknowledgement(void**) {
  for (const char* silent : {"00", "0200000000", "030000000000 0000", "1c000000", "1d0000"}) {
    const auto bytes = from_hex(silent);
    assert_false(is_ack_eliciting(read_one(bytes)));
  }
  for (const char* eliciting : {"01", "10000007", "3004", "3d", "3a0102030405060708"}) {
    const auto bytes = from_hex(eliciting);
    assert_true(is_ack_eliciting(read_one(bytes)));
  }
}

void a_list_nobody_filled_has_no_items(void**) {
  assert_true(AckRanges().begin() == AckRanges().end());
  assert_true(MessageRun().begin() == MessageRun().end());
  assert_true(SkipRun().begin() == SkipRun().end());
  assert_int_equal(MessageRun().size(), 0);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(frames_are_equal_that_say_the_same_in_other_bytes),
      cmocka_unit_test(every_vector_differs_from_every_other),
      cmocka_unit_test(lists_differ_by_item_and_by_length),
      cmocka_unit_test(ack_padding_and_close_ask_for_no_acknowledgement),
      cmocka_unit_test(a_list_nobody_filled_has_no_items),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
