// H11, P8: handshakes complete, whatever the path damages; and nobody ever connects to something damaged.
#include "handshake_times.hpp"

#include "support/cmocka.hpp"

using namespace scenario;

namespace {

constexpr int kHandshakes = 1000;

// Threats H11, P8.
void a_thousand_of_a_thousand_handshakes_complete_with_30_percent_damaged(void**) {
  const auto times =
      handshake_times("30 % corruption each way", kHandshakes, {.delay = 25ms, .corrupt_ppm = 300'000});
  assert_int_equal(times.size(), kHandshakes);
  assert_true(p99(times) <= 6'000);
}

// Threats H11, P8.
void a_thousand_of_a_thousand_handshakes_complete_with_half_damaged(void**) {
  const auto times =
      handshake_times("50 % corruption each way", kHandshakes, {.delay = 25ms, .corrupt_ppm = 500'000});
  assert_int_equal(times.size(), kHandshakes);
  assert_true(p99(times) <= 15'000);
}

// Threats H11, P8.
void damage_loss_and_copies_together_are_outlived(void**) {
  const auto times =
      handshake_times("30 % corruption, 20 % loss, 30 % doubled", kHandshakes,
                      {.delay = 25ms, .loss_ppm = 200'000, .duplicate_ppm = 300'000, .corrupt_ppm = 300'000});
  assert_int_equal(times.size(), kHandshakes);
  assert_true(p99(times) <= 15'000);
}

// One at a time: the datagram of each step of the handshake arrives damaged, the next one whole.
// Threat P8.
void a_damaged_datagram_of_any_step_is_made_good_by_the_next(void**) {
  for (std::size_t step = 0; step < 6; ++step) {
    Duo duo(1, {.delay = 25ms});
    std::size_t seen = 0;
    std::vector<std::uint8_t> damaged;
    Address from, to;
    duo.world.set_filter([&](const Datagram& datagram) {
      if (seen++ != step) return true;
      damaged = datagram.bytes;
      from = datagram.from, to = datagram.to;
      return false;
    });
    duo.start();
    duo.world.run_until([&] { return !damaged.empty(); }, 1s);
    assert_false(damaged.empty());
    for (std::size_t at = 0; at < damaged.size(); at += 7) {
      std::vector<std::uint8_t> flipped = damaged;
      flipped[at] ^= 0x10;
      duo.world.inject(from, to, flipped);
    }
    duo.world.run_until([&] { return duo.at_client.connected && duo.at_server.connected; }, 5s);
    assert_true(duo.is_well());
    assert_true(duo.at_client.connected && duo.at_server.connected);
    assert_int_equal(duo.world.endpoint(duo.server).statistics().connections_accepted, 1);
  }
}

// A version that was damaged on its way is answered by a list of versions, which may be damaged too.
// Threats H6, P8.
void a_damaged_list_of_versions_does_not_shorten_a_handshake_that_goes_on(void**) {
  for (const bool comes_before_the_retry : {true, false}) {
    Duo duo(1, {.delay = 25ms});
    const Instant damaged_until = Instant() + 10s;
    std::vector<std::uint8_t> list = {0x84, 0, 0, 0, 0, 0, 0, 0, 0, 0x40, 0, 0, 1};
    duo.world.set_filter([&](const Datagram& datagram) {
      const bool is_init = datagram.bytes[0] == 0x80;
      if (is_init) std::copy_n(datagram.bytes.begin() + 1, 8, list.begin() + 1);
      const bool is_short = (datagram.bytes[0] & 0x40) != 0;
      return !is_short || duo.world.now() >= damaged_until;
    });
    duo.start();
    const auto refuse = [&] {
      duo.world.inject(duo.world.address(duo.server), duo.world.address(duo.client), list);
    };
    duo.world.after(comes_before_the_retry ? Duration(10ms) : Duration(60ms), refuse);
    duo.world.run_until([&] { return duo.at_client.connected && duo.at_server.connected; }, 20s);
    assert_true(duo.is_well());
    assert_true(duo.at_client.connected && duo.at_server.connected);
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_thousand_of_a_thousand_handshakes_complete_with_30_percent_damaged),
      cmocka_unit_test(a_thousand_of_a_thousand_handshakes_complete_with_half_damaged),
      cmocka_unit_test(damage_loss_and_copies_together_are_outlived),
      cmocka_unit_test(a_damaged_datagram_of_any_step_is_made_good_by_the_next),
      cmocka_unit_test(a_damaged_list_of_versions_does_not_shorten_a_handshake_that_goes_on),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
