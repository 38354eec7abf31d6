// A client whose first packets were all lost until its server had forgotten it: the handshake starts over.
#include <string>
#include <vector>

#include "duo.hpp"

#include "support/cmocka.hpp"

using namespace scenario;

namespace {

constexpr std::uint8_t kShortHeaderBit = 0x40;

bool is_short(const Datagram& datagram) { return (datagram.bytes[0] & kShortHeaderBit) != 0; }

std::string text_of(const std::vector<std::uint8_t>& bytes) { return {bytes.begin(), bytes.end()}; }

/// Another server takes the place of `duo`'s, with its key and what `transport` allows, as one does that was
/// restarted with another configuration. REQUIRES: `duo` was made with this seed.
void replace_server(Duo& duo, std::uint64_t seed, const TransportOptions& transport) {
  SeededRandom random(seed);
  EndpointConfig config;
  config.identity = Identity::generate(random);
  config.accept = true;
  config.transport = transport;
  assert_true(config.identity.public_key() == duo.server_key);
  const Address address = duo.world.address(duo.server);
  const NodeId other = duo.world.add_node(Address::v4(10, 0, 0, 3, 9000), config).value();
  duo.world.connect_nodes(duo.client, other, {.delay = 25ms});
  duo.world.on_event(other, [&duo](const Event& event) { duo.at_server.take(event); });
  duo.world.rebind(duo.server, Address::v4(10, 0, 0, 4, 9000));
  duo.world.rebind(other, address);
  duo.server = other;
}

/// Loses what `duo`'s client sends with its keys before `until`.
void lose_first_packets(Duo& duo, Instant until) {
  duo.world.set_filter([&duo, until](const Datagram& datagram) {
    const bool is_first = is_short(datagram) && datagram.from == duo.world.address(duo.client);
    return !is_first || duo.world.now() >= until;
  });
}

// Threat H11.
void a_client_whose_first_packets_were_all_lost_starts_over(void**) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Duo duo(seed, {.delay = 25ms});
    lose_first_packets(duo, Instant() + 7s);
    duo.start();
    for (int i = 0; i < 20; ++i) assert_true(static_cast<bool>(duo.say(std::to_string(i))));
    duo.world.run_until([&] { return duo.at_server.messages.size() == 20 && duo.at_client.connected; }, 20s);
    assert_true(duo.is_well());
    assert_true(duo.at_client.connected && duo.at_server.connected);
    assert_int_equal(duo.at_server.messages.size(), 20);
    for (int i = 0; i < 20; ++i)
      assert_string_equal(text_of(duo.at_server.messages[static_cast<std::size_t>(i)]).c_str(),
                          std::to_string(i).c_str());
    assert_int_equal(duo.world.deliveries().reliable_delivered, 20);
    // The first half-open entry ended after 5 s; the reset came with the first packet that got through.
    assert_true(duo.world.now() < Instant() + 8s);
  }
}

