// a peer that acknowledges what it cannot have, or nothing; and clocks that jump.
#include <algorithm>
#include <vector>

#include "hand_made_world.hpp"

using namespace scenario;

namespace {

SendResult say(HandMadeWorld& world, std::size_t bytes) {
  const std::vector<std::uint8_t> message(bytes, 0x5a);
  const SendResult result = world.server->send(world.now, *world.drain.connection, 0, message);
  world.take_outputs();
  return result;
}

void acknowledge(HandMadeWorld& world, PacketNumber first, PacketNumber last) {
  std::array<std::uint8_t, 64> payload;
  wire::Writer writer(payload);
  const PacketRange range{first, last};
  assert_true(wire::write_ack(writer, {&range, 1}, 0, nullptr));
  world.deliver(world.client.seal(writer.written()));
}

bool has_hole(const std::vector<Sent>& sent) {
  for (std::size_t at = 1; at < sent.size(); ++at)
    if (sent[at].number > sent[at - 1].number + 1) return true;
  return false;
}

/// Talks, with honest acks, until the server has left a number out.
void talk_until_a_number_is_missing(HandMadeWorld& world) {
  for (int messages = 0; messages < 10'000 && !has_hole(world.sent); ++messages) {
    assert_true(static_cast<bool>(say(world, 100)));
    world.acknowledge_all_but(Address());
    world.wait(20ms);
  }
  assert_true(has_hole(world.sent));
  assert_false(world.closed.has_value());
}

// Threat A-1.
void an_ack_of_everything_is_found_out_by_a_number_left_out(void**) {
  HandMadeWorld world;
  talk_until_a_number_is_missing(world);
  acknowledge(world, 0, world.sent.back().number);
  assert_true(world.closed.has_value());
  assert_int_equal(*world.closed, Error::protocol_violation);
}

// Threat A-2.
void an_ack_of_a_packet_that_was_never_sent_closes(void**) {
  for (const std::uint64_t beyond : {std::uint64_t{1}, std::uint64_t{1'000'000}, kPacketNumberMax}) {
    HandMadeWorld world;
    assert_true(static_cast<bool>(say(world, 100)));
    const PacketNumber number = std::min(kPacketNumberMax, world.sent.back().number + beyond);
    acknowledge(world, number, number);
    assert_true(world.closed.has_value());
    assert_int_equal(*world.closed, Error::protocol_violation);
  }
}

/// Runs to the next instant that the server asked for.
void run_on(HandMadeWorld& world) {
  const auto due = world.server->poll_timeout();
  assert_true(due.has_value());
  world.wait(std::max(*due - world.now, Duration(0)));
}

// Threat A-4.
void a_peer_that_acknowledges_nothing_is_asked_at_a_slow_pace_then_ever_less_and_given_up(void**) {
  HandMadeWorld world;
  assert_true(static_cast<bool>(say(world, 20'000)));
  const Instant began = world.now;
  while (!world.closed && world.now - began < 5min) run_on(world);
  assert_true(world.closed.has_value());
  assert_int_equal(*world.closed, Error::idle_timeout);
  // The first window, and then ever less, to two or three a second; in the last ten seconds next to nothing.
  const auto late = std::count_if(world.sent.begin(), world.sent.end(),
                                  [&](const Sent& sent) { return world.now - sent.at < 10s; });
  assert_in_range(late, 1, 12);
  assert_in_range(world.sent.size(), 12, 100);
}

/// Nothing is under way, and an hour passes at once, as when a machine sleeps.
struct Slept : HandMadeWorld {
  Slept() {
    assert_true(static_cast<bool>(say(*this, 100)));
    acknowledge_all_but(Address());
    sent_before = sent.size();
    wait(1h);
  }
  std::size_t sent_before = 0;
};

// Threat A-10.
void after_a_jump_of_the_clock_the_peer_is_asked_before_it_is_given_up(void**) {
  Slept world;
  assert_false(world.closed.has_value());
  assert_true(world.sent.size() > world.sent_before);
  world.acknowledge_all_but(Address());
  world.wait(20s);
  assert_false(world.closed.has_value());
}

// Threat A-10.
void who_does_not_answer_after_a_jump_is_given_up_soon(void**) {
  Slept world;
  const Instant woke = world.now;
  while (!world.closed && world.now - woke < 1min) run_on(world);
  assert_true(world.closed.has_value());
  assert_int_equal(*world.closed, Error::idle_timeout);
  assert_true(world.now - woke < 2s);
}

// Threat A-10.
void a_caller_that_is_always_late_still_sees_the_end(void**) {
  Slept world;
  for (int calls = 0; calls < 3 && !world.closed; ++calls) world.wait(1h);
  assert_true(world.closed.has_value());
}

// Threat A-10.
void a_clock_that_runs_back_is_taken_for_the_latest_seen(void**) {
  HandMadeWorld world;
  assert_true(static_cast<bool>(say(world, 100)));
  const Instant latest = world.now;
  for (const Duration back : {Duration(1s), Duration(1h)}) {
    world.now = latest - back;
    world.server->handle_timeout(world.now);
    world.take_outputs();
    assert_true(static_cast<bool>(say(world, 100)));
    world.acknowledge_all_but(Address());
  }
  assert_false(world.closed.has_value());
  assert_true(*world.server->poll_timeout() >= latest);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(an_ack_of_everything_is_found_out_by_a_number_left_out),
      cmocka_unit_test(an_ack_of_a_packet_that_was_never_sent_closes),
      cmocka_unit_test(a_peer_that_acknowledges_nothing_is_asked_at_a_slow_pace_then_ever_less_and_given_up),
      cmocka_unit_test(after_a_jump_of_the_clock_the_peer_is_asked_before_it_is_given_up),
      cmocka_unit_test(who_does_not_answer_after_a_jump_is_given_up_soon),
      cmocka_unit_test(a_caller_that_is_always_late_still_sees_the_end),
      cmocka_unit_test(a_clock_that_runs_back_is_taken_for_the_latest_seen),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
