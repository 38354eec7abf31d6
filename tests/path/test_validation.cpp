// Whether somebody answers at an address.
#include "path/validation.hpp"

#include "support/cmocka.hpp"

using namespace std::chrono_literals;
using rudp::Address;
using rudp::Instant;
using rudp::path::kChallengesKept;
using rudp::path::kChallengesMax;
using rudp::path::PathData;
using rudp::path::Validation;

namespace {

const Instant kStart = Instant() + 1h;

Validation validation() { return Validation({Address::v4(10, 0, 0, 2, 5000), 0}); }
PathData data(std::uint8_t fill) {
  PathData bytes;
  bytes.fill(fill);
  return bytes;
}

void a_path_is_asked_at_once_and_known_by_its_answer(void**) {
  Validation path = validation();
  assert_true(path.is_due(kStart));
  path.on_challenge_sent(kStart, data(1), 100ms);
  assert_false(path.is_due(kStart + 99ms));
  assert_false(path.is_validated());
  assert_true(path.on_response(kStart + 40ms, data(1)));
  assert_true(path.is_validated());
  assert_true(path.rtt() == 40ms);
  assert_false(path.is_due(kStart + 1h));
}

void other_bytes_answer_nothing(void**) {
  Validation path = validation();
  assert_false(path.on_response(kStart, PathData{}));  // before anything was asked
  path.on_challenge_sent(kStart, data(1), 100ms);
  assert_false(path.on_response(kStart, data(2)));
  assert_false(path.is_validated());
}

void the_same_answer_tells_nothing_twice(void**) {
  Validation path = validation();
  path.on_challenge_sent(kStart, data(1), 100ms);
  assert_true(path.on_response(kStart + 1ms, data(1)));
  assert_false(path.on_response(kStart + 2ms, data(1)));
  assert_true(path.rtt() == 1ms);
}

void an_answer_to_an_earlier_challenge_counts_from_that_one(void**) {
  Validation path = validation();
  path.on_challenge_sent(kStart, data(1), 100ms);
  path.on_challenge_sent(kStart + 100ms, data(2), 100ms);
  assert_true(path.on_response(kStart + 130ms, data(1)));
  assert_true(path.rtt() == 130ms);
}

void only_the_newest_challenges_are_remembered(void**) {
  Validation path = validation();
  for (std::uint8_t sent = 0; sent <= kChallengesKept; ++sent)
    path.on_challenge_sent(kStart, data(sent), 1ms);
  assert_false(path.on_response(kStart, data(0)));
  assert_true(path.on_response(kStart, data(1)));
}

// Threat M9.
void challenges_are_an_interval_apart_then_more_and_end(void**) {
  Validation path = validation();
  Instant now = kStart;
  rudp::Duration last{0};
  for (std::uint32_t sent = 0; sent < kChallengesMax; ++sent) {
    assert_true(path.is_due(now));
    path.on_challenge_sent(now, data(static_cast<std::uint8_t>(sent)), 100ms);
    const rudp::Duration wait = path.next_at() - now;
    assert_true(wait >= 100ms && wait >= last && wait <= 3s);
    last = wait;
    now = path.next_at();
  }
  assert_true(path.is_exhausted());
  assert_false(path.is_due(now + 1h));
}

void a_path_that_answers_none_of_the_first_few_is_asked_less_and_less(void**) {
  Validation path = validation();
  for (std::uint32_t sent = 0; sent <= rudp::path::kChallengesBeforeBackOff; ++sent) {
    assert_false(path.is_backing_off());
    path.on_challenge_sent(kStart, data(static_cast<std::uint8_t>(sent)), 1ms);
  }
  assert_true(path.is_backing_off());
  assert_true(path.on_response(kStart, data(1)));
  assert_false(path.is_backing_off());
}

// Threat M9.
void a_peer_that_answers_in_no_time_makes_no_storm(void**) {
  Validation path = validation();
  path.on_challenge_sent(kStart, data(1), 1us);
  assert_false(path.is_due(kStart + 9ms));
  assert_true(path.is_due(kStart + 10ms));
}

// Threat M9.
void only_three_times_what_came_may_be_sent_until_it_has_answered(void**) {
  Validation path = validation();
  path.limit().on_received(30);
  assert_int_equal(path.limit().allowance_bytes(), 90);
  path.on_challenge_sent(kStart, data(1), 100ms);
  path.limit().on_sent(90);
  assert_false(path.limit().can_send(1));
  assert_true(path.on_response(kStart + 1ms, data(1)));
  assert_true(path.limit().can_send(100'000));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_path_is_asked_at_once_and_known_by_its_answer),
      cmocka_unit_test(other_bytes_answer_nothing),
      cmocka_unit_test(the_same_answer_tells_nothing_twice),
      cmocka_unit_test(an_answer_to_an_earlier_challenge_counts_from_that_one),
      cmocka_unit_test(only_the_newest_challenges_are_remembered),
      cmocka_unit_test(challenges_are_an_interval_apart_then_more_and_end),
      cmocka_unit_test(a_path_that_answers_none_of_the_first_few_is_asked_less_and_less),
      cmocka_unit_test(a_peer_that_answers_in_no_time_makes_no_storm),
      cmocka_unit_test(only_three_times_what_came_may_be_sent_until_it_has_answered),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
