#include "transfer/send_ranges.hpp"

#include <deque>

#include "support/dice.hpp"

#include "support/cmocka.hpp"

using rudp::transfer::Range;
using rudp::transfer::SendRanges;

namespace {

void a_body_sent_and_acked_in_one_piece_is_done(void**) {
  SendRanges ranges(100);
  assert_false(ranges.started());
  assert_true(ranges.unsent() == (Range{0, 100}));
  ranges.on_sent({0, 100});
  assert_true(ranges.started());
  assert_false(ranges.has_unsent());
  assert_false(ranges.all_acked());
  assert_int_equal(ranges.on_acked({0, 100}), 100);
  assert_true(ranges.all_acked());
}

void an_empty_body_is_sent_lost_and_acked_like_any_other(void**) {
  SendRanges ranges(0);
  assert_true(ranges.has_unsent());
  assert_true(ranges.unsent() == (Range{0, 0}));
  ranges.on_sent({0, 0});
  assert_false(ranges.has_unsent());
  assert_true(ranges.on_lost({0, 0}));
  assert_true(ranges.first_lost() == (Range{0, 0}));
  ranges.on_sent({0, 0});
  assert_false(ranges.has_lost());
  assert_true(ranges.first_unacked({0, 0}).has_value());
  ranges.on_acked({0, 0});
  assert_true(ranges.all_acked());
  assert_false(ranges.first_unacked({0, 0}).has_value());
}

void a_lost_range_goes_back_as_a_range(void**) {
  SendRanges ranges(3000);
  ranges.on_sent({0, 1000});
  ranges.on_sent({1000, 2000});
  assert_true(ranges.on_lost({0, 1000}));
  assert_true(ranges.on_lost({1000, 2000}));
  assert_true(ranges.first_lost() == (Range{0, 2000}));
  ranges.on_sent({0, 1200});
  assert_true(ranges.first_lost() == (Range{1200, 2000}));
  assert_true(ranges.unsent() == (Range{2000, 3000}));
}

void a_late_ack_takes_a_lost_range_off_again(void**) {
  SendRanges ranges(2000);
  ranges.on_sent({0, 1000});
  ranges.on_sent({1000, 2000});
  ranges.on_lost({0, 1000});
  ranges.on_acked({0, 1000});
  assert_false(ranges.has_lost());
  assert_false(ranges.on_lost({0, 1000}));
  ranges.on_acked({1000, 2000});
  assert_true(ranges.all_acked());
}

void what_was_acked_is_not_lost(void**) {
  SendRanges ranges(300);
  ranges.on_sent({0, 300});
  ranges.on_acked({100, 200});
  assert_true(ranges.on_lost({0, 300}));
  assert_true(ranges.first_lost() == (Range{0, 100}));
  ranges.on_sent({0, 100});
  assert_true(ranges.first_lost() == (Range{200, 300}));
}

void a_probe_finds_what_is_not_acked(void**) {
  SendRanges ranges(300);
  ranges.on_sent({0, 200});
  ranges.on_acked({0, 50});
  ranges.on_acked({100, 120});
  assert_true(*ranges.first_unacked({0, 300}) == (Range{50, 100}));
  assert_true(*ranges.first_unacked({100, 150}) == (Range{120, 150}));
  assert_false(ranges.first_unacked({100, 120}).has_value());
  assert_false(ranges.first_unacked({200, 300}).has_value());
}

void acks_of_what_was_never_sent_count_nothing(void**) {
  SendRanges ranges(300);
  ranges.on_sent({0, 100});
  assert_int_equal(ranges.on_acked({50, 300}), 50);
  assert_false(ranges.on_lost({100, 300}));
  assert_false(ranges.all_acked());
  assert_true(ranges.unsent() == (Range{100, 300}));
}

void every_byte_is_acked_in_the_end_whatever_is_lost(void**) {
  test::Dice dice(2);
  for (int run = 0; run < 300; ++run) {
    SendRanges ranges(dice.below(5000));
    std::deque<Range> in_flight;
    for (int step = 0; !ranges.all_acked(); ++step) {
      assert_true(step < 100'000);
      if ((ranges.has_lost() || ranges.has_unsent()) && dice.percent(60)) {
        Range next = ranges.has_lost() ? ranges.first_lost() : ranges.unsent();
        if (next.size() > 1) next.end = next.begin + 1 + dice.below(next.size());
        ranges.on_sent(next);
        in_flight.push_back(next);
      } else if (!in_flight.empty()) {
        const Range fate = in_flight.front();
        in_flight.pop_front();
        if (dice.percent(40)) in_flight.push_back(fate);  // acked later, after it was declared lost
        if (dice.percent(50)) {
          ranges.on_lost(fate);
        } else {
          ranges.on_acked(fate);
        }
      }
    }
    assert_false(ranges.has_lost());
    assert_false(ranges.has_unsent());
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_body_sent_and_acked_in_one_piece_is_done),
      cmocka_unit_test(an_empty_body_is_sent_lost_and_acked_like_any_other),
      cmocka_unit_test(a_lost_range_goes_back_as_a_range),
      cmocka_unit_test(a_late_ack_takes_a_lost_range_off_again),
      cmocka_unit_test(what_was_acked_is_not_lost),
      cmocka_unit_test(a_probe_finds_what_is_not_acked),
      cmocka_unit_test(acks_of_what_was_never_sent_count_nothing),
      cmocka_unit_test(every_byte_is_acked_in_the_end_whatever_is_lost),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
