// How large packets may be.
#include "path/mtu_discovery.hpp"

#include <vector>

#include "support/cmocka.hpp"

using namespace std::chrono_literals;
using namespace rudp::path;
using rudp::Address;
using rudp::Instant;
using rudp::kBaseDatagramBytes;

namespace {

const Instant kStart = Instant() + 1h;

/// A path that carries so much and loses nothing else; probes until there is nothing to probe.
std::vector<std::uint32_t> search(MtuDiscovery& mtu, std::uint32_t carries, Instant now = kStart) {
  std::vector<std::uint32_t> probes;
  while (const auto bytes = mtu.next_probe(now)) {
    probes.push_back(*bytes);
    mtu.on_probe_sent(now, *bytes);
    if (*bytes <= carries)
      mtu.on_probe_acked(now, *bytes);
    else
      mtu.on_probe_lost(now, *bytes);
    assert_true(probes.size() < 100);
  }
  return probes;
}

void the_search_ends_at_ethernet_and_at_what_was_allowed(void**) {
  assert_int_equal(largest_datagram(Address::v4(10, 0, 0, 1, 5), 1472), 1472);
  assert_int_equal(largest_datagram(Address::parse("[2001:db8::1]:5").value(), 1472), 1452);
  assert_int_equal(largest_datagram(Address::parse("[2001:db8::1]:5").value(), 1300), 1300);
  assert_int_equal(largest_datagram(Address::v4(10, 0, 0, 1, 5), 65'527), 1472);
}

void a_path_that_carries_all_is_found_by_one_probe(void**) {
  MtuDiscovery mtu(kBaseDatagramBytes, 1472);
  assert_int_equal(mtu.datagram_bytes(), 1200);
  assert_true((search(mtu, 1472) == std::vector<std::uint32_t>{1472}));
  assert_int_equal(mtu.datagram_bytes(), 1472);
}

void any_path_is_found_up_to_one_step(void**) {
  for (std::uint32_t carries = 1200; carries <= 1472; ++carries) {
    MtuDiscovery mtu(kBaseDatagramBytes, 1472);
    assert_true(search(mtu, carries).size() <= 18);
    assert_true(mtu.datagram_bytes() <= carries);
    assert_true(mtu.datagram_bytes() + kMtuStepBytesMin > carries);
  }
}

void a_size_is_tried_three_times(void**) {
  MtuDiscovery mtu(kBaseDatagramBytes, 1472);
  for (std::uint32_t i = 0; i < kMtuProbesMax; ++i) {
    assert_int_equal(mtu.next_probe(kStart).value(), 1472);
    mtu.on_probe_sent(kStart, 1472);
    assert_false(mtu.next_probe(kStart).has_value());  // one at a time
    mtu.on_probe_lost(kStart, 1472);
  }
  assert_int_equal(mtu.next_probe(kStart).value(), 1336);
}

void a_probe_of_which_nothing_is_heard_is_lost_in_the_end(void**) {
  MtuDiscovery mtu(kBaseDatagramBytes, 1472);
  mtu.on_probe_sent(kStart, 1472);
  assert_false(mtu.next_probe(kStart + kMtuProbeLifetime).has_value());
  assert_true(mtu.next_probe(kStart + kMtuProbeLifetime + 1ms).has_value());
}

void what_is_not_under_way_says_nothing(void**) {
  MtuDiscovery mtu(kBaseDatagramBytes, 1472);
  assert_false(mtu.on_probe_acked(kStart, 1472));
  mtu.on_probe_sent(kStart, 1472);
  assert_false(mtu.on_probe_acked(kStart, 1400));
  mtu.on_probe_lost(kStart, 1400);
  assert_int_equal(mtu.datagram_bytes(), 1200);
  assert_true(mtu.on_probe_acked(kStart, 1472));
}

void a_path_that_refused_is_asked_again_after_ten_minutes(void**) {
  MtuDiscovery mtu(kBaseDatagramBytes, 1472);
  search(mtu, 1252);
  const std::uint32_t found = mtu.datagram_bytes();
  assert_false(mtu.next_probe(kStart + kMtuRaiseInterval - 1ms).has_value());
  assert_int_equal(search(mtu, 1472, kStart + kMtuRaiseInterval).front(), 1472);
  assert_int_equal(mtu.datagram_bytes(), 1472);
  assert_true(found < 1472);
}

// Threat F5.
void three_large_losses_in_a_row_are_a_black_hole(void**) {
  MtuDiscovery mtu(kBaseDatagramBytes, 1472);
  search(mtu, 1472);
  assert_false(mtu.on_large_lost(kStart, 2));
  mtu.on_large_acked();
  assert_false(mtu.on_large_lost(kStart, 1));
  assert_false(mtu.on_large_lost(kStart, 1));
  assert_true(mtu.on_large_lost(kStart, 1));
  assert_int_equal(mtu.datagram_bytes(), 1200);
  assert_int_equal(search(mtu, 1300).front(), 1472);  // it may have been an outage
}

void packets_of_the_base_size_fall_into_no_black_hole(void**) {
  MtuDiscovery mtu(kBaseDatagramBytes, 1472);
  assert_false(mtu.on_large_lost(kStart, 1000));
  MtuDiscovery fixed(1472, 1472);
  assert_false(fixed.on_large_lost(kStart, 1000));
  assert_int_equal(fixed.datagram_bytes(), 1472);
  assert_false(fixed.next_probe(kStart).has_value());
}

void what_a_black_hole_took_is_probed_first_and_the_search_goes_on_where_it_was(void**) {
  MtuDiscovery mtu(kBaseDatagramBytes, 1472);
  search(mtu, 1380);
  const std::uint32_t found = mtu.datagram_bytes();
  assert_true(mtu.on_large_lost(kStart, kBlackHoleLosses));
  assert_int_equal(mtu.datagram_bytes(), 1200);
  assert_true((search(mtu, 1380, kStart + 1s) == std::vector<std::uint32_t>{found}));
  assert_int_equal(mtu.datagram_bytes(), found);
  assert_false(mtu.next_probe(kStart + kMtuRaiseInterval - 1ms).has_value());
  assert_int_equal(mtu.next_probe(kStart + kMtuRaiseInterval).value(), 1472);
}

void a_black_hole_that_was_none_makes_the_next_one_need_more_losses_for_a_minute(void**) {
  MtuDiscovery mtu(kBaseDatagramBytes, 1472);
  search(mtu, 1472);
  assert_true(mtu.on_large_lost(kStart, kBlackHoleLosses));
  search(mtu, 1472, kStart + 1s);
  assert_false(mtu.on_large_lost(kStart + 2s, kBlackHoleLossesInDoubt - 1));
  assert_true(mtu.on_large_lost(kStart + 2s, 1));
  search(mtu, 1472, kStart + 3s);
  assert_int_equal(mtu.datagram_bytes(), 1472);
  assert_true(mtu.on_large_lost(kStart + 2s + kBlackHolePause, kBlackHoleLosses));
}

void a_size_that_probes_refute_was_a_black_hole(void**) {
  MtuDiscovery mtu(kBaseDatagramBytes, 1472);
  search(mtu, 1472);
  assert_true(mtu.on_large_lost(kStart, kBlackHoleLosses));
  search(mtu, 1400, kStart + 1s);
  assert_in_range(mtu.datagram_bytes(), 1400 - kMtuStepBytesMin + 1, 1400);
  assert_true(mtu.on_large_lost(kStart + 2s, kBlackHoleLosses));
}

void a_path_that_passes_probes_and_nothing_else_rests_after_three(void**) {
  MtuDiscovery mtu(kBaseDatagramBytes, 1472);
  search(mtu, 1472);
  Instant now = kStart;
  for (int i = 0; i < kBlackHolesInDoubt; ++i) {
    search(mtu, 1472, now);
    assert_int_equal(mtu.datagram_bytes(), 1472);
    assert_true(mtu.on_large_lost(now += 1s, kBlackHoleLossesInDoubt));
  }
  assert_false(mtu.next_probe(now + kBlackHolePause - 1ms).has_value());
  search(mtu, 1472, now + kBlackHolePause);
  assert_int_equal(mtu.datagram_bytes(), 1472);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_search_ends_at_ethernet_and_at_what_was_allowed),
      cmocka_unit_test(a_path_that_carries_all_is_found_by_one_probe),
      cmocka_unit_test(any_path_is_found_up_to_one_step),
      cmocka_unit_test(a_size_is_tried_three_times),
      cmocka_unit_test(a_probe_of_which_nothing_is_heard_is_lost_in_the_end),
      cmocka_unit_test(what_is_not_under_way_says_nothing),
      cmocka_unit_test(a_path_that_refused_is_asked_again_after_ten_minutes),
      cmocka_unit_test(three_large_losses_in_a_row_are_a_black_hole),
      cmocka_unit_test(packets_of_the_base_size_fall_into_no_black_hole),
      cmocka_unit_test(what_a_black_hole_took_is_probed_first_and_the_search_goes_on_where_it_was),
      cmocka_unit_test(a_black_hole_that_was_none_makes_the_next_one_need_more_losses_for_a_minute),
      cmocka_unit_test(a_size_that_probes_refute_was_a_black_hole),
      cmocka_unit_test(a_path_that_passes_probes_and_nothing_else_rests_after_three),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
