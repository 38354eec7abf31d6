#include "message/repetition.hpp"

#include "support/cmocka.hpp"

using rudp::message::FrameTag;
using rudp::message::kRepeatableMessagesMax;
using rudp::message::kRepetitionBytesMax;
using rudp::message::Repetition;

namespace {

void send(Repetition& repetition, std::uint64_t id, std::uint32_t length = 200) {
  repetition.begin_packet();
  repetition.on_sent({.id = id, .offset = 0, .length = length});
}

// Takes the next that is not `carried`, as a packet with it does; 0 where there is none.
std::uint64_t take(Repetition& repetition, std::uint64_t carried) {
  while (const auto tag = repetition.next()) {
    if (tag->id == carried) continue;
    repetition.on_repeated(*tag);
    return tag->id;
  }
  return 0;
}

void a_packet_repeats_the_newest_message_before_its_own(void**) {
  Repetition repetition;
  send(repetition, 1);
  assert_int_equal(take(repetition, 1), 0);
  for (std::uint64_t id = 2; id < 100; ++id) {
    send(repetition, id);
    assert_int_equal(repetition.new_messages(), 1);
    assert_int_equal(take(repetition, id), id - 1);
    assert_int_equal(take(repetition, id), 0);
  }
}

// As many as are new, so that a burst is repeated whole.
void a_packet_with_two_new_messages_repeats_two(void**) {
  Repetition repetition;
  for (std::uint64_t id = 1; id <= 4; ++id) send(repetition, id);
  repetition.begin_packet();
  repetition.on_sent({.id = 5, .offset = 0, .length = 200});
  repetition.on_sent({.id = 6, .offset = 0, .length = 200});
  assert_int_equal(take(repetition, 6), 5);  // the caller knows what the packet carries
  assert_int_equal(take(repetition, 6), 4);
  assert_int_equal(take(repetition, 6), 0);
}

void a_probe_repeats_one(void**) {
  Repetition repetition;
  for (std::uint64_t id = 1; id <= 4; ++id) send(repetition, id);
  repetition.begin_packet();
  assert_int_equal(repetition.new_messages(), 0);
  assert_int_equal(take(repetition, 3), 4);
  assert_int_equal(take(repetition, 3), 0);
}

void three_bytes_are_repeated_for_two_new_ones_and_no_more(void**) {
  Repetition repetition;
  std::uint64_t fresh = 0, repeated = 0;
  for (std::uint64_t id = 1; id <= 1'000; ++id) {
    send(repetition, id);
    fresh += 200;
    for (int probe = 0; probe < 3; ++probe) {
      if (take(repetition, id) != 0) repeated += 200;
      repetition.begin_packet();
    }
  }
  assert_in_range(repeated * 2, fresh * 3 - 2 * 400, fresh * 3);
}

// What is saved up in a quiet time does not become a flood.
void the_budget_has_a_cap(void**) {
  Repetition repetition;
  for (std::uint64_t id = 1; id <= 1'000; ++id) send(repetition, id);
  std::uint64_t repeated = 0;
  for (;; repeated += 200) {
    repetition.begin_packet();
    if (take(repetition, 0) == 0) break;
  }
  assert_true(repeated <= kRepetitionBytesMax);
}

void a_message_that_is_sent_again_is_the_newest_and_brings_no_budget(void**) {
  Repetition repetition;
  send(repetition, 1, 100);
  send(repetition, 2, 40);
  send(repetition, 1, 100);
  repetition.begin_packet();
  assert_int_equal(take(repetition, 0), 1);
  repetition.begin_packet();
  assert_int_equal(take(repetition, 1), 2);
  repetition.begin_packet();
  assert_int_equal(take(repetition, 2), 0);  // 70 bytes are left of 210
}

void old_messages_are_left_to_recovery(void**) {
  Repetition repetition;
  for (std::uint64_t id = 1; id <= 2 * kRepeatableMessagesMax; ++id) send(repetition, id, 1);
  std::size_t offered = 0;
  repetition.begin_packet();
  while (repetition.next()) ++offered;
  assert_int_equal(offered, kRepeatableMessagesMax);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_packet_repeats_the_newest_message_before_its_own),
      cmocka_unit_test(a_packet_with_two_new_messages_repeats_two),
      cmocka_unit_test(a_probe_repeats_one),
      cmocka_unit_test(three_bytes_are_repeated_for_two_new_ones_and_no_more),
      cmocka_unit_test(the_budget_has_a_cap),
      cmocka_unit_test(a_message_that_is_sent_again_is_the_newest_and_brings_no_budget),
      cmocka_unit_test(old_messages_are_left_to_recovery),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
