// A peer with good keys that says what no peer says.
#include <string>
#include <string_view>
#include <vector>

#include "connection/glitch_budget.hpp"
#include "scenario/hostile.hpp"
#include "support/hex.hpp"

using namespace std::chrono_literals;
using namespace rudp;
using fuzz::HandMadeClient;
using test::HostileWorld;

namespace {

using Payload = std::vector<std::uint8_t>;

struct Opened {
  Opened() { world.open(client); }
  void say(Bytes payload, std::uint8_t reserved = 0) { world.deliver(client.seal(payload, reserved)); }

  HostileWorld world;
  HandMadeClient client{2};
};

/// What the server closes with when it hears this; absent: it goes on.
std::optional<Error> answer_to(Bytes payload, std::uint8_t reserved = 0) {
  Opened opened;
  assert_int_equal(opened.world.connected, 1);
  opened.say(payload, reserved);
  return opened.world.closed;
}

void assert_closed(std::string_view hex, Error expected) {
  const auto closed = answer_to(test::from_hex(hex));
  assert_true(closed.has_value());
  if (*closed != expected) print_error("%s: %d\n", std::string(hex).c_str(), static_cast<int>(*closed));
  assert_int_equal(*closed, expected);
}

// Threat P5.
void what_no_frame_looks_like_closes_the_connection(void**) {
  assert_closed("3f", Error::unknown_frame);
  assert_closed("7fff", Error::unknown_frame);            // nor is there one of two bytes
  assert_closed("4001", Error::malformed);                // PING in more bytes than it takes
  assert_closed("02", Error::truncated);                  // ACK that ends after its type
  assert_closed("02ffffffffffffffff", Error::truncated);  // an ACK of the largest number there is, cut short
}

// Threat P5.
void reserved_bits_close_the_connection(void**) {
  const Payload ping{0x01};
  for (const int reserved : {1, 2, 3}) {
    const auto closed = answer_to(ping, static_cast<std::uint8_t>(reserved));
    assert_true(closed.has_value());
    assert_int_equal(*closed, Error::protocol_violation);
  }
  assert_false(answer_to(ping).has_value());
}

// Threat P5. No first bytes of a payload do anything but close or be taken: each pair, followed by ones.
void every_beginning_of_a_payload_is_survived(void**) {
  auto opened = std::make_unique<Opened>();
  int closed = 0;
  for (unsigned first = 0; first < 256; ++first) {
    for (unsigned second = 0; second < 256; second += 17) {
      if (opened->world.closed) {
        ++closed;
        opened = std::make_unique<Opened>();
      }
      Payload payload(40, 0xff);
      payload[0] = static_cast<std::uint8_t>(first);
      payload[1] = static_cast<std::uint8_t>(second);
      opened->say(payload);
    }
  }
  assert_true(closed > 1'000);
}

// Threats P5, K3. The application never learned of the connection, and it said nothing yet but its RESP.
void who_breaks_the_rules_in_the_first_packet_is_forgotten_in_silence(void**) {
  HostileWorld world;
  HandMadeClient client{2};
  world.shake_hands(client);
  static_cast<void>(client.seal(Payload{0x01}));
  client.acked(0);
  client.update_key();
  assert_int_equal(world.statistics().half_open, 1);
  assert_int_equal(world.deliver(client.seal(Payload{0x01})).size(), 0);
  assert_int_equal(world.statistics().half_open, 0);
  assert_int_equal(world.server->connection_count(), 0);
  assert_int_equal(world.connected, 0);
  assert_false(world.closed.has_value());
}

// Threat P6.
void a_packet_of_more_frames_than_any_message_needs_closes(void**) {
  const auto closed = answer_to(Payload(connection::kFramesPerPacketMax + 1, 0x01));
  assert_true(closed.has_value());
  assert_int_equal(*closed, Error::limit_exceeded);
}

// Threats P6, S8.
void packets_full_of_frames_that_say_nothing_use_the_budget_up(void**) {
  Opened opened;
  const std::size_t frames = connection::kControlFramesFree + connection::kGlitchesMax / 4;
  const Payload pings(frames, 0x01);
  for (int packet = 0; packet < 4; ++packet) opened.say(pings);
  assert_false(opened.world.closed.has_value());
  opened.say(pings);
  assert_true(opened.world.closed.has_value());
  assert_int_equal(*opened.world.closed, Error::limit_exceeded);
}

void honest_packets_are_not_counted(void**) {
  Opened opened;
  const Payload pings(connection::kControlFramesFree, 0x01);
  for (int packet = 0; packet < 2'000; ++packet) opened.say(pings);
  assert_false(opened.world.closed.has_value());
}

// Threats P2, P7.
void a_packet_that_ends_before_its_tag_is_dropped(void**) {
  Opened opened;
  const std::vector<std::uint8_t> whole = opened.client.seal(Payload(40, 0x01));
  const std::uint64_t header_bytes = whole.size() - 40 - 16;
  for (std::size_t length = 0; length < whole.size(); ++length) {
    auto cut = whole;
    cut.resize(length);
    assert_int_equal(opened.world.deliver(cut).size(), 0);
  }
  assert_true(header_bytes > 0);
  assert_false(opened.world.closed.has_value());
  opened.say(Payload{0x01});
  assert_int_equal(opened.world.server->connection_count(), 1);
}

// Threat P7.
void a_second_packet_in_a_datagram_is_no_packet(void**) {
  Opened opened;
  auto datagram = opened.client.seal(Payload(40, 0x01));
  const auto second = opened.client.seal(Payload(40, 0x01));
  datagram.insert(datagram.end(), second.begin(), second.end());
  const std::uint64_t before = opened.world.statistics().dropped_unauthenticated;
  assert_int_equal(opened.world.deliver(datagram).size(), 0);
  assert_int_equal(opened.world.statistics().dropped_unauthenticated, before + 1);
  assert_false(opened.world.closed.has_value());
}

// Threat P12.
void a_datagram_longer_than_any_packet_is_dropped(void**) {
  Opened opened;
  auto datagram = opened.client.seal(Payload(40, 0x01));
  datagram.resize(65'507);
  assert_int_equal(opened.world.deliver(datagram).size(), 0);
  assert_int_equal(opened.world.statistics().dropped_unauthenticated, 1);
  assert_false(opened.world.closed.has_value());
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(what_no_frame_looks_like_closes_the_connection),
      cmocka_unit_test(reserved_bits_close_the_connection),
      cmocka_unit_test(every_beginning_of_a_payload_is_survived),
      cmocka_unit_test(who_breaks_the_rules_in_the_first_packet_is_forgotten_in_silence),
      cmocka_unit_test(a_packet_of_more_frames_than_any_message_needs_closes),
      cmocka_unit_test(packets_full_of_frames_that_say_nothing_use_the_budget_up),
      cmocka_unit_test(honest_packets_are_not_counted),
      cmocka_unit_test(a_packet_that_ends_before_its_tag_is_dropped),
      cmocka_unit_test(a_second_packet_in_a_datagram_is_no_packet),
      cmocka_unit_test(a_datagram_longer_than_any_packet_is_dropped),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
