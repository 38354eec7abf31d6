// Keys renewed while data flows, by either side, by both at once, and as often as it goes. The world's checkers
// see to it that no packet number is ever used twice, so that no key meets a nonce again.
#include "duo.hpp"

#include "crypto/packet_key.hpp"

#include "support/cmocka.hpp"

using namespace scenario;

namespace {

constexpr int kMessages = 200;

Result<void> update(Duo& duo, NodeId node) {
  const Seen& seen = node == duo.client ? duo.at_client : duo.at_server;
  const auto updated =
      duo.world.endpoint(node).update_keys(duo.world.local_time(node), seen.connection);
  duo.world.drain(node);
  return updated;
}

std::uint64_t updates_of(Duo& duo, NodeId node) {
  const Seen& seen = node == duo.client ? duo.at_client : duo.at_server;
  return duo.world.endpoint(node).statistics(seen.connection).value().key_updates;
}

/// Both talk: a message of some packets every 5 ms, numbered by its first bytes.
void talk(Duo& duo, int number) {
  if (number == kMessages) return;
  std::vector<std::uint8_t> bytes(3000, static_cast<std::uint8_t>(number));
  (void)duo.say_bytes(bytes);
  (void)duo.world.send(duo.server, duo.at_server.connection, 0, bytes);
  duo.world.after(5ms, [&duo, number] { talk(duo, number + 1); });
}

/// Asks for new keys every so often, whatever the answer.
void storm(Duo& duo, NodeId node, Duration apart) {
  (void)update(duo, node);
  duo.world.after(apart, [&duo, node, apart] { storm(duo, node, apart); });
}

void assert_all_arrived(Duo& duo) {
  const auto complete = [&] {
    return duo.at_client.messages.size() == kMessages && duo.at_server.messages.size() == kMessages;
  };
  assert_true(duo.world.run_until(complete, 5min));
  for (const Seen* seen : {&duo.at_client, &duo.at_server}) {
    for (int i = 0; i < kMessages; ++i) {
      const auto& message = seen->messages[static_cast<std::size_t>(i)];
      assert_int_equal(message.size(), 3000);
      for (const std::uint8_t byte : message) assert_int_equal(byte, static_cast<std::uint8_t>(i));
    }
  }
  assert_false(duo.at_client.closed.has_value());
  assert_false(duo.at_server.closed.has_value());
  assert_true(duo.is_well());
}

LinkOptions rough() {
  LinkOptions link;
  link.delay = 10ms;
  link.jitter = 5ms;
  link.loss_ppm = 100'000;
  link.duplicate_ppm = 50'000;
  link.reorder_ppm = 100'000;
  link.reorder_delay = 60ms;
  link.corrupt_ppm = 20'000;
  return link;
}

TransportOptions with_cipher(Cipher cipher) {
  TransportOptions options;
  options.only_cipher = cipher;
  return options;
}

std::vector<Cipher> ciphers() {
  std::vector<Cipher> list = {Cipher::chacha20_poly1305};
  if ((crypto::supported_suites() & static_cast<unsigned>(crypto::Suite::aes256_gcm)) != 0)
    list.push_back(Cipher::aes256_gcm);
  return list;
}

// Threats K1, K3.
void storms_from_both_sides_lose_nothing_on_a_rough_path(void**) {
  for (const Cipher cipher : ciphers()) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      Duo duo(seed, rough(), with_cipher(cipher));
      assert_true(duo.connect());
      assert_true(duo.world.endpoint(duo.client).info(duo.at_client.connection).value().cipher == cipher);
      storm(duo, duo.client, 1ms);
      storm(duo, duo.server, 1ms);
      talk(duo, 0);
      assert_all_arrived(duo);
      assert_true(updates_of(duo, duo.client) >= 4);
      const std::uint64_t apart = updates_of(duo, duo.client) - updates_of(duo, duo.server) + 1;
      assert_in_range(apart, 0, 2);
    }
  }
}