void what_was_written_to_streams_before_goes_out_again(void**) {
  Duo duo(1, {.delay = 25ms});
  lose_first_packets(duo, Instant() + 7s);
  duo.start();
  duo.world.run_for(1s);
  const auto stream = duo.world.open_stream(duo.client, duo.at_client.connection);
  assert_true(stream.has_value());
  const std::vector<std::uint8_t> bytes(20'000, 7);
  assert_int_equal(duo.world.write(duo.client, duo.at_client.connection, *stream, bytes, true).bytes,
                   bytes.size());
  std::size_t read = 0;
  duo.world.run_until(
      [&] {
        std::vector<std::uint8_t> room(4'096);
        const auto taken = duo.at_server.connected
                               ? duo.world.read(duo.server, duo.at_server.connection, *stream, room)
                               : Result<StreamRead>(Error::closed);
        read += taken ? taken->bytes : 0;
        return taken && taken->fin;
      },
      20s);
  assert_true(duo.is_well());
  assert_int_equal(read, bytes.size());
}

TransportOptions smaller_in(std::size_t which) {
  TransportOptions transport;
  if (which == 0) transport.max_message_bytes = 1024;
  if (which == 1) transport.initial_message_credit_bytes = 16u << 10;
  if (which == 2) transport.max_channels = 4;
  if (which == 3) transport.initial_data_bytes = 16u << 10;
  if (which == 4) transport.initial_stream_data_bytes = 4u << 10;
  if (which == 5) transport.max_streams = 1;
  return transport;
}

// Threat H19.
void a_server_that_allows_less_when_it_is_asked_again_is_given_up(void**) {
  for (std::size_t which = 0; which < 6; ++which) {
    Duo duo(1, {.delay = 25ms});
    lose_first_packets(duo, Instant() + 1s);
    duo.start();
    assert_true(static_cast<bool>(duo.say_bytes(std::vector<std::uint8_t>(2'000, 7))));
    duo.world.run_until(Instant() + 1s);
    replace_server(duo, 1, smaller_in(which));
    duo.world.run_until([&] { return duo.at_client.closed.has_value(); }, 20s);
    assert_true(duo.is_well());
    assert_true(duo.at_client.closed == Error::protocol_violation);
    assert_false(duo.at_client.connected || duo.at_server.connected);
    assert_true(duo.world.now() < Instant() + 3s);
    assert_true(duo.world.run_until_idle(1min));
    assert_int_equal(duo.world.endpoint(duo.client).connection_count(), 0);
  }
}

void a_server_that_allows_more_when_it_is_asked_again_is_believed(void**) {
  TransportOptions first, second;
  first.max_streams = 1;
  first.max_message_bytes = 2'000;
  second.initial_message_credit_bytes = 1u << 20;
  second.initial_stream_data_bytes = second.initial_data_bytes = 1u << 20;
  Duo duo(1, {.delay = 25ms}, {}, first);
  lose_first_packets(duo, Instant() + 1s);
  duo.start();
  assert_true(static_cast<bool>(duo.say_bytes(std::vector<std::uint8_t>(2'000, 7))));
  duo.world.run_until(Instant() + 1s);
  const auto stream = duo.world.open_stream(duo.client, duo.at_client.connection);
  assert_true(stream.has_value());
  const std::vector<std::uint8_t> bytes(200'000, 7);
  assert_int_equal(duo.world.write(duo.client, duo.at_client.connection, *stream, bytes, true).bytes,
                   bytes.size());
  replace_server(duo, 1, second);
  duo.world.run_until([&] { return duo.at_client.connected; }, 20s);
  // More than the first server would have taken, in one message, in all messages, on the stream and in
  // streams.
  assert_true(static_cast<bool>(duo.say_bytes(std::vector<std::uint8_t>(700'000, 7))));
  assert_true(duo.world.open_stream(duo.client, duo.at_client.connection).has_value());
  duo.world.run_for(2s);
  std::vector<std::uint8_t> room(bytes.size());
  const auto taken = duo.world.read(duo.server, duo.at_server.connection, *stream, room);
  assert_true(taken && taken->bytes == bytes.size() && taken->fin);
  assert_true(duo.is_well());
  assert_int_equal(duo.at_server.messages.size(), 2);
}

// Two names, and no third: what a late RESP of the first handshake says is not believed.
void it_may_start_over_more_than_once(void**) {
  Duo duo(1, {.delay = 25ms, .duplicate_ppm = 300'000, .reorder_ppm = 300'000, .reorder_delay = 3s});
  lose_first_packets(duo, Instant() + 16s);
  duo.world.at(Instant() + 7s, [&] {
    duo.world.set_filter([&](const Datagram& datagram) {
      if (is_short(datagram) && datagram.from == duo.world.address(duo.client))
        lose_first_packets(duo, Instant() + 16s);
      return true;
    });
  });
  duo.start();
  assert_true(static_cast<bool>(duo.say("at last", {.receipt = true})));
  duo.world.run_until([&] { return duo.at_server.messages.size() == 1 && duo.at_client.connected; }, 44s);
  assert_true(duo.is_well());
  assert_int_equal(duo.at_server.messages.size(), 1);
  assert_true(duo.at_client.connected);
  assert_true(duo.world.endpoint(duo.server).statistics().key_agreements >= 3);
}

void starting_over_does_not_lengthen_the_timeout(void**) {
  Duo duo(1, {.delay = 25ms});
  // Packets get through only where they are answered by a RESET.
  duo.world.set_filter([&](const Datagram& datagram) {
    const bool is_first = is_short(datagram) && datagram.from == duo.world.address(duo.client);
    return !is_first || duo.world.endpoint(duo.server).statistics().half_open == 0;
  });
  duo.start();
  assert_true(static_cast<bool>(duo.say("never")));
  duo.world.run_until([&] { return duo.at_client.closed.has_value(); }, 2min);
  assert_true(duo.is_well());
  assert_false(duo.at_client.connected);
  assert_true(duo.at_client.closed == Error::handshake_timeout);
  assert_true(duo.world.now() - Instant() >= 45s && duo.world.now() - Instant() <= 49s);
  assert_true(duo.world.endpoint(duo.server).statistics().key_agreements > 2);
  assert_true(duo.world.run_until_idle(2min));
  assert_int_equal(duo.world.endpoint(duo.client).connection_count(), 0);
}

void a_client_with_a_key_of_its_own_starts_over_as_well(void**) {
  Duo duo(1, {.delay = 25ms});
  bool drops = true;
  duo.world.set_filter([&](const Datagram& datagram) {
    return !drops || datagram.bytes[0] == 0x80 || datagram.from != duo.world.address(duo.client);
  });
  SeededRandom random(7);
  ConnectOptions options{.server_key = duo.server_key, .identity = Identity::generate(random)};
  const PublicKey own = options.identity.public_key();
  duo.at_client.connection = duo.world.connect(duo.client, duo.server, options).value();
  assert_true(static_cast<bool>(duo.say("it is me")));
  duo.world.run_for(7s);
  drops = false;
  duo.world.run_until([&] { return duo.at_server.messages.size() == 1; }, 10s);
  assert_true(duo.is_well());
  assert_int_equal(duo.at_server.messages.size(), 1);
  assert_true(duo.world.endpoint(duo.server).info(duo.at_server.connection)->peer_key == own);
}

// Else the client would start over and be a second connection, with the same messages.
// Threat S11.
void a_client_that_never_heard_its_server_hears_its_close(void**) {
  Duo duo(1, {.delay = 5ms});
  const Instant heals_at = Instant() + 3s;
  duo.world.set_filter([&](const Datagram& datagram) {
    const bool is_answer = is_short(datagram) && datagram.from == duo.world.address(duo.server);
    return !is_answer || duo.world.now() >= heals_at;
  });
  duo.start();
  assert_true(static_cast<bool>(duo.say("once")));
  duo.world.run_until([&] { return duo.at_server.messages.size() == 1; }, 2s);
  duo.world.close_now(duo.server, duo.at_server.connection, 4, "no");
  duo.world.run_until([&] { return duo.at_client.closed.has_value(); }, 5s);
  assert_true(duo.is_well());
  assert_true(duo.at_client.closed == Error::closed_by_peer);
  assert_int_equal(duo.at_client.close_code, 4);
  assert_true(duo.world.run_until_idle(1min));
  assert_int_equal(duo.at_server.messages.size(), 1);
  assert_int_equal(duo.world.endpoint(duo.server).connection_count(), 0);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_client_whose_first_packets_were_all_lost_starts_over),
      cmocka_unit_test(what_was_written_to_streams_before_goes_out_again),
      cmocka_unit_test(a_server_that_allows_less_when_it_is_asked_again_is_given_up),
      cmocka_unit_test(a_server_that_allows_more_when_it_is_asked_again_is_believed),
      cmocka_unit_test(it_may_start_over_more_than_once),
      cmocka_unit_test(starting_over_does_not_lengthen_the_timeout),
      cmocka_unit_test(a_client_with_a_key_of_its_own_starts_over_as_well),
      cmocka_unit_test(a_client_that_never_heard_its_server_hears_its_close),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
