// a link on which nothing is said is silent but for keep-alives.
#include "duo.hpp"

#include "support/cmocka.hpp"

using namespace scenario;

namespace {

TransportOptions without_keep_alive() {
  TransportOptions options;
  options.keep_alive = Duration(0);
  return options;
}

/// Connected, one message said and answered, and a second for the last acks.
bool settle(Duo& duo) {
  if (!duo.connect()) return false;
  if (!duo.say("hello") || !duo.answer("hello yourself")) return false;
  duo.world.run_for(1s);
  return duo.is_well() && duo.at_server.messages.size() == 1 && duo.at_client.messages.size() == 1;
}

std::uint64_t datagrams_in(Duo& duo, Duration length) {
  const std::uint64_t before = duo.world.statistics().datagrams_sent;
  duo.world.run_for(length);
  return duo.world.statistics().datagrams_sent - before;
}

// Threat A-12.
void without_keep_alive_an_idle_link_is_silent(void**) {
  Duo duo(1, {}, without_keep_alive());
  assert_true(settle(duo));
  assert_int_equal(datagrams_in(duo, 25s), 0);
  assert_true(duo.is_well());
}

void a_silent_connection_ends_at_its_idle_timeout(void**) {
  Duo duo(1, {}, without_keep_alive());
  assert_true(settle(duo));
  const Instant last_said = duo.world.now() - 1s;
  duo.world.run_until([&] { return duo.at_client.closed && duo.at_server.closed; }, 1min);
  assert_true(duo.is_well());
  assert_true(duo.at_client.closed == Error::idle_timeout);
  assert_true(duo.at_server.closed == Error::idle_timeout);
  const Duration silence = duo.world.now() - last_said;
  assert_true(silence >= 29s && silence <= 32s);
  assert_true(duo.world.run_until_idle(1min));
}

void keep_alive_holds_a_connection_for_an_hour(void**) {
  Duo duo(1);
  assert_true(settle(duo));
  duo.world.run_for(1h);
  assert_true(duo.is_well());
  assert_false(duo.at_client.closed.has_value());
  assert_false(duo.at_server.closed.has_value());
  assert_true(static_cast<bool>(duo.say("still here")));
  duo.world.run_for(1s);
  assert_int_equal(duo.at_server.messages.size(), 2);
}

// Every 10 s a PING and its ack; when both sides keep alive, at most twice that.
void keep_alive_costs_little(void**) {
  Duo duo(1);
  assert_true(settle(duo));
  const std::uint64_t datagrams = datagrams_in(duo, 100s);
  assert_true(duo.is_well());
  assert_in_range(datagrams, 10, 40);
}

// Threat A-4.
void keep_alive_notices_a_dead_peer(void**) {
  Duo duo(1);
  assert_true(settle(duo));
  duo.cut();
  duo.world.run_until([&] { return duo.at_client.closed && duo.at_server.closed; }, 1min);
  assert_true(duo.is_well());
  assert_true(duo.at_client.closed == Error::idle_timeout);
  assert_true(duo.at_server.closed == Error::idle_timeout);
}

// Threat A-4. What a server sends to a client that is gone, in the half minute until it gives up: with a
// probe each period for 15 s it was 760.
void a_client_that_vanished_draws_few_datagrams(void**) {
  for (const Duration delay : {Duration(500us), Duration(10ms), Duration(50ms)}) {
    for (const std::size_t bytes : {std::size_t{20}, std::size_t{200'000}}) {
      Duo duo(1, {.delay = delay});
      assert_true(settle(duo));
      duo.world.crash(duo.client);
      const LinkStatistics& link = duo.world.link(duo.server, duo.client).statistics();
      assert_true(static_cast<bool>(duo.answer(std::string(bytes, 'x'))));
      duo.world.run_for(Duration(1ms));
      const std::uint64_t window = link.offered;
      duo.world.run_until([&] { return duo.at_server.closed.has_value(); }, 1min);
      assert_true(duo.at_server.closed == Error::idle_timeout);
      std::printf("%lld us one way, %zu bytes said: %llu datagrams to nobody\n",
                  static_cast<long long>(delay / 1us), bytes,
                  static_cast<unsigned long long>(link.offered - window));
      assert_true(link.offered - window <= 120);
    }
  }
}

void the_smaller_idle_timeout_of_both_holds(void**) {
  Duo duo(1, {}, without_keep_alive());
  EndpointConfig patient;
  patient.transport = without_keep_alive();
  patient.transport.max_idle = 10min;
  const NodeId other = duo.world.add_node(Address::v4(10, 0, 0, 3, 5000), patient).value();
  Seen seen;
  duo.world.on_event(other, [&](const Event& event) { seen.take(event); });
  assert_true(static_cast<bool>(duo.world.connect(other, duo.server, {.server_key = duo.server_key})));
  duo.world.run_until([&] { return seen.closed.has_value(); }, 5min);
  assert_true(duo.is_well());
  assert_true(seen.connected);
  assert_true(seen.closed == Error::idle_timeout);
  assert_true(duo.world.now() < Instant() + 40s);
}

void a_silence_shorter_than_the_timeout_does_no_harm(void**) {
  Duo duo(1, {}, without_keep_alive());
  assert_true(settle(duo));
  for (int i = 0; i < 20; ++i) {
    duo.world.run_for(25s);
    assert_true(static_cast<bool>(duo.say("again")));
  }
  duo.world.run_for(1s);
  assert_true(duo.is_well());
  assert_int_equal(duo.at_server.messages.size(), 21);
}

// Threat A-10.
void clocks_that_jump_all_the_time_hold_no_dead_connection(void**) {
  Duo duo(1, {.delay = 25ms});
  assert_true(settle(duo));
  duo.cut();
  for (int i = 0; i < 20 && !duo.at_client.closed; ++i) {
    duo.world.shift_clock(duo.client, 1min);
    duo.world.run_for(50ms);
  }
  assert_true(duo.at_client.closed == Error::idle_timeout);
  assert_true(duo.world.now() < Instant() + 5s);
}

// Threat A-10.
void a_clock_that_jumps_in_the_middle_of_a_transfer_does_not_slow_it(void**) {
  for (const Duration jump : {Duration(200ms), Duration(2s), Duration(20s), Duration(1min), Duration(10h)}) {
    Duo duo(1, {.delay = 25ms, .loss_ppm = 20'000});
    assert_true(settle(duo));
    const std::vector<std::uint8_t> bytes(40'000, 1);
    for (int i = 0; i < 5; ++i) assert_true(static_cast<bool>(duo.say_bytes(bytes)));
    duo.world.run_for(60ms);
    duo.world.shift_clock(duo.client, jump);
    duo.world.run_for(60ms);
    duo.world.shift_clock(duo.server, jump);
    duo.world.run_until([&] { return duo.at_server.messages.size() == 6; }, 5s);
    assert_true(duo.is_well());
    assert_int_equal(duo.at_server.messages.size(), 6);
    assert_false(duo.at_client.closed.has_value());
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(without_keep_alive_an_idle_link_is_silent),
      cmocka_unit_test(a_silent_connection_ends_at_its_idle_timeout),
      cmocka_unit_test(keep_alive_holds_a_connection_for_an_hour),
      cmocka_unit_test(keep_alive_costs_little),
      cmocka_unit_test(keep_alive_notices_a_dead_peer),
      cmocka_unit_test(a_client_that_vanished_draws_few_datagrams),
      cmocka_unit_test(the_smaller_idle_timeout_of_both_holds),
      cmocka_unit_test(a_silence_shorter_than_the_timeout_does_no_harm),
      cmocka_unit_test(clocks_that_jump_all_the_time_hold_no_dead_connection),
      cmocka_unit_test(a_clock_that_jumps_in_the_middle_of_a_transfer_does_not_slow_it),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