// Threat K3.
void both_sides_at_the_same_moment_make_one_update(void**) {
  Duo duo(1);
  assert_true(duo.connect());
  (void)duo.say("before");
  duo.world.run_for(200ms);
  assert_true(update(duo, duo.client).has_value());
  assert_true(update(duo, duo.server).has_value());
  talk(duo, 0);
  duo.world.run_for(100ms);
  assert_int_equal(updates_of(duo, duo.client), 1);
  assert_int_equal(updates_of(duo, duo.server), 1);
  duo.at_server.messages.erase(duo.at_server.messages.begin());
  assert_all_arrived(duo);
}

// Threat K3.
void an_update_is_told_to_wait_for_the_last_one(void**) {
  Duo duo(1);
  duo.start();
  assert_true(update(duo, duo.client).error() == Error::invalid_state);
  assert_true(duo.world.run_until([&] { return duo.at_client.connected && duo.at_server.connected; }, 5s));
  duo.world.run_for(200ms);
  assert_true(update(duo, duo.client).has_value());
  assert_true(update(duo, duo.client).error() == Error::would_block);
  // The other side follows without being asked, though nobody has anything to say.
  duo.world.run_for(100ms);
  assert_int_equal(updates_of(duo, duo.server), 1);
  assert_true(update(duo, duo.server).error() == Error::would_block);
  duo.world.run_for(2s);
  assert_true(update(duo, duo.server).has_value());
  duo.world.run_for(2s);
  assert_int_equal(updates_of(duo, duo.client), 2);
  assert_true(duo.is_well());
}

void a_side_that_is_told_to_renews_its_keys_after_so_many_packets(void**) {
  TransportOptions options;
  options.key_update_packets = 16;
  Duo duo(1, {}, options);
  assert_true(duo.connect());
  talk(duo, 0);
  assert_all_arrived(duo);
  // Some 600 packets each way in a second, of which an update takes three probe timeouts.
  assert_true(updates_of(duo, duo.client) >= 5);
}

// Threat K3.
void packets_under_the_key_before_are_opened_for_three_probe_timeouts(void**) {
  LinkOptions path;
  path.delay = 20ms;
  path.reorder_ppm = 300'000;
  path.reorder_delay = 50ms;
  Duo duo(3, path);
  assert_true(duo.connect());
  storm(duo, duo.client, 1ms);
  talk(duo, 0);
  assert_all_arrived(duo);
  assert_true(updates_of(duo, duo.client) >= 2);
  for (const NodeId node : {duo.client, duo.server}) {
    const Seen& seen = node == duo.client ? duo.at_client : duo.at_server;
    // Dozens come late. One or two come so late that their short numbers mean another packet by then.
    const auto statistics = duo.world.endpoint(node).statistics(seen.connection).value();
    assert_in_range(statistics.packets_forged, 0, 3);
  }
}

// Threat K8.
void sides_that_have_no_cipher_in_common_do_not_connect(void**) {
  if (ciphers().size() < 2) skip();
  Duo duo(1, {}, with_cipher(Cipher::chacha20_poly1305));
  EndpointConfig config;
  config.transport.only_cipher = Cipher::aes256_gcm;
  const NodeId other = duo.world.add_node(Address::v4(10, 0, 0, 3, 5000), config).value();
  duo.world.connect_nodes(other, duo.server, {});
  std::optional<Error> closed;
  duo.world.on_event(other, [&](const Event& event) {
    if (event.type == EventType::closed) closed = event.error;
  });
  (void)duo.world.connect(other, duo.server, {.server_key = duo.server_key}).value();
  assert_true(duo.world.run_until([&] { return closed.has_value(); }, 2min));
  assert_true(closed == Error::handshake_timeout);
  assert_int_equal(duo.world.endpoint(duo.server).connection_count(), 0);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(storms_from_both_sides_lose_nothing_on_a_rough_path),
      cmocka_unit_test(both_sides_at_the_same_moment_make_one_update),
      cmocka_unit_test(an_update_is_told_to_wait_for_the_last_one),
      cmocka_unit_test(a_side_that_is_told_to_renews_its_keys_after_so_many_packets),
      cmocka_unit_test(packets_under_the_key_before_are_opened_for_three_probe_timeouts),
      cmocka_unit_test(sides_that_have_no_cipher_in_common_do_not_connect),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
