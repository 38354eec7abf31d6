// P1, P2, P3, P4: what anybody throws at a live connection is dropped and counted, and changes nothing.
#include <vector>

#include "duo.hpp"

#include "support/cmocka.hpp"

using namespace scenario;

namespace {

std::uint64_t dropped(const EndpointStatistics& statistics) {
  return statistics.dropped_malformed + statistics.dropped_unknown_connection +
         statistics.dropped_unauthenticated + statistics.dropped_duplicate + statistics.dropped_limit +
         statistics.dropped_unexpected;
}

/// A live connection, and the datagrams that made it.
struct Target {
  Target() : duo(1) {
    duo.world.set_filter([this](const Datagram& datagram) {
      seen.push_back(datagram);
      return true;
    });
    ready = duo.connect() && duo.say("before") && duo.answer("before");
    duo.world.run_for(1s);
    duo.world.set_filter({});
  }

  std::uint64_t dropped_by_both() {
    return dropped(duo.world.endpoint(duo.server).statistics()) +
           dropped(duo.world.endpoint(duo.client).statistics());
  }

  /// True: both sides still talk as if nothing had been.
  bool is_unharmed() {
    if (!duo.say("after") || !duo.answer("after")) return false;
    duo.world.run_for(1s);
    return duo.is_well() && !duo.at_client.closed && !duo.at_server.closed &&
           duo.at_client.messages.size() == 2 && duo.at_server.messages.size() == 2;
  }

  Duo duo;
  std::vector<Datagram> seen;
  bool ready = false;
};

/// To the server and to the client, each as if from the other and as if from a stranger.
int inject_everywhere(Duo& duo, const std::vector<std::uint8_t>& bytes) {
  const Address server = duo.world.address(duo.server), client = duo.world.address(duo.client);
  const Address stranger = Address::v4(192, 0, 2, 1, 666);
  duo.world.inject(client, server, bytes);
  duo.world.inject(server, client, bytes);
  duo.world.inject(stranger, server, bytes);
  duo.world.inject(stranger, client, bytes);
  duo.world.run_for(Duration(1));
  return 4;
}

// Threat P1.
void random_bytes_of_every_length_are_dropped_and_counted(void**) {
  Target target;
  assert_true(target.ready);
  const std::uint64_t before = target.dropped_by_both();
  SeededRandom random(7);
  std::uint64_t injected = 0;
  for (std::size_t length = 0; length <= 1500; ++length) {
    std::vector<std::uint8_t> bytes(length);
    random.public_fill(bytes);
    if (length > 0 && bytes[0] == 0x80) bytes[0] = 0x00;  // an INIT of an unknown version would be answered
    injected += static_cast<std::uint64_t>(inject_everywhere(target.duo, bytes));
  }
  assert_int_equal(target.dropped_by_both() - before, injected);
  assert_true(target.is_unharmed());
}

// Threats P1, P12.
void datagrams_of_no_bytes_and_of_the_most_bytes_are_dropped(void**) {
  Target target;
  assert_true(target.ready);
  const std::uint64_t before = target.dropped_by_both();
  std::uint64_t injected = 0;
  for (const std::size_t length : {0u, 1u, 65'507u})
    injected +=
        static_cast<std::uint64_t>(inject_everywhere(target.duo, std::vector<std::uint8_t>(length, 0x40)));
  assert_int_equal(target.dropped_by_both() - before, injected);
  assert_true(target.is_unharmed());
}

// Threat P7.
void every_truncation_of_every_datagram_is_dropped(void**) {
  Target target;
  assert_true(target.ready);
  for (const Datagram& datagram : target.seen) {
    for (std::size_t length = 0; length < datagram.bytes.size(); length += 1 + length / 64) {
      const std::uint64_t before = target.dropped_by_both();
      target.duo.world.inject(datagram.from, datagram.to, Bytes(datagram.bytes).first(length));
      target.duo.world.run_for(Duration(1));
      assert_int_equal(target.dropped_by_both() - before, 1);
    }
  }
  assert_true(target.is_unharmed());
}

// Threat P3.
void every_datagram_with_a_flipped_bit_is_dropped(void**) {
  Target target;
  assert_true(target.ready);
  for (const Datagram& datagram : target.seen) {
    for (std::size_t bit = 0; bit < datagram.bytes.size() * 8; bit += 1 + bit / 32) {
      std::vector<std::uint8_t> bytes = datagram.bytes;
      bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ (1u << (bit % 8)));
      target.duo.world.inject(datagram.from, datagram.to, bytes);
      target.duo.world.run_for(Duration(1));
    }
  }
  assert_true(target.is_unharmed());
}

// Threat P4.
void every_datagram_once_more_is_dropped(void**) {
  Target target;
  assert_true(target.ready);
  for (int round = 0; round < 3; ++round) {
    for (const Datagram& datagram : target.seen) {
      target.duo.world.inject(datagram.from, datagram.to, datagram.bytes);
      target.duo.world.run_for(1ms);
    }
  }
  assert_true(target.is_unharmed());
}

// An attacker who sees all may answer for both, but has no key.
void datagrams_sent_back_to_their_sender_are_dropped(void**) {
  Target target;
  assert_true(target.ready);
  for (const Datagram& datagram : target.seen) {
    target.duo.world.inject(datagram.to, datagram.from, datagram.bytes);
    target.duo.world.run_for(1ms);
  }
  assert_true(target.is_unharmed());
}

void a_flood_while_messages_flow_loses_none_of_them(void**) {
  Target target;
  assert_true(target.ready);
  SeededRandom random(7);
  for (int i = 0; i < 100; ++i) {
    assert_true(static_cast<bool>(target.duo.say("payload")));
    for (int j = 0; j < 20; ++j) {
      std::vector<std::uint8_t> bytes(random.below(1300));
      random.public_fill(bytes);
      inject_everywhere(target.duo, bytes);
    }
    target.duo.world.run_for(5ms);
  }
  target.duo.world.run_for(1s);
  assert_true(target.duo.is_well());
  assert_int_equal(target.duo.at_server.messages.size(), 101);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(random_bytes_of_every_length_are_dropped_and_counted),
      cmocka_unit_test(datagrams_of_no_bytes_and_of_the_most_bytes_are_dropped),
      cmocka_unit_test(every_truncation_of_every_datagram_is_dropped),
      cmocka_unit_test(every_datagram_with_a_flipped_bit_is_dropped),
      cmocka_unit_test(every_datagram_once_more_is_dropped),
      cmocka_unit_test(datagrams_sent_back_to_their_sender_are_dropped),
      cmocka_unit_test(a_flood_while_messages_flow_loses_none_of_them),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
