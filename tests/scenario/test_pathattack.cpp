// What a client that means ill can make a server do with paths: floods of challenges, other people's
// addresses.
#include <functional>

#include "hand_made_world.hpp"

#include "support/cmocka.hpp"

namespace {

using namespace scenario;

Address victim(std::uint8_t host) { return Address::v4(203, 0, 113, host, 53); }

wire::Frame challenge(std::uint8_t fill) {
  wire::PathChallengeFrame frame;
  frame.data.fill(fill);
  return frame;
}

std::size_t bytes_to(const HandMadeWorld& world, const Address& address) {
  std::size_t bytes = 0;
  for (const Sent& sent : world.sent) bytes += sent.to == address ? sent.bytes : 0;
  return bytes;
}

int responses_since(const HandMadeWorld& world, std::size_t begin) {
  int responses = 0;
  for (std::size_t at = begin; at < world.sent.size(); ++at) responses += world.sent[at].responses;
  return responses;
}

// Threat M2.
void a_packet_full_of_challenges_gets_eight_answers(void**) {
  HandMadeWorld world;
  std::vector<wire::Frame> many;
  for (std::uint8_t fill = 0; fill < 100; ++fill) many.push_back(challenge(fill));
  const std::size_t before = world.sent.size();
  world.send(many);
  assert_int_equal(responses_since(world, before), 8);
}

// Threat M2.
void answers_are_never_sent_again(void**) {
  HandMadeWorld world;
  world.send({challenge(1)});
  const std::size_t before = world.sent.size();
  for (int i = 0; i < 100; ++i) world.wait(500ms);
  assert_int_equal(responses_since(world, before), 0);
}

// Threat M2.
void a_flood_of_challenges_is_answered_by_no_more_than_it_was(void**) {
  HandMadeWorld world;
  for (int i = 0; i < 5000; ++i) {
    const std::size_t before = bytes_to(world, fuzz::kClientAddress);
    world.send({challenge(1), wire::PaddingFrame{static_cast<std::size_t>(i % 1000)}});
    // Two bytes more than the question: the packet number may take them.
    assert_true(bytes_to(world, fuzz::kClientAddress) - before <= std::size_t(i % 1000) + 40 + 64);
    if (i % 8 == 0) world.wait(1ms);
  }
  assert_false(world.closed.has_value());
}

// Threat M9.
void a_stranger_gets_nothing_but_challenges_three_times_what_came(void**) {
  HandMadeWorld world;
  static_cast<void>(
      world.server->send(world.now, *world.drain.connection, 0, std::vector<std::uint8_t>(20'000)));
  world.send({wire::PingFrame{}}, victim(1));
  const std::size_t received = 29;
  for (int i = 0; i < 200; ++i) world.wait(100ms);
  for (const Sent& sent : world.sent) {
    if (sent.to != victim(1)) continue;
    assert_false(sent.has_more);
    assert_int_equal(sent.challenges.size(), 1);
  }
  assert_in_range(bytes_to(world, victim(1)), 20, 3 * received);
  assert_int_equal(world.server->statistics(*world.drain.connection)->path_moves, 0);
}

// Threat M9.
void challenges_to_one_stranger_are_a_round_trip_apart(void**) {
  HandMadeWorld world;
  world.send({wire::PingFrame{}, wire::PaddingFrame{1100}}, victim(1));
  for (int i = 0; i < 3000; ++i) world.wait(1ms);
  std::optional<Instant> last;
  int challenges = 0;
  const Duration rtt = world.server->statistics(*world.drain.connection)->smoothed_rtt;
  for (const Sent& sent : world.sent) {
    if (sent.to != victim(1)) continue;
    if (last) assert_true(sent.at - *last >= std::max<Duration>(rtt, 10ms));
    last = sent.at;
    ++challenges;
  }
  assert_in_range(challenges, 2, 12);
}

// Threat M9.
void a_client_cannot_make_a_server_call_on_many_at_once(void**) {
  HandMadeWorld world;
  for (int round = 0; round < 1000; ++round) {
    world.send({wire::PingFrame{}}, victim(static_cast<std::uint8_t>(round % 200)));
    world.wait(1ms);
  }
  std::size_t challenges = 0;
  for (const Sent& sent : world.sent)
    if (sent.to != fuzz::kClientAddress) challenges += sent.challenges.size();
  assert_in_range(challenges, 1, 1000 / 10);  // one in a round trip, and at least 10 ms apart
}

// Threat M9.
void who_names_a_stranger_with_fresh_ids_gets_no_further(void**) {
  HandMadeWorld world;
  const Address here = fuzz::kClientAddress;
  for (std::uint64_t sequence = 1; sequence < 50; ++sequence) {
    world.client.use_server_cid(world.offered[sequence].id);
    world.send({wire::PingFrame{}}, victim(1));
    world.wait(50ms);
    assert_true(bytes_to(world, victim(1)) <= 3 * 29 * sequence);
    world.send({wire::RetireConnectionIdFrame{sequence - 1}}, here);
  }
  for (const Sent& sent : world.sent) assert_false(sent.to == victim(1) && sent.has_more);
  assert_int_equal(world.server->statistics(*world.drain.connection)->path_moves, 0);
}

/// Answers the newest challenge that went there, from there.
void answer_challenge(HandMadeWorld& world, const Address& there) {
  wire::PathResponseFrame response;
  for (const Sent& sent : world.sent)
    if (sent.to == there && !sent.challenges.empty()) response.data = sent.challenges.back();
  world.send({response}, there);
}

std::size_t challenges_to(const HandMadeWorld& world, const Address& address) {
  std::size_t challenges = 0;
  for (const Sent& sent : world.sent) challenges += sent.to == address ? sent.challenges.size() : 0;
  return challenges;
}

std::uint64_t moves(const HandMadeWorld& world) {
  return world.server->statistics(*world.drain.connection)->path_moves;
}

/// The id with which the client announced its move says nothing more once the server has moved, also to who
/// copies the first packet after that. Threat M3.
void who_copies_the_first_packet_after_a_move_announces_nothing(void**) {
  HandMadeWorld world;
  const Address second = Address::v4(10, 0, 0, 3, 5001);
  world.wait(100ms);
  world.client.use_server_cid(world.offered[1].id);
  world.send({challenge(1), wire::PaddingFrame{1100}}, second);
  answer_challenge(world, second);
  assert_int_equal(moves(world), 1);
  world.wait(100ms);
  const std::size_t before = challenges_to(world, second);
  world.send({wire::PingFrame{}}, victim(4));
  assert_int_equal(challenges_to(world, victim(4)), 1);
  assert_int_equal(challenges_to(world, second), before + 1);
  answer_challenge(world, victim(4));
  assert_int_equal(moves(world), 1);
}

const std::array<std::uint8_t, 8> kPings{1, 1, 1, 1, 1, 1, 1, 1};
constexpr std::size_t kTurns = 300;

/// The client's packets come from another port from now on, and it answers there. Somebody who may write its
/// old address sends a packet in each turn.
void move_while(HandMadeWorld& world, const std::function<void(std::size_t)>& somebody_sends) {
  const Address moved = Address::v4(10, 0, 0, 2, 6000);
  for (std::size_t turn = 0; turn < kTurns && moves(world) == 0; ++turn) {
    const std::size_t asked = challenges_to(world, moved);
    world.send({wire::PingFrame{}, wire::PaddingFrame{400}}, moved);
    somebody_sends(turn);
    world.wait(10ms);
    if (challenges_to(world, moved) > asked) answer_challenge(world, moved);
  }
}

// Threat M3.
void copies_of_what_is_long_past_do_not_keep_the_old_path_alive(void**) {
  HandMadeWorld world;
  const std::vector<std::uint8_t> seen = world.client.seal(kPings);
  world.deliver(seen);
  world.wait(100ms);
  move_while(world, [&](std::size_t) { world.deliver(seen); });
  assert_int_equal(moves(world), 1);
}

// Threat M3.
void nor_does_all_that_was_recorded_there(void**) {
  HandMadeWorld world;
  std::vector<std::vector<std::uint8_t>> recorded;
  for (std::size_t packet = 0; packet <= kTurns; ++packet) {
    recorded.push_back(world.client.seal(kPings));
    world.deliver(recorded.back());
    if (packet % 8 == 0) world.wait(10ms);
  }
  world.wait(100ms);
  move_while(world, [&](std::size_t turn) { world.deliver(recorded[turn]); });
  assert_int_equal(moves(world), 1);
}

// Threat M3.
void one_packet_that_came_from_elsewhere_shows_the_old_path_alive_once(void**) {
  HandMadeWorld world;
  const std::vector<std::uint8_t> seen = world.client.seal(kPings);
  world.wait(100ms);
  world.deliver(seen, Address::v4(10, 0, 0, 2, 6000));
  move_while(world, [&](std::size_t) { world.deliver(seen); });
  assert_int_equal(moves(world), 1);
}

/// The announced place never answers, and meanwhile the router gives the client's old path another port: its
/// packets come under the older id, and nobody hears what goes to the old address.
void a_client_whose_announced_place_is_a_dead_end_is_found_behind_another_port(void**) {
  HandMadeWorld world;
  const Address moved = Address::v4(10, 0, 0, 2, 6000);
  const ConnectionId older = world.client.server_cid();
  world.wait(100ms);
  world.client.use_server_cid(world.offered[1].id);
  world.send({challenge(1), wire::PaddingFrame{1100}}, victim(5));
  world.client.use_server_cid(older);
  for (int at = 0; at < 300 && moves(world) == 0; ++at) {
    const std::size_t asked = challenges_to(world, moved);
    world.send({wire::PingFrame{}, wire::PaddingFrame{400}}, moved);
    world.wait(10ms);
    if (challenges_to(world, moved) > asked) answer_challenge(world, moved);
  }
  assert_int_equal(moves(world), 1);
  assert_true(world.server->info(*world.drain.connection)->remote == moved);
}

// Threat A-11.
void challenges_that_are_lost_and_overtaken_hurt_nobody(void**) {
  HandMadeWorld world;
  static_cast<void>(
      world.server->send(world.now, *world.drain.connection, 0, std::vector<std::uint8_t>(200'000)));
  world.take_outputs();
  for (std::uint64_t round = 0; round < 300; ++round) {
    // From the new address everything comes, and nothing of what goes there arrives.
    world.send({wire::PingFrame{}, wire::PaddingFrame{900}}, victim(2));
    world.wait(20ms);
    // All that the server has sent is acknowledged but the challenges to there.
    world.acknowledge_all_but(victim(2));
    world.wait(20ms);
  }
  assert_false(world.closed.has_value());
  assert_true(world.server->statistics(*world.drain.connection)->path_challenges_sent > 20);
}

void an_answer_that_nobody_asked_for_says_nothing(void**) {
  HandMadeWorld world;
  for (std::uint8_t fill = 0; fill < 100; ++fill) {
    wire::PathResponseFrame response;
    response.data.fill(fill);
    world.send({response}, victim(3));
    world.wait(20ms);
  }
  assert_false(world.closed.has_value());
  assert_int_equal(world.server->statistics(*world.drain.connection)->path_moves, 0);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_packet_full_of_challenges_gets_eight_answers),
      cmocka_unit_test(answers_are_never_sent_again),
      cmocka_unit_test(a_flood_of_challenges_is_answered_by_no_more_than_it_was),
      cmocka_unit_test(a_stranger_gets_nothing_but_challenges_three_times_what_came),
      cmocka_unit_test(challenges_to_one_stranger_are_a_round_trip_apart),
      cmocka_unit_test(a_client_cannot_make_a_server_call_on_many_at_once),
      cmocka_unit_test(who_names_a_stranger_with_fresh_ids_gets_no_further),
      cmocka_unit_test(who_copies_the_first_packet_after_a_move_announces_nothing),
      cmocka_unit_test(copies_of_what_is_long_past_do_not_keep_the_old_path_alive),
      cmocka_unit_test(nor_does_all_that_was_recorded_there),
      cmocka_unit_test(one_packet_that_came_from_elsewhere_shows_the_old_path_alive_once),
      cmocka_unit_test(a_client_whose_announced_place_is_a_dead_end_is_found_behind_another_port),
      cmocka_unit_test(challenges_that_are_lost_and_overtaken_hurt_nobody),
      cmocka_unit_test(an_answer_that_nobody_asked_for_says_nothing),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
