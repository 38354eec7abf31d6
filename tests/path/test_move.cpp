// When a connection moves.
#include "path/move.hpp"

#include "support/cmocka.hpp"

using namespace std::chrono_literals;
using namespace rudp::path;
using rudp::Instant;

namespace {

const Instant kStart = Instant() + 1h;

void nobody_moves_to_where_nobody_answers(void**) {
  for (const Occasion occasion : {Occasion::noticed, Occasion::announced, Occasion::own})
    assert_false(move_at({occasion, false, kStart, 40ms}).has_value());
}

// Threat M3.
void a_noticed_path_waits_for_the_silence_of_the_old_one(void**) {
  assert_true(move_at({Occasion::noticed, true, kStart, 40ms}) == kStart + 60ms);
}

void what_was_meant_happens_at_once(void**) {
  assert_true(move_at({Occasion::announced, true, kStart, 40ms}) == kStart);
  assert_true(move_at({Occasion::own, true, kStart, 40ms}) == kStart);
}

void no_silence_is_too_short_to_mean_anything(void**) {
  assert_true(move_at({Occasion::noticed, true, kStart, 10us}) == kStart + kOldPathSilenceMin);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(nobody_moves_to_where_nobody_answers),
      cmocka_unit_test(a_noticed_path_waits_for_the_silence_of_the_old_one),
      cmocka_unit_test(what_was_meant_happens_at_once),
      cmocka_unit_test(no_silence_is_too_short_to_mean_anything),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
