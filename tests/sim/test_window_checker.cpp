#include "sim/checkers.hpp"

#include "support/cmocka.hpp"

using namespace rudp;
using namespace rudp::sim;

namespace {

constexpr NodeId kNode{1};

struct Traced {
  Traced() { accepts(TraceKind::window_updated, 10'000, 0); }
  bool accepts(TraceKind kind, std::uint64_t a, std::uint64_t b, ConnectionHandle connection = {1, 1}) {
    return !checker.on_trace(kNode, {Instant(), connection, kind, 0, a, b});
  }
  bool sends(std::uint64_t bytes) { return accepts(TraceKind::packet_sent, bytes, 1); }
  WindowChecker checker;
};

void what_fits_into_the_window_passes(void**) {
  Traced traced;
  for (int i = 0; i < 10; ++i) assert_true(traced.sends(1'000));
}

void one_byte_beyond_the_window_is_found(void**) {
  Traced traced;
  assert_true(traced.sends(9'000));
  assert_false(traced.sends(1'001));
}

void acks_make_room(void**) {
  Traced traced;
  assert_true(traced.sends(10'000));
  traced.accepts(TraceKind::packet_acked, 6'000, 4'000);
  assert_true(traced.sends(6'000));
  assert_false(traced.sends(1));
}

void losses_make_room(void**) {
  Traced traced;
  assert_true(traced.sends(10'000));
  traced.accepts(TraceKind::packet_lost, 10'000, 0);
  assert_true(traced.sends(10'000));
}

void pure_acks_are_free(void**) {
  Traced traced;
  assert_true(traced.sends(10'000));
  assert_true(traced.accepts(TraceKind::packet_sent, 50, 0));
}

void a_probe_may_be_two_packets(void**) {
  Traced traced;
  assert_true(traced.sends(10'000));
  traced.accepts(TraceKind::probe_sent, 1, 0);
  assert_true(traced.sends(1'200));
  assert_true(traced.sends(1'200));
  assert_false(traced.sends(1'200));
}

void a_smaller_window_holds_at_once_for_what_comes_next(void**) {
  Traced traced;
  assert_true(traced.sends(8'000));
  traced.accepts(TraceKind::window_updated, 5'000, 0);
  assert_false(traced.sends(100));
}

void connections_have_windows_of_their_own(void**) {
  Traced traced;
  assert_true(traced.sends(10'000));
  traced.accepts(TraceKind::window_updated, 2'000, 0, {2, 1});
  assert_true(traced.accepts(TraceKind::packet_sent, 2'000, 1, {2, 1}));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(what_fits_into_the_window_passes),
      cmocka_unit_test(one_byte_beyond_the_window_is_found),
      cmocka_unit_test(acks_make_room),
      cmocka_unit_test(losses_make_room),
      cmocka_unit_test(pure_acks_are_free),
      cmocka_unit_test(a_probe_may_be_two_packets),
      cmocka_unit_test(a_smaller_window_holds_at_once_for_what_comes_next),
      cmocka_unit_test(connections_have_windows_of_their_own),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
