// H5, H6, H10, H15: what others send in the name of client or server neither ends nor moves anything.
#include <array>
#include <vector>

#include "duo.hpp"

#include "wire/packet_header.hpp"

#include "support/cmocka.hpp"

using namespace scenario;

namespace {

constexpr int kFakes = 1000;

template <class Packet>
std::vector<std::uint8_t> written(const Packet& packet) {
  std::vector<std::uint8_t> bytes(1500);
  wire::Writer writer{MutableBytes(bytes)};
  assert_true(wire::write_long_packet(writer, packet));
  bytes.resize(writer.size());
  return bytes;
}

/// One of each kind that a server sends, for a client id.
std::vector<std::vector<std::uint8_t>> fakes_for(const ConnectionId& id, SeededRandom& random) {
  wire::RetryPacket retry{.client_cid = id, .cookie = {}};
  random.public_fill(retry.cookie);
  std::array<std::uint8_t, 160> noise{};
  random.public_fill(noise);
  wire::ResetPacket reset{.server_cid = id, .token = {}};
  random.public_fill(reset.token);
  return {written(retry), written(wire::RespPacket{.client_cid = id, .noise_message = noise}),
          written(wire::VersionNegotiationPacket{.client_cid = id, .versions = {0x72756499}}),
          written(reset)};
}

ConnectionId random_id(SeededRandom& random) {
  std::array<std::uint8_t, 8> bytes{};
  random.public_fill(bytes);
  return ConnectionId(bytes);
}

/// The id that the client drew, as whoever sees the path reads it.
ConnectionId id_on_the_path(Duo& duo) {
  std::optional<ConnectionId> id;
  duo.world.set_filter([&](const Datagram& datagram) {
    if (!datagram.bytes.empty() && datagram.bytes[0] == 0x80)
      id = ConnectionId(Bytes(datagram.bytes).subspan(1, 8));
    return true;
  });
  duo.start();
  duo.world.set_filter({});
  return id.value();
}

bool finish_connecting(Duo& duo, Duration limit) {
  return duo.world.run_until([&] { return duo.at_client.connected && duo.at_server.connected; }, limit) &&
         duo.is_well();
}

bool still_talks(Duo& duo) {
  const std::size_t before = duo.at_server.messages.size();
  if (!duo.say("still there")) return false;
  duo.world.run_for(1s);
  return duo.is_well() && !duo.at_client.closed && !duo.at_server.closed &&
         duo.at_server.messages.size() == before + 1;
}

void a_thousand_fakes_from_who_does_not_see_the_path_change_nothing(void**) {
  Duo duo(1, {.delay = 25ms});
  duo.start();
  SeededRandom random(9);
  for (int i = 0; i < kFakes; ++i)
    for (const auto& fake : fakes_for(random_id(random), random))
      duo.world.inject(duo.world.address(duo.server), duo.world.address(duo.client), fake);
  assert_true(finish_connecting(duo, 151ms));
  assert_int_equal(duo.world.endpoint(duo.client).statistics().dropped_unknown_connection, 4 * kFakes);
}

void fakes_with_the_right_id_from_elsewhere_change_nothing(void**) {
  Duo duo(1, {.delay = 25ms});
  const ConnectionId id = id_on_the_path(duo);
  SeededRandom random(9);
  for (const auto& fake : fakes_for(id, random))
    duo.world.inject(Address::v4(192, 0, 2, 1, 666), duo.world.address(duo.client), fake);
  assert_true(finish_connecting(duo, 151ms));
}

// Who sees the path and races the server can delay a handshake, as by dropping it, and no more.
void fakes_of_who_sees_the_path_delay_a_handshake_at_most(void**) {
  Duo duo(1, {.delay = 25ms});
  const ConnectionId id = id_on_the_path(duo);
  SeededRandom random(9);
  for (int i = 0; i < kFakes; ++i)
    for (const auto& fake : fakes_for(id, random))
      duo.world.inject(duo.world.address(duo.server), duo.world.address(duo.client), fake);
  assert_true(finish_connecting(duo, 10s));
  assert_true(still_talks(duo));
}

void fakes_after_the_handshake_change_nothing(void**) {
  Duo duo(1, {.delay = 25ms});
  const ConnectionId id = id_on_the_path(duo);
  assert_true(finish_connecting(duo, 1s));
  SeededRandom random(9);
  for (int i = 0; i < 100; ++i)
    for (const auto& fake : fakes_for(id, random))
      duo.world.inject(duo.world.address(duo.server), duo.world.address(duo.client), fake);
  assert_true(still_talks(duo));
}

/// The INITs of a client that went on to connect, in order.
std::vector<Datagram> recorded_inits(Duo& duo) {
  std::vector<Datagram> inits;
  duo.world.set_filter([&](const Datagram& datagram) {
    if (!datagram.bytes.empty() && datagram.bytes[0] == 0x80) inits.push_back(datagram);
    return true;
  });
  assert_true(duo.connect());
  duo.world.set_filter({});
  return inits;
}

void a_recorded_init_opens_nothing(void**) {
  Duo duo(1);
  const auto inits = recorded_inits(duo);
  assert_int_equal(inits.size(), 2);
  duo.world.close_now(duo.client, duo.at_client.connection);
  duo.world.run_for(1s);
  const EndpointStatistics& statistics = duo.world.endpoint(duo.server).statistics();
  const std::uint64_t accepted = statistics.connections_accepted;
  for (int i = 0; i < kFakes; ++i) {
    for (const Datagram& init : inits) duo.world.inject(init.from, init.to, init.bytes);
    duo.world.run_for(1ms);
  }
  assert_true(statistics.half_open <= 1);
  assert_int_equal(statistics.connections_accepted, accepted);
  duo.world.run_for(31s);
  assert_int_equal(duo.world.endpoint(duo.server).connection_count(), 0);
  assert_true(duo.is_well());
}

void a_recorded_cookie_is_worthless_elsewhere(void**) {
  Duo duo(1);
  const auto inits = recorded_inits(duo);
  const std::uint64_t agreements = duo.world.endpoint(duo.server).statistics().key_agreements;
  for (std::uint8_t i = 1; i < 100; ++i)
    duo.world.inject(Address::v4(192, 0, 2, i, 5000), inits.back().to, inits.back().bytes);
  duo.world.run_for(1s);
  assert_int_equal(duo.world.endpoint(duo.server).statistics().key_agreements, agreements);
  assert_true(duo.world.endpoint(duo.server).statistics().cookies_refused >= 99);
}

void a_recorded_init_leaves_a_living_connection_alone(void**) {
  Duo duo(1);
  const auto inits = recorded_inits(duo);
  for (const Datagram& init : inits) duo.world.inject(init.from, init.to, init.bytes);
  duo.world.run_for(1s);
  assert_true(still_talks(duo));
}

// A client that lost its memory comes back from the same address and port.
void a_second_connection_from_the_same_address_leaves_the_first_alone(void**) {
  Duo duo(1);
  assert_true(duo.connect());
  const ConnectionHandle first = duo.at_server.connection;
  duo.world.crash(duo.client);
  duo.world.restart(duo.client);
  duo.at_client = {};
  assert_true(duo.connect());
  duo.world.run_for(1s);
  assert_true(duo.at_server.connection != first);
  assert_true(duo.world.endpoint(duo.server).info(first).has_value());
  assert_int_equal(duo.world.endpoint(duo.server).connection_count(), 2);
  assert_true(still_talks(duo));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_thousand_fakes_from_who_does_not_see_the_path_change_nothing),
      cmocka_unit_test(fakes_with_the_right_id_from_elsewhere_change_nothing),
      cmocka_unit_test(fakes_of_who_sees_the_path_delay_a_handshake_at_most),
      cmocka_unit_test(fakes_after_the_handshake_change_nothing),
      cmocka_unit_test(a_recorded_init_opens_nothing),
      cmocka_unit_test(a_recorded_cookie_is_worthless_elsewhere),
      cmocka_unit_test(a_recorded_init_leaves_a_living_connection_alone),
      cmocka_unit_test(a_second_connection_from_the_same_address_leaves_the_first_alone),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
