// S11: however a connection ends, both sides are told once, and what was promised arrived before.
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "duo.hpp"

#include "support/cmocka.hpp"

using namespace scenario;

namespace {

/// Far above 3 PTO on these paths.
constexpr Duration kSoon = 3s;

bool run_to_rest(Duo& duo, Duration limit = 10min) {
  const bool rested = duo.world.run_until_idle(limit);
  return duo.is_well() && rested;
}

void a_close_waits_until_everything_queued_has_arrived(void**) {
  Duo duo(1, {.delay = 20ms, .rate_bits_per_s = 5'000'000});
  assert_true(duo.connect());
  for (int i = 0; i < 50; ++i) assert_true(static_cast<bool>(duo.say(std::string(4'000, 'x'))));
  duo.world.close(duo.client, duo.at_client.connection, 42, "goodbye", 30s);
  assert_true(run_to_rest(duo));
  assert_int_equal(duo.at_server.messages.size(), 50);
  assert_true(duo.at_client.closed == Error::closed_locally);
  assert_true(duo.at_server.closed == Error::closed_by_peer);
  assert_int_equal(duo.at_server.close_code, 42);
  assert_string_equal(duo.at_server.reason.c_str(), "goodbye");
}

// Threat S11.
void a_close_drains_through_heavy_loss(void**) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Duo duo(seed, {.delay = 20ms, .loss_ppm = 300'000});
    assert_true(duo.connect());
    for (int i = 0; i < 20; ++i) assert_true(static_cast<bool>(duo.say(std::string(3'000, 'x'))));
    duo.world.close(duo.client, duo.at_client.connection, 1, "", 2min);
    assert_true(run_to_rest(duo));
    assert_int_equal(duo.at_server.messages.size(), 20);
    assert_true(duo.at_client.closed == Error::closed_locally);
    assert_true(duo.at_server.closed.has_value());
  }
}

void nothing_can_be_sent_once_close_was_called(void**) {
  Duo duo(1);
  assert_true(duo.connect());
  duo.world.close(duo.client, duo.at_client.connection);
  assert_true(duo.say("late").status == SendStatus::closed);
  assert_true(run_to_rest(duo));
}

void the_drain_of_a_close_ends_at_its_deadline(void**) {
  Duo duo(1);
  assert_true(duo.connect());
  duo.cut();
  assert_true(static_cast<bool>(duo.say("never arrives")));
  const Instant closed_at = duo.world.now();
  duo.world.close(duo.client, duo.at_client.connection, 1, "", 2s);
  duo.world.run_until([&] { return duo.at_client.closed.has_value(); }, 1min);
  assert_true(duo.is_well());
  assert_true(duo.at_client.closed == Error::closed_locally);
  const Duration took = duo.world.now() - closed_at;
  assert_true(took >= 1900ms && took <= 2s + kSoon);
}

void close_now_ends_both_sides_at_once(void**) {
  Duo duo(1);
  assert_true(duo.connect());
  assert_true(static_cast<bool>(duo.say("perhaps")));
  duo.world.close_now(duo.client, duo.at_client.connection, 5, "now");
  duo.world.run_until([&] { return duo.at_server.closed.has_value(); }, kSoon);
  assert_true(duo.at_server.closed == Error::closed_by_peer);
  assert_int_equal(duo.at_server.close_code, 5);
  assert_true(run_to_rest(duo));
  assert_true(duo.at_client.closed == Error::closed_locally);
  assert_int_equal(duo.world.endpoint(duo.client).connection_count(), 0);
  assert_int_equal(duo.world.endpoint(duo.server).connection_count(), 0);
}

void a_lost_close_is_noticed_by_silence(void**) {
  Duo duo(1);
  assert_true(duo.connect());
  duo.world.run_for(1s);
  duo.cut();
  duo.world.close_now(duo.client, duo.at_client.connection);
  duo.world.run_until([&] { return duo.at_client.closed.has_value(); }, kSoon);
  assert_true(duo.at_client.closed == Error::closed_locally);
  duo.world.run_until([&] { return duo.at_server.closed.has_value(); }, 45s);
  assert_true(duo.is_well());
  assert_true(duo.at_server.closed == Error::idle_timeout);
  assert_true(run_to_rest(duo));
}

// Threat S11.
// Its peer has forgotten the connection: a RESET says so, where the CLOSE was lost.
void one_lost_close_is_made_good_by_the_next_packet(void**) {
  Duo duo(1);
  assert_true(duo.connect());
  duo.world.run_for(1s);
  bool dropped = false;
  duo.world.set_filter([&](const Datagram& datagram) {
    if (dropped || datagram.from != duo.world.address(duo.client)) return true;
    dropped = true;
    return false;
  });
  duo.world.close_now(duo.client, duo.at_client.connection, 9);
  assert_true(dropped);
  assert_true(static_cast<bool>(duo.answer("still there?")));
  duo.world.run_until([&] { return duo.at_server.closed.has_value(); }, kSoon);
  assert_true(duo.is_well());
  assert_true(duo.at_server.closed == Error::closed_by_peer);
  assert_int_equal(duo.at_server.close_code, 9);
  assert_true(run_to_rest(duo));
}

/// Of 200 pairs, how many have one whose peer closed and that was not told within 3 s; nobody says anything more.
int left_waiting(std::uint32_t loss_ppm, bool server_closes) {
  int waiting = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Duo duo(seed, {.delay = 20ms, .loss_ppm = loss_ppm});
    assert_true(duo.connect());
    duo.world.run_for(1s);
    const NodeId from = server_closes ? duo.server : duo.client;
    duo.world.close_now(from, server_closes ? duo.at_server.connection : duo.at_client.connection);
    duo.world.run_for(kSoon);
    waiting += (server_closes ? duo.at_client : duo.at_server).closed ? 0 : 1;
    assert_true(duo.is_well());
  }
  return waiting;
}

// Threat S11. Of one CLOSE alone one in 20 or one in 5 is lost.
void a_close_is_repeated_for_who_says_nothing(void**) {
  for (const bool server_closes : {false, true}) {
    for (const std::uint32_t loss_ppm : {50'000u, 200'000u}) {
      const int waiting = left_waiting(loss_ppm, server_closes);
      std::printf("%u %% lost, the %s closes: %d of 200 peers left waiting\n", loss_ppm / 10'000,
                  server_closes ? "server" : "client", waiting);
      assert_true(waiting <= (loss_ppm > 100'000 ? 6 : 1));
    }
  }
}

std::uint64_t sent_by_client(Duo& duo) { return duo.world.link(duo.client, duo.server).statistics().offered; }

void a_peer_that_is_gone_draws_three_times_close(void**) {
  Duo duo(1);
  assert_true(duo.connect());
  duo.world.run_for(1s);
  duo.world.crash(duo.server);
  const std::uint64_t before = sent_by_client(duo);
  duo.world.close_now(duo.client, duo.at_client.connection);
  duo.world.run_for(1min);
  assert_int_equal(sent_by_client(duo) - before, 3);
  assert_int_equal(duo.world.endpoint(duo.client).connection_count(), 0);
}

// Threat S11. The server has forgotten the connection when the client speaks again.
void a_client_that_missed_every_close_is_told_by_a_reset(void**) {
  Duo duo(1);
  assert_true(duo.connect());
  duo.world.run_for(1s);
  bool deaf = true;
  duo.world.set_filter(
      [&](const Datagram& datagram) { return !deaf || datagram.from != duo.world.address(duo.server); });
  duo.world.close_now(duo.server, duo.at_server.connection, 9);
  duo.world.run_for(kSoon);
  deaf = false;
  assert_false(duo.at_client.closed.has_value());
  assert_int_equal(duo.world.endpoint(duo.server).connection_count(), 0);
  assert_true(static_cast<bool>(duo.say("still there?")));
  duo.world.run_until([&] { return duo.at_client.closed.has_value(); }, kSoon);
  assert_true(duo.is_well());
  assert_true(duo.at_client.closed == Error::reset_by_peer);
}

// A client repeats its CLOSE to a server that has lost its memory: the RESET is an answer like any other.
void a_reset_ends_the_repetition(void**) {
  Duo duo(1);
  assert_true(duo.connect());
  duo.world.run_for(1s);
  duo.world.crash(duo.server);
  duo.world.restart(duo.server);
  const std::uint64_t before = sent_by_client(duo);
  duo.world.close_now(duo.client, duo.at_client.connection);
  duo.world.run_for(1min);
  assert_true(duo.is_well());
  assert_int_equal(sent_by_client(duo) - before, 1);
}

// Threat S11.
void both_may_close_at_the_same_time(void**) {
  Duo duo(1);
  assert_true(duo.connect());
  duo.world.run_for(1s);
  const std::uint64_t before = sent_by_client(duo);
  duo.world.close_now(duo.client, duo.at_client.connection, 1, "client");
  duo.world.close_now(duo.server, duo.at_server.connection, 2, "server");
  assert_true(run_to_rest(duo));
  assert_int_equal(sent_by_client(duo) - before, 1);
  assert_true(duo.at_client.closed.has_value() && duo.at_server.closed.has_value());
  assert_int_equal(duo.world.endpoint(duo.server).connection_count(), 0);
}

// Threat S11.
void a_second_close_changes_nothing(void**) {
  Duo duo(1);
  assert_true(duo.connect());
  duo.world.close(duo.client, duo.at_client.connection, 1, "first");
  duo.world.close(duo.client, duo.at_client.connection, 2, "second");
  duo.world.close_now(duo.client, duo.at_client.connection, 3, "third");
  assert_true(run_to_rest(duo));
  assert_true(duo.at_client.closed == Error::closed_locally);
  assert_true(duo.at_server.closed == Error::closed_by_peer);
}

void a_handshake_can_be_given_up(void**) {
  Duo duo(1);
  duo.start();
  duo.world.run_for(5ms);
  duo.world.close(duo.client, duo.at_client.connection);
  assert_true(run_to_rest(duo, 2min));
  assert_true(duo.at_client.closed == Error::closed_locally);
  assert_false(duo.at_server.connected);
  assert_int_equal(duo.world.endpoint(duo.server).connection_count(), 0);
}

void a_handshake_nobody_answers_times_out(void**) {
  Duo duo(1, {.loss_ppm = 1'000'000});
  duo.start();
  assert_true(run_to_rest(duo));
  assert_true(duo.at_client.closed == Error::handshake_timeout);
  const Duration took = duo.world.now() - Instant();
  assert_true(took >= 45s && took <= 49s);
}

void a_crashed_server_is_noticed_by_its_reset_after_its_restart(void**) {
  Duo duo(1);
  assert_true(duo.connect());
  duo.world.run_for(1s);
  duo.world.crash(duo.server);
  duo.world.run_for(1s);
  duo.world.restart(duo.server);
  assert_true(static_cast<bool>(duo.say("anybody?")));
  duo.world.run_until([&] { return duo.at_client.closed.has_value(); }, 31s);
  assert_true(duo.is_well());
  assert_true(duo.at_client.closed == Error::reset_by_peer);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_close_waits_until_everything_queued_has_arrived),
      cmocka_unit_test(a_close_drains_through_heavy_loss),
      cmocka_unit_test(nothing_can_be_sent_once_close_was_called),
      cmocka_unit_test(the_drain_of_a_close_ends_at_its_deadline),
      cmocka_unit_test(close_now_ends_both_sides_at_once),
      cmocka_unit_test(a_lost_close_is_noticed_by_silence),
      cmocka_unit_test(one_lost_close_is_made_good_by_the_next_packet),
      cmocka_unit_test(a_close_is_repeated_for_who_says_nothing),
      cmocka_unit_test(a_peer_that_is_gone_draws_three_times_close),
      cmocka_unit_test(a_client_that_missed_every_close_is_told_by_a_reset),
      cmocka_unit_test(a_reset_ends_the_repetition),
      cmocka_unit_test(both_may_close_at_the_same_time),
      cmocka_unit_test(a_second_close_changes_nothing),
      cmocka_unit_test(a_handshake_can_be_given_up),
      cmocka_unit_test(a_handshake_nobody_answers_times_out),
      cmocka_unit_test(a_crashed_server_is_noticed_by_its_reset_after_its_restart),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
