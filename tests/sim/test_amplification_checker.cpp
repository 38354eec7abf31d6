#include "sim/checkers.hpp"
#include "sim/pair.hpp"

#include "support/cmocka.hpp"

using namespace sim_test;

namespace {

const Address kStranger = Address::v4(192, 0, 2, 1, 666);

struct Checked {
  Checked() : pair(1) {}

  void received(const Address& from, std::size_t bytes) {
    const Datagram datagram{
        .from = from, .to = pair.server_address, .bytes = std::vector<std::uint8_t>(bytes)};
    checker.on_datagram_received(pair.world, pair.server, datagram);
  }
  bool may_send(const Address& to, std::size_t bytes) {
    const Datagram datagram{.from = pair.server_address, .to = to, .bytes = std::vector<std::uint8_t>(bytes)};
    return !checker.on_datagram_sent(pair.world, pair.server, datagram);
  }
  void told(EventType type) {
    Event event;
    event.type = type;
    event.connection = pair.at_server;
    checker.on_event(pair.world, pair.server, event);
  }

  Pair pair;
  AmplificationChecker checker;
};

void three_times_what_came_may_be_sent_and_no_more(void**) {
  Checked checked;
  checked.received(kStranger, 100);
  assert_true(checked.may_send(kStranger, 200));
  assert_true(checked.may_send(kStranger, 100));
  assert_false(checked.may_send(kStranger, 1));
}

void nothing_may_be_sent_to_who_sent_nothing(void**) {
  Checked checked;
  assert_false(checked.may_send(kStranger, 1));
}

void addresses_do_not_share_what_they_sent(void**) {
  Checked checked;
  checked.received(kStranger, 1000);
  Address neighbour = kStranger;
  ++neighbour.port;
  assert_false(checked.may_send(neighbour, 1));
}

void whom_the_node_connects_to_is_validated(void**) {
  Checked checked;
  checked.checker.on_connect(checked.pair.world, checked.pair.server, {}, kStranger);
  assert_true(checked.may_send(kStranger, 10'000));
}

void a_confirmed_connection_validates_its_address(void**) {
  Checked checked;
  assert_true(checked.pair.connect());
  checked.received(checked.pair.client_address, 10);
  assert_false(checked.may_send(checked.pair.client_address, 10'000));
  checked.told(EventType::connected);
  assert_true(checked.may_send(checked.pair.client_address, 10'000));
}

void what_a_node_knew_before_it_crashed_counts_no_more(void**) {
  Checked checked;
  checked.checker.on_connect(checked.pair.world, checked.pair.server, {}, kStranger);
  checked.received(kStranger, 100);
  checked.checker.on_crash(checked.pair.server);
  assert_false(checked.may_send(kStranger, 1));
}

// The endpoint's own word for where a connection is, as after a migration.
void where_an_open_connection_is_counts_as_validated(void**) {
  Checked checked;
  assert_true(checked.pair.connect());
  checked.checker.on_connect(checked.pair.world, checked.pair.server, checked.pair.at_server, kStranger);
  assert_true(checked.may_send(checked.pair.client_address, 10'000));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(three_times_what_came_may_be_sent_and_no_more),
      cmocka_unit_test(nothing_may_be_sent_to_who_sent_nothing),
      cmocka_unit_test(addresses_do_not_share_what_they_sent),
      cmocka_unit_test(whom_the_node_connects_to_is_validated),
      cmocka_unit_test(a_confirmed_connection_validates_its_address),
      cmocka_unit_test(what_a_node_knew_before_it_crashed_counts_no_more),
      cmocka_unit_test(where_an_open_connection_is_counts_as_validated),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
