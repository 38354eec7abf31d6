// What a sender makes of the marks that its peer reports.
#include "path/ecn_validation.hpp"

#include "support/cmocka.hpp"

using namespace rudp::path;
using rudp::Ecn;
using rudp::EcnCounts;

namespace {

Ecn send_run(EcnValidation& ecn, int packets, bool for_sure = false) {
  ecn.begin_run(for_sure);
  for (int i = 0; i < packets; ++i) ecn.on_packet_sent();
  return ecn.end_run();
}

std::uint64_t ack(EcnValidation& ecn, std::uint32_t marked, EcnCounts counts) {
  return ecn.on_ack({.counts = counts, .marked_packets = marked, .is_newest = true});
}

/// Ten packets are sent and acknowledged with their marks.
EcnValidation capable() {
  EcnValidation ecn;
  ecn.start();
  send_run(ecn, 10);
  ack(ecn, 10, {10, 0, 0});
  assert_true(ecn.is_capable());
  return ecn;
}

void nothing_is_marked_where_nobody_asked_for_it(void**) {
  EcnValidation ecn;
  assert_true(send_run(ecn, 3) == Ecn::not_ect);
  assert_int_equal(ack(ecn, 0, {3, 0, 3}), 0);
}

void ten_packets_are_marked_and_then_none_until_an_answer(void**) {
  EcnValidation ecn;
  ecn.start();
  assert_true(send_run(ecn, 9) == Ecn::ect0);
  assert_true(send_run(ecn, 4) == Ecn::ect0);
  assert_true(send_run(ecn, 1) == Ecn::not_ect);
  ack(ecn, 1, {1, 0, 0});
  assert_true(ecn.is_capable());
  assert_true(send_run(ecn, 1) == Ecn::ect0);
}

void what_must_arrive_is_not_marked_while_nothing_is_known(void**) {
  EcnValidation ecn;
  ecn.start();
  assert_true(send_run(ecn, 2, true) == Ecn::not_ect);
  ecn = capable();
  assert_true(send_run(ecn, 2, true) == Ecn::ect0);
}

void marks_of_routers_are_reported_once(void**) {
  EcnValidation ecn = capable();
  send_run(ecn, 5);
  assert_int_equal(ack(ecn, 3, {11, 0, 2}), 2);
  assert_int_equal(ack(ecn, 2, {13, 0, 2}), 0);
  assert_int_equal(ecn.marks_reported(), 2);
}

// Threat C6.
void counts_that_cannot_be_true_end_the_marking(void**) {
  const struct {
    std::uint32_t marked;
    std::optional<EcnCounts> counts;
  } lies[] = {
      {5, {}},                      // packets arrived, marks did not: a path or a peer that clears them
      {5, EcnCounts{14, 0, 0}},     // fewer than arrived
      {0, EcnCounts{9, 0, 6}},      // fewer than before
      {5, EcnCounts{10, 5, 0}},     // marks that are not ours
      {5, EcnCounts{16, 0, 0}},     // more than were ever sent
      {5, EcnCounts{10, 0, 6}},
      {5, EcnCounts{10, 0, ~std::uint64_t{0}}},
      {5, EcnCounts{~std::uint64_t{0}, 0, 6}},
  };
  for (const auto& lie : lies) {
    EcnValidation ecn = capable();
    send_run(ecn, 5);
    assert_int_equal(ecn.on_ack({.counts = lie.counts, .marked_packets = lie.marked, .is_newest = true}), 0);
    assert_false(ecn.is_capable());
    assert_true(send_run(ecn, 1) == Ecn::not_ect);
    assert_int_equal(ack(ecn, 5, {15, 0, 0}), 0);
    assert_false(ecn.is_capable());
  }
}

void acks_that_were_overtaken_are_not_judged(void**) {
  EcnValidation ecn = capable();
  assert_int_equal(ecn.on_ack({.counts = EcnCounts{2, 0, 0}, .marked_packets = 0, .is_newest = false}), 0);
  assert_true(ecn.is_capable());
}

void acks_of_unmarked_packets_need_no_counts(void**) {
  EcnValidation ecn;
  ecn.start();
  send_run(ecn, 1);
  ecn.on_ack({.counts = {}, .marked_packets = 0, .is_newest = true});
  assert_false(ecn.is_capable());
  ack(ecn, 1, {1, 0, 0});
  assert_true(ecn.is_capable());
}

void a_path_that_drops_marked_packets_gets_none(void**) {
  EcnValidation ecn;
  ecn.start();
  send_run(ecn, 4);
  ecn.on_lost(2);
  assert_true(send_run(ecn, 1) == Ecn::ect0);
  ecn.on_lost(3);
  assert_true(send_run(ecn, 1) == Ecn::not_ect);
}

void losses_of_a_known_path_are_mere_losses(void**) {
  EcnValidation ecn = capable();
  send_run(ecn, 50);
  ecn.on_lost(50);
  assert_true(ecn.is_capable());
}

void another_path_is_tested_anew_and_counts_go_on(void**) {
  EcnValidation ecn = capable();
  ecn.start();
  assert_false(ecn.is_capable());
  assert_true(send_run(ecn, 10) == Ecn::ect0);
  assert_true(send_run(ecn, 1) == Ecn::not_ect);
  ack(ecn, 10, {20, 0, 0});
  assert_true(ecn.is_capable());
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(nothing_is_marked_where_nobody_asked_for_it),
      cmocka_unit_test(ten_packets_are_marked_and_then_none_until_an_answer),
      cmocka_unit_test(what_must_arrive_is_not_marked_while_nothing_is_known),
      cmocka_unit_test(marks_of_routers_are_reported_once),
      cmocka_unit_test(counts_that_cannot_be_true_end_the_marking),
      cmocka_unit_test(acks_that_were_overtaken_are_not_judged),
      cmocka_unit_test(acks_of_unmarked_packets_need_no_counts),
      cmocka_unit_test(a_path_that_drops_marked_packets_gets_none),
      cmocka_unit_test(losses_of_a_known_path_are_mere_losses),
      cmocka_unit_test(another_path_is_tested_anew_and_counts_go_on),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
