#include <algorithm>
#include <vector>

#include "sim/checkers.hpp"

#include "support/cmocka.hpp"

using namespace rudp;
using namespace rudp::sim;

namespace {

struct Traced {
  bool accepts(TraceKind kind, std::uint64_t number, NodeId node = NodeId{1}) {
    return !checker.on_trace(node, {Instant(), {1, 1}, kind, number, 0, 0});
  }
  NumbersChecker checker;
};

void numbers_that_rise_pass_also_with_gaps(void**) {
  Traced traced;
  for (const std::uint64_t number : {0u, 1u, 5u, 6u})
    assert_true(traced.accepts(TraceKind::packet_sent, number));
}

void a_number_sent_again_is_found(void**) {
  Traced traced;
  assert_true(traced.accepts(TraceKind::packet_sent, 5));
  assert_false(traced.accepts(TraceKind::packet_sent, 5));
  assert_false(traced.accepts(TraceKind::packet_sent, 4));
}

void an_ack_of_what_was_never_sent_is_found(void**) {
  Traced traced;
  assert_false(traced.accepts(TraceKind::packet_acked, 0));
  assert_true(traced.accepts(TraceKind::packet_sent, 7));
  assert_true(traced.accepts(TraceKind::packet_acked, 7));
  assert_false(traced.accepts(TraceKind::packet_acked, 8));
}

void a_number_accepted_twice_is_found_whatever_the_order(void**) {
  std::vector<std::uint64_t> order = {0, 1, 2, 3, 4};
  do {
    Traced traced;
    for (const std::uint64_t number : order) assert_true(traced.accepts(TraceKind::packet_received, number));
    for (const std::uint64_t number : order) assert_false(traced.accepts(TraceKind::packet_received, number));
    assert_true(traced.accepts(TraceKind::packet_received, 6));
  } while (std::next_permutation(order.begin(), order.end()));
}

void nodes_have_numbers_of_their_own(void**) {
  Traced traced;
  assert_true(traced.accepts(TraceKind::packet_sent, 1));
  assert_true(traced.accepts(TraceKind::packet_sent, 1, NodeId{2}));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(numbers_that_rise_pass_also_with_gaps),
      cmocka_unit_test(a_number_sent_again_is_found),
      cmocka_unit_test(an_ack_of_what_was_never_sent_is_found),
      cmocka_unit_test(a_number_accepted_twice_is_found_whatever_the_order),
      cmocka_unit_test(nodes_have_numbers_of_their_own),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
