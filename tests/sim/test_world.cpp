// Building a world, commands and interference.
#include "sim/pair.hpp"

#include "support/cmocka.hpp"

using namespace sim_test;

namespace {

std::uint64_t trace_of(std::uint64_t seed) {
  Pair pair(seed);
  pair.world.connect_nodes(pair.client, pair.server, {.loss_ppm = 200'000, .duplicate_ppm = 100'000});
  pair.connect();
  for (int i = 0; i < 20; ++i) static_cast<void>(pair.say("hello"));
  pair.world.run_for(10s);
  return pair.world.trace_hash();
}

void one_seed_gives_one_history(void**) {
  assert_int_equal(trace_of(1), trace_of(1));
  assert_int_not_equal(trace_of(1), trace_of(2));
}

void a_message_reaches_the_other_node(void**) {
  Pair pair(1);
  assert_true(pair.connect());
  assert_true(static_cast<bool>(pair.say("hello")));
  pair.world.run_for(1s);
  assert_true(pair.events_at_server.back() == EventType::message);
  assert_int_equal(pair.world.deliveries().reliable_delivered, 1);
  assert_false(pair.world.failed());
}

void an_address_has_one_owner(void**) {
  Pair pair(1);
  const auto second = pair.world.add_node(pair.client_address, {});
  assert_true(second.error().code == Error::invalid_argument);
  assert_int_equal(pair.world.node_count(), 2);
}

void a_node_with_a_bad_configuration_is_refused(void**) {
  World world(1);
  EndpointConfig config;
  config.accept = true;  // without an identity
  const Address address = Address::v4(10, 0, 0, 1, 1);
  assert_true(world.add_node(address, config).error().code == Error::invalid_config);
  assert_true(world.add_node(address, {}).has_value());
}

void a_host_speaks_for_itself(void**) {
  World world(1);
  const Address here = Address::v4(10, 0, 0, 1, 1), there = Address::v4(10, 0, 0, 2, 2);
  std::vector<std::uint8_t> got;
  const NodeId a = world.add_host(here, [](const Datagram&) {}).value();
  world.add_host(there, [&](const Datagram& datagram) { got = datagram.bytes; }).value();
  world.send_datagram(a, there, to_bytes("raw"));
  assert_true(world.run_until_idle(1s));
  assert_true(got == to_bytes("raw"));
  assert_true(world.now() == Instant() + 10ms);
}

void a_shared_link_has_one_queue(void**) {
  World world(1);
  int got = 0;
  const NodeId a = world.add_host(Address::v4(10, 0, 0, 1, 1), [](const Datagram&) {}).value();
  const NodeId b = world.add_host(Address::v4(10, 0, 0, 2, 1), [](const Datagram&) {}).value();
  const NodeId c = world.add_host(Address::v4(10, 0, 0, 3, 1), [&](const Datagram&) { ++got; }).value();
  const LinkId narrow = world.add_link({.rate_bits_per_s = 8'000, .queue_bytes = 100});
  world.route(a, c, narrow);
  world.route(b, c, narrow);
  for (const NodeId from : {a, b, a})
    world.send_datagram(from, world.address(c), std::vector<std::uint8_t>(22));
  assert_true(world.run_until_idle(1s));
  assert_int_equal(got, 2);
  assert_int_equal(world.link(narrow).statistics().dropped_queue, 1);
  assert_int_equal(world.link_statistics().offered, 3);
}

void the_filter_drops_what_it_says(void**) {
  Pair pair(1);
  pair.world.set_filter([](const Datagram&) { return false; });
  static_cast<void>(pair.world.connect(pair.client, pair.server));
  pair.world.run_for(1s);
  assert_true(pair.world.statistics().filtered > 0);
  assert_int_equal(pair.world.endpoint(pair.server).statistics().datagrams_received, 0);
}

void an_injected_datagram_arrives_from_whom_it_says(void**) {
  World world(1);
  Address from{};
  const Address here = Address::v4(10, 0, 0, 1, 1), forged = Address::v4(1, 2, 3, 4, 5);
  world.add_host(here, [&](const Datagram& datagram) { from = datagram.from; }).value();
  world.inject(forged, here, to_bytes("x"));
  assert_true(world.run_until_idle(1s));
  assert_true(from == forged);
}

void a_datagram_to_nobody_is_counted(void**) {
  World world(1);
  const NodeId a = world.add_host(Address::v4(10, 0, 0, 1, 1), [](const Datagram&) {}).value();
  world.send_datagram(a, Address::v4(9, 9, 9, 9, 9), to_bytes("x"));
  assert_int_equal(world.statistics().unroutable, 1);
}

void after_a_rebinding_the_old_address_is_nobodys(void**) {
  World world(1);
  int got = 0;
  const Address old_address = Address::v4(10, 0, 0, 1, 1), new_address = Address::v4(10, 0, 0, 1, 2);
  const NodeId node = world.add_host(old_address, [&](const Datagram&) { ++got; }).value();
  const NodeId peer = world.add_host(Address::v4(10, 0, 0, 2, 1), [](const Datagram&) {}).value();
  world.send_datagram(peer, old_address, to_bytes("under way"));
  world.rebind(node, new_address);
  assert_true(world.run_until_idle(1s));
  assert_int_equal(got, 0);
  world.send_datagram(peer, new_address, to_bytes("there"));
  assert_true(world.run_until_idle(1s));
  assert_int_equal(got, 1);
  assert_true(world.address(node) == new_address);
}

void a_rebinding_to_an_address_in_use_is_the_tests_mistake(void**) {
  Pair pair(1);
  pair.world.rebind(pair.client, pair.server_address);
  assert_true(pair.world.failed());
}

void a_crashed_node_hears_and_says_nothing(void**) {
  Pair pair(1);
  assert_true(pair.connect());
  pair.world.crash(pair.server);
  assert_false(pair.world.has_endpoint(pair.server));
  const std::uint64_t sent = pair.world.statistics().datagrams_sent;
  assert_true(pair.world.send(pair.server, pair.at_server, 0, to_bytes("x")).status == SendStatus::closed);
  assert_int_equal(pair.world.statistics().datagrams_sent, sent);
  assert_true(static_cast<bool>(pair.say("anyone?")));
  pair.world.run_for(5s);
  assert_false(pair.world.failed());
}

void a_restarted_node_has_forgotten_everything(void**) {
  Pair pair(1);
  assert_true(pair.connect());
  pair.world.crash(pair.server);
  pair.world.restart(pair.server);
  assert_int_equal(pair.world.endpoint(pair.server).connection_count(), 0);
  const auto again = pair.world.connect(pair.client, pair.server);
  assert_true(again.has_value());
  pair.world.run_for(2s);
  assert_int_equal(pair.world.endpoint(pair.server).connection_count(), 1);
}

// Handles and packet numbers begin anew.
void a_restarted_client_is_checked_like_a_new_one(void**) {
  Pair pair(1);
  assert_true(pair.connect());
  assert_true(static_cast<bool>(pair.say("before")));
  pair.world.crash(pair.client);
  pair.world.restart(pair.client);
  pair.events_at_client.clear();
  assert_true(pair.connect());
  assert_true(static_cast<bool>(pair.say("after")));
  pair.world.run_for(1s);
  assert_string_equal(pair.world.violation().c_str(), "");
  assert_true(pair.events_at_server.back() == EventType::message);
}

void a_node_that_does_not_read_keeps_its_events(void**) {
  Pair pair(1);
  assert_true(pair.connect());
  pair.world.run_for(1s);
  pair.world.set_reading(pair.server, false);
  const std::size_t before = pair.events_at_server.size();
  assert_true(static_cast<bool>(pair.say("waiting")));
  pair.world.run_for(1s);
  assert_int_equal(pair.events_at_server.size(), before);
  pair.world.set_reading(pair.server, true);
  pair.world.run_for(0s);
  assert_int_equal(pair.events_at_server.size(), before + 1);
}

void clocks_need_not_agree(void**) {
  for (const Duration offset : {Duration(-1h), Duration(0), Duration(100'000h)}) {
    World world(1);
    const NodeId server =
        world.add_node(Address::v4(10, 0, 0, 1, 1), server_config(1), {.clock_offset = offset}).value();
    const NodeId client = world.add_node(Address::v4(10, 0, 0, 2, 1), {}).value();
    bool connected = false;
    world.on_event(client, [&](const Event& event) { connected = event.type == EventType::connected; });
    assert_true(world.connect(client, server).has_value());
    assert_true(world.run_until([&] { return connected; }, 1s));
    assert_true(world.local_time(server) - world.now() == offset);
  }
}

void a_clock_may_jump(void**) {
  for (const Duration jump : {Duration(5s), Duration(-5s)}) {
    Pair pair(1);
    assert_true(pair.connect());
    pair.world.run_for(1s);
    pair.world.shift_clock(pair.client, jump);
    assert_true(static_cast<bool>(pair.say("after the jump")));
    pair.world.run_for(10s);
    assert_false(pair.world.failed());
    assert_int_equal(pair.world.deliveries().reliable_delivered, 1);
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(one_seed_gives_one_history),
      cmocka_unit_test(a_message_reaches_the_other_node),
      cmocka_unit_test(an_address_has_one_owner),
      cmocka_unit_test(a_node_with_a_bad_configuration_is_refused),
      cmocka_unit_test(a_host_speaks_for_itself),
      cmocka_unit_test(a_shared_link_has_one_queue),
      cmocka_unit_test(the_filter_drops_what_it_says),
      cmocka_unit_test(an_injected_datagram_arrives_from_whom_it_says),
      cmocka_unit_test(a_datagram_to_nobody_is_counted),
      cmocka_unit_test(after_a_rebinding_the_old_address_is_nobodys),
      cmocka_unit_test(a_rebinding_to_an_address_in_use_is_the_tests_mistake),
      cmocka_unit_test(a_crashed_node_hears_and_says_nothing),
      cmocka_unit_test(a_restarted_node_has_forgotten_everything),
      cmocka_unit_test(a_restarted_client_is_checked_like_a_new_one),
      cmocka_unit_test(a_node_that_does_not_read_keeps_its_events),
      cmocka_unit_test(clocks_need_not_agree),
      cmocka_unit_test(a_clock_may_jump),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
