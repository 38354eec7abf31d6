// Connection ids over the door: a client made by hand gives, takes and retires them.
#include <array>
#include <chrono>
#include <map>
#include <vector>

#include "crypto/reset_token.hpp"
#include "fuzz/hand_made_client.hpp"
#include "wire/frame_reader.hpp"
#include "wire/frame_writer.hpp"

#include "support/cmocka.hpp"

using namespace std::chrono_literals;
using namespace rudp;
using fuzz::HandMadeClient;
using fuzz::kClientAddress;

namespace {

ConnectionId id(std::uint8_t last, std::size_t length = 4) {
  const std::array<std::uint8_t, 8> bytes{9, 9, 9, last, last, last, last, last};
  return ConnectionId(Bytes(bytes).first(length));
}

/// A server and what a client that speaks by hand sees of it.
struct World {
  World() {
    EndpointConfig config;
    config.identity = fuzz::server_identity();
    config.accept = true;
    config.cookie_free_handshakes_per_second = 10;
    server = std::move(Endpoint::create(config, random)).value();
    deliver(client.init());
    assert_true(has_keys);
    send({wire::PingFrame{}});
    assert_true(drain.connection.has_value());
  }

  void deliver(std::vector<std::uint8_t> datagram) {
    server->handle_datagram(now, kClientAddress, datagram);
    take_outputs();
  }

  void take_outputs() {
    std::array<std::uint8_t, 65536> buffer;
    Transmit transmit;
    bool more = true;
    while (more) {
      more = server->poll_transmit(now, buffer, transmit);
      for (std::size_t at = 0; more && at < transmit.bytes; at += transmit.segment_bytes)
        take(MutableBytes(buffer).subspan(at, std::min(transmit.segment_bytes, transmit.bytes - at)));
      Event event;
      while (server->poll_event(event)) {
        more = true;
        if (event.type == EventType::connected) drain.connection = event.connection;
        if (event.type == EventType::closed) closed = event.error;
      }
    }
  }

  void take(MutableBytes datagram) {
    if (datagram[0] == 0x85) ++resets;
    if (!has_keys) {
      has_keys = client.take_answer(now, datagram);
      return;
    }
    const auto payload = client.open(datagram);
    wire::FrameReader frames{Bytes(payload)};
    for (wire::Frame frame; frames.next(frame);) {
      if (const auto* given = std::get_if<wire::NewConnectionIdFrame>(&frame))
        offered[given->sequence] = *given;
      if (const auto* retired = std::get_if<wire::RetireConnectionIdFrame>(&frame))
        retirements.push_back(retired->sequence);
    }
  }

  void send(const std::vector<wire::Frame>& list) {
    std::array<std::uint8_t, 1200> payload;
    wire::Writer writer(payload);
    for (const wire::Frame& frame : list) {
      std::visit(
          [&writer](const auto& known) {
            if constexpr (requires { wire::write(writer, known); }) assert_true(wire::write(writer, known));
          },
          frame);
    }
    deliver(client.seal(writer.written()));
  }

  void wait(Duration length) {
    now += length;
    server->handle_timeout(now);
    take_outputs();
  }

  sim::SeededRandom random{3};
  HandMadeClient client{2};
  std::unique_ptr<Endpoint> server;
  Instant now = Instant() + 1h;
  bool has_keys = false;
  fuzz::Drain drain;
  std::optional<Error> closed;
  int resets = 0;
  std::map<std::uint64_t, wire::NewConnectionIdFrame> offered;
  std::vector<std::uint64_t> retirements;
};

wire::NewConnectionIdFrame offer(std::uint64_t sequence, std::uint64_t retire_prior_to = 0) {
  return {sequence, retire_prior_to, id(static_cast<std::uint8_t>(sequence)), {}};
}

void a_server_gives_three_more_ids_that_find_the_connection(void**) {
  World world;
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
  World world;
  const crypto::ResetTokenKey key(fuzz::server_identity());
  for (const auto& [sequence, given] : world.offered)
    assert_true(given.reset_token == key.make(given.id.bytes()));
}

void a_retired_id_finds_nothing_and_is_replaced(void**) {
  World world;
  const ConnectionId first = world.client.server_cid();
  world.client.use_server_cid(world.offered[1].id);
  world.send({wire::RetireConnectionIdFrame{0}});
  assert_int_equal(world.offered.size(), 4);
  assert_true(world.offered.contains(4));
  world.client.use_server_cid(first);
  const std::uint64_t unknown = world.server->statistics().dropped_unknown_connection;
  world.send({wire::PingFrame{}});
  assert_int_equal(world.server->statistics().dropped_unknown_connection, unknown + 1);
}

// Threat M4.
void retiring_an_id_that_was_never_given_closes(void**) {
  World world;
  world.send({wire::RetireConnectionIdFrame{17}});
  assert_true(world.closed == Error::protocol_violation);
}

// Threat M4.
void retiring_and_taking_ids_for_ever_costs_nothing_that_lasts(void**) {
  World world;
  for (std::uint64_t sequence = 1; sequence < 1000; ++sequence) {
    world.send({wire::RetireConnectionIdFrame{sequence}});
    world.wait(100ms);
    assert_true(world.offered.size() <= sequence + 3);
  }
  assert_false(world.closed.has_value());
}

void ids_that_the_client_gives_are_taken_and_retired_as_it_asks(void**) {
  World world;
  world.send({offer(1), offer(2), offer(3), offer(3)});
  assert_false(world.closed.has_value());
  world.send({offer(4, 3)});
  std::sort(world.retirements.begin(), world.retirements.end());
  assert_true((world.retirements == std::vector<std::uint64_t>{0, 1, 2}));
}

// Threat M4.
void a_fifth_id_closes(void**) {
  World world;
  world.send({offer(1), offer(2), offer(3), offer(4)});
  assert_true(world.closed == Error::connection_id_limit);
}

// Threat M4.
void a_client_that_has_ids_retired_faster_than_it_acknowledges_is_closed(void**) {
  World world;
  for (std::uint64_t sequence = 1; sequence <= 8; ++sequence) world.send({offer(sequence, sequence)});
  assert_false(world.closed.has_value());
  world.send({offer(9, 9)});
  assert_true(world.closed == Error::connection_id_limit);
}

void ids_of_another_length_close(void**) {
  World world;
  world.send({wire::NewConnectionIdFrame{1, 0, id(1, 8), {}}});
  assert_true(world.closed == Error::protocol_violation);
}

void nothing_is_left_in_the_tables_when_a_connection_is_over(void**) {
  World world;
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
