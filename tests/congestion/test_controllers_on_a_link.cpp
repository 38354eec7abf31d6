// The controllers in a closed loop: shares of a modelled 20 Mbit/s, 50 ms link, in thousandths of its
// capacity.
#include <chrono>
#include <cstdint>

#include "tests/congestion/link_model.hpp"

#include "support/cmocka.hpp"

using namespace std::chrono_literals;
using model::Link;
using model::Network;
using rudp::ControllerKind;
using rudp::Duration;

namespace {

std::uint64_t share_alone(ControllerKind kind, std::uint64_t lost_per_thousand, std::uint64_t seed) {
  Link link;
  link.lost_per_thousand = lost_per_thousand;
  Network network(link, seed);
  return network.share_per_thousand(network.add(kind), 2s, 30s);
}

std::uint64_t least_share(ControllerKind kind, std::uint64_t lost_per_thousand) {
  std::uint64_t least = 1000;
  for (std::uint64_t seed = 1; seed <= 5; ++seed)
    least = std::min(least, share_alone(kind, lost_per_thousand, seed));
  return least;
}

struct Shares {
  std::uint64_t first = 0;
  std::uint64_t second = 0;
};

// Of one minute, after the flows have had 10 s to find each other.
Shares shares_together(ControllerKind first, ControllerKind second, std::uint64_t queue_percent_of_bdp) {
  Link link;
  link.queue_percent_of_bdp = queue_percent_of_bdp;
  Network network(link, 1);
  const std::size_t a = network.add(first);
  const std::size_t b = network.add(second, 3s);
  network.run_until(10s);
  const std::uint64_t before = network.flow(b).delivered_wire_bytes;
  Shares shares;
  shares.first = network.share_per_thousand(a, 10s, 70s);
  shares.second = (network.flow(b).delivered_wire_bytes - before) * 1000 / (link.bytes_per_second() * 60);
  return shares;
}

// Random loss takes its part of the capacity; what is left is nearly all used.
void the_floor_holds_a_lossy_link(void**) {
  assert_true(least_share(ControllerKind::cubic_floor, 0) >= 980);
  assert_true(least_share(ControllerKind::cubic_floor, 10) >= 940);
  assert_true(least_share(ControllerKind::cubic_floor, 50) >= 900);
  assert_true(least_share(ControllerKind::cubic_floor, 100) >= 850);
}

void cubic_and_new_reno_fill_a_clean_link_and_lose_a_lossy_one(void**) {
  for (const ControllerKind kind : {ControllerKind::cubic, ControllerKind::new_reno}) {
    assert_true(share_alone(kind, 0, 1) >= 900);
    assert_true(share_alone(kind, 10, 1) < 300);
    assert_true(share_alone(kind, 100, 1) < 100);
  }
}

void beside_cubic_both_keep_their_share_C2(void**) {
  for (const std::uint64_t queue : {25u, 100u, 400u}) {
    const Shares shares = shares_together(ControllerKind::cubic, ControllerKind::cubic_floor, queue);
    assert_true(shares.first >= 200 && shares.second >= 200);  // 40 % of the fair 500
    assert_true(shares.first + shares.second >= 900);
  }
}

void beside_itself_both_keep_their_share_C2(void**) {
  for (const std::uint64_t queue : {25u, 100u, 400u}) {
    const Shares shares = shares_together(ControllerKind::cubic_floor, ControllerKind::cubic_floor, queue);
    assert_true(shares.first >= 200 && shares.second >= 200);
  }
}

void a_long_path_is_filled_C4(void**) {
  Link link;
  link.round_trip = 600ms;
  Network network(link, 1);
  assert_true(network.share_per_thousand(network.add(ControllerKind::cubic_floor), 10s, 60s) >= 900);
}

void little_is_sent_in_vain(void**) {
  Network network(Link{}, 1);
  const std::size_t flow = network.add(ControllerKind::cubic_floor);
  network.run_until(30s);
  const std::uint64_t delivered = network.flow(flow).delivered_wire_bytes;
  assert_true(network.flow(flow).sent_wire_bytes <= delivered * 102 / 100);
}

void the_same_seed_gives_the_same_bytes(void**) {
  assert_int_equal(share_alone(ControllerKind::cubic_floor, 50, 9),
                   share_alone(ControllerKind::cubic_floor, 50, 9));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_floor_holds_a_lossy_link),
      cmocka_unit_test(cubic_and_new_reno_fill_a_clean_link_and_lose_a_lossy_one),
      cmocka_unit_test(beside_cubic_both_keep_their_share_C2),
      cmocka_unit_test(beside_itself_both_keep_their_share_C2),
      cmocka_unit_test(a_long_path_is_filled_C4),
      cmocka_unit_test(little_is_sent_in_vain),
      cmocka_unit_test(the_same_seed_gives_the_same_bytes),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
