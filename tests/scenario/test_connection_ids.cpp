// Connection ids over the door: a client made by hand gives, takes and retires them.
#include <array>
#include <chrono>
#include <vector>

#include "crypto/reset_token.hpp"
#include "hand_made_world.hpp"

#include "support/cmocka.hpp"

using namespace std::chrono_literals;
using namespace rudp;
using scenario::HandMadeWorld;

namespace {

/// A round trip that nobody has measured yet is taken for a third of a second, and packets leave one by one.
constexpr Duration kTurn = 20ms;

ConnectionId id(std::uint8_t last, std::size_t length = 4) {
  const std::array<std::uint8_t, 8> bytes{9, 9, 9, last, last, last, last, last};
  return ConnectionId(Bytes(bytes).first(length));
}

wire::NewConnectionIdFrame offer(std::uint64_t sequence, std::uint64_t retire_prior_to = 0) {
  return {sequence, retire_prior_to, id(static_cast<std::uint8_t>(sequence)), {}};
}

void a_server_gives_three_more_ids_that_find_the_connection(void**) {
  HandMadeWorld world;
  assert_int_equal(world.offered.size(), 3);
  for (const auto& [sequence, given] : world.offered) {
    assert_int_equal(given.id.size(), 8);
    world.client.use_server_cid(given.id);
    const std::uint64_t before = world.server->statistics(*world.drain.connection)->packets_received;
    world.send({wire::PingFrame{}});
    assert_int_equal(world.server->statistics(*world.drain.connection)->packets_received, before + 1);
  }
}

// Threat M6.
void each_id_has_the_reset_token_that_a_restarted_server_would_make(void**) {
  HandMadeWorld world;
  const crypto::ResetTokenKey key(fuzz::server_identity());
  for (const auto& [sequence, given] : world.offered)
    assert_true(given.reset_token == key.make(given.id.bytes()));
}

void a_retired_id_finds_nothing_and_is_replaced(void**) {
  HandMadeWorld world;
  const ConnectionId first = world.client.server_cid();
  world.client.use_server_cid(world.offered[1].id);
  world.send({wire::RetireConnectionIdFrame{0}});
  world.wait(kTurn);
  assert_int_equal(world.offered.size(), 4);
  assert_true(world.offered.contains(4));
  world.client.use_server_cid(first);
  const std::uint64_t unknown = world.server->statistics().dropped_unknown_connection;
  world.send({wire::PingFrame{}});
  assert_int_equal(world.server->statistics().dropped_unknown_connection, unknown + 1);
}

// Threat M4.
void retiring_an_id_that_was_never_given_closes(void**) {
  HandMadeWorld world;
  world.send({wire::RetireConnectionIdFrame{17}});
  assert_true(world.closed == Error::protocol_violation);
}

// Threat M4.
void retiring_and_taking_ids_for_ever_costs_nothing_that_lasts(void**) {
  HandMadeWorld world;
  for (std::uint64_t sequence = 1; sequence < 1000; ++sequence) {
    world.send({wire::RetireConnectionIdFrame{sequence}});
    world.wait(100ms);
    assert_true(world.offered.size() <= sequence + 3);
  }
  assert_false(world.closed.has_value());
}

void ids_that_the_client_gives_are_taken_and_retired_as_it_asks(void**) {
  HandMadeWorld world;
  world.send({offer(1), offer(2), offer(3), offer(3)});
  assert_false(world.closed.has_value());
  world.send({offer(4, 3)});
  world.wait(kTurn);
  std::sort(world.retirements.begin(), world.retirements.end());
  assert_true((world.retirements == std::vector<std::uint64_t>{0, 1, 2}));
}

// Threat M4.
void a_fifth_id_closes(void**) {
  HandMadeWorld world;
  world.send({offer(1), offer(2), offer(3), offer(4)});
  assert_true(world.closed == Error::connection_id_limit);
}

// Threat M4.
void a_client_that_has_ids_retired_faster_than_it_acknowledges_is_closed(void**) {
  HandMadeWorld world;
  for (std::uint64_t sequence = 1; sequence <= 8; ++sequence) world.send({offer(sequence, sequence)});
  assert_false(world.closed.has_value());
  world.send({offer(9, 9)});
  assert_true(world.closed == Error::connection_id_limit);
}

void ids_of_another_length_close(void**) {
  HandMadeWorld world;
  world.send({wire::NewConnectionIdFrame{1, 0, id(1, 8), {}}});
  assert_true(world.closed == Error::protocol_violation);
}

void nothing_is_left_in_the_tables_when_a_connection_is_over(void**) {
  HandMadeWorld world;
  world.send({wire::RetireConnectionIdFrame{2}});
  world.server->close_now(world.now, *world.drain.connection);
  world.take_outputs();
  world.wait(1h);
  assert_int_equal(world.server->connection_count(), 0);
  for (const auto& [sequence, given] : world.offered) {
    world.client.use_server_cid(given.id);
    const std::uint64_t unknown = world.server->statistics().dropped_unknown_connection;
    world.send({wire::PingFrame{}});
    assert_int_equal(world.server->statistics().dropped_unknown_connection, unknown + 1);
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_server_gives_three_more_ids_that_find_the_connection),
      cmocka_unit_test(each_id_has_the_reset_token_that_a_restarted_server_would_make),
      cmocka_unit_test(a_retired_id_finds_nothing_and_is_replaced),
      cmocka_unit_test(retiring_an_id_that_was_never_given_closes),
      cmocka_unit_test(retiring_and_taking_ids_for_ever_costs_nothing_that_lasts),
      cmocka_unit_test(ids_that_the_client_gives_are_taken_and_retired_as_it_asks),
      cmocka_unit_test(a_fifth_id_closes),
      cmocka_unit_test(a_client_that_has_ids_retired_faster_than_it_acknowledges_is_closed),
      cmocka_unit_test(ids_of_another_length_close),
      cmocka_unit_test(nothing_is_left_in_the_tables_when_a_connection_is_over),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
