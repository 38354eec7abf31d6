// When a connection that lost its way through the network tries another socket.
#include "uv/relocation.hpp"

#include <vector>

#include "support/cmocka.hpp"

using namespace rudp;
using rudp::uv::Relocation;
using namespace std::chrono_literals;

namespace {

const Address kHere = Address::v4(192, 168, 1, 2, 4000);
const Address kThere = Address::v4(10, 0, 0, 2, 4001);

constexpr Instant at(Duration time) { return Instant::min() + 100h + time; }

/// A machine whose sends are refused until a new network is there: asks each millisecond, as a driver with a
/// busy connection does.
struct Machine {
  void run_until(Duration end) {
    for (; now < end; now += 1ms) {
      if (refuses) relocation.on_refused(at(now));
      if (!relocation.is_due(at(now))) continue;
      attempts.push_back(now);
      if (way) {
        relocation.on_begun(at(now), *way);
        ++sockets;
      } else {
        relocation.on_failed(at(now));
      }
    }
  }
  Relocation relocation{kHere};
  bool refuses = false;
  std::optional<Address> way;  ///< what the system would send from
  Duration now{0};
  std::vector<Duration> attempts;
  int sockets = 0;
};

void while_all_is_well_nothing_is_tried(void**) {
  Machine machine;
  machine.way = kHere;
  machine.run_until(1s);
  machine.relocation.on_network_change(at(1s), kHere);
  assert_false(machine.relocation.poll_timeout().has_value());
  assert_true(machine.attempts.empty());
}

void the_first_refusal_is_acted_on_at_once(void**) {
  Machine machine;
  machine.way = kThere;
  machine.run_until(1s);
  machine.refuses = true;
  machine.run_until(1s + 1ms);
  assert_int_equal(machine.sockets, 1);
}

void without_any_network_the_pace_goes_down_to_one_look_a_second_and_no_socket_is_opened(void**) {
  Machine machine;
  machine.refuses = true;
  machine.run_until(30s);
  const std::vector<Duration> first(machine.attempts.begin(), machine.attempts.begin() + 7);
  assert_true((first == std::vector<Duration>{0ms, 50ms, 150ms, 350ms, 750ms, 1550ms, 2550ms}));
  assert_true(machine.attempts.size() <= 35);
  assert_int_equal(machine.sockets, 0);
}

void a_network_that_comes_is_tried_when_it_is_told(void**) {
  Machine machine;
  machine.refuses = true;
  machine.run_until(5s);
  machine.way = kThere;
  machine.relocation.on_network_change(at(5s), kThere);
  machine.run_until(5s + 1ms);
  assert_int_equal(machine.sockets, 1);
}

// The old socket is still refused while the new one asks the peer; that opens no others.
void a_move_that_was_begun_is_given_time(void**) {
  Machine machine;
  machine.refuses = true;
  machine.way = kThere;
  machine.run_until(Relocation::kPatience);
  assert_int_equal(machine.sockets, 1);
  machine.run_until(2 * Relocation::kPatience);
  assert_int_equal(machine.sockets, 2);
}

void a_new_socket_that_is_refused_too_is_given_up_at_the_same_pace(void**) {
  Machine machine;
  machine.way = kThere;
  machine.refuses = true;
  machine.run_until(1ms);
  for (Duration end = 2ms; end <= 10s; end += 1ms) {
    machine.relocation.on_next_refused(at(machine.now));
    machine.run_until(end);
  }
  assert_true(machine.sockets >= 10 && machine.sockets <= 15);
}

// Another network is preferred, and nothing was refused: the old one works as well.
void another_source_address_is_a_reason_of_its_own(void**) {
  Machine machine;
  machine.way = kThere;
  machine.relocation.on_network_change(at(0s), std::nullopt);
  assert_false(machine.relocation.poll_timeout().has_value());
  machine.relocation.on_network_change(at(0s), kThere);
  machine.run_until(1ms);
  assert_int_equal(machine.sockets, 1);
  // Once is enough, and where it has arrived it stays.
  machine.relocation.on_network_change(at(1ms), kThere);
  machine.relocation.on_moved(kThere);
  machine.relocation.on_network_change(at(2ms), kThere);
  machine.run_until(20s);
  assert_int_equal(machine.sockets, 1);
}

void a_port_is_no_network(void**) {
  Relocation relocation(kHere);
  Address other = kHere;
  other.port = 1;
  relocation.on_network_change(at(0s), other);
  assert_false(relocation.poll_timeout().has_value());
}

void after_a_calm_time_the_pace_is_quick_again(void**) {
  Machine machine;
  machine.refuses = true;
  machine.run_until(5s);
  machine.refuses = false;
  machine.relocation.on_moved(kThere);
  machine.run_until(5s + Relocation::kCalm);
  machine.attempts.clear();
  machine.refuses = true;
  machine.run_until(15s + 60ms);
  assert_true((machine.attempts == std::vector<Duration>{15s, 15s + 50ms}));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(while_all_is_well_nothing_is_tried),
      cmocka_unit_test(the_first_refusal_is_acted_on_at_once),
      cmocka_unit_test(without_any_network_the_pace_goes_down_to_one_look_a_second_and_no_socket_is_opened),
      cmocka_unit_test(a_network_that_comes_is_tried_when_it_is_told),
      cmocka_unit_test(a_move_that_was_begun_is_given_time),
      cmocka_unit_test(a_new_socket_that_is_refused_too_is_given_up_at_the_same_pace),
      cmocka_unit_test(another_source_address_is_a_reason_of_its_own),
      cmocka_unit_test(a_port_is_no_network),
      cmocka_unit_test(after_a_calm_time_the_pace_is_quick_again),
  };
  return cmocka_run_group_tests_name("relocation", tests, nullptr, nullptr);
}
