// A client whose NAT gives it other ports or addresses, at rest and in the middle of a transfer: nobody
// notices.
#include <cstdint>
#include <utility>
#include <vector>

#include "duo.hpp"

#include "support/cmocka.hpp"

namespace {

using namespace scenario;

constexpr LinkOptions kPath{.delay = 20ms, .rate_bits_per_s = 3'000'000};

/// Gives the client another address again and again.
class Nat {
 public:
  Nat(Duo& duo, Duration period, bool same_ip) : duo_(duo), period_(period), same_ip_(same_ip) { wait(); }

  int rebinds() const { return rebinds_; }
  void stop() { stopped_ = true; }

 private:
  void wait() {
    duo_.world.after(period_, [this] {
      if (stopped_) return;
      ++rebinds_;
      const auto port = static_cast<std::uint16_t>(10'000 + rebinds_);
      const auto host = static_cast<std::uint8_t>(same_ip_ ? 2 : 3 + rebinds_ % 200);
      duo_.world.rebind(duo_.client, Address::v4(10, 0, 0, host, port));
      wait();
    });
  }

  Duo& duo_;
  Duration period_;
  bool same_ip_;
  int rebinds_ = 0;
  bool stopped_ = false;
};

std::vector<std::uint8_t> content(std::size_t index) {
  std::vector<std::uint8_t> bytes(20'000);
  SeededRandom(index).public_fill(bytes);
  return bytes;
}

/// Keeps one direction busy, in order.
class Transfer {
 public:
  Transfer(Duo& duo, NodeId from, std::size_t count) : duo_(duo), from_(from), count_(count) {}

  void pump() {
    const ConnectionHandle connection =
        from_ == duo_.client ? duo_.at_client.connection : duo_.at_server.connection;
    while (sent_ < count_ && duo_.world.send(from_, connection, 0, content(sent_))) ++sent_;
  }
  bool arrived() const {
    const Seen& seen = from_ == duo_.client ? duo_.at_server : duo_.at_client;
    return seen.messages.size() == count_;
  }
  bool is_whole() const {
    const Seen& seen = from_ == duo_.client ? duo_.at_server : duo_.at_client;
    for (std::size_t at = 0; at < count_; ++at)
      if (seen.messages[at] != content(at)) return false;
    return true;
  }

 private:
  Duo& duo_;
  NodeId from_;
  std::size_t count_;
  std::size_t sent_ = 0;
};

struct Case {
  Duration period;
  bool same_ip;
  bool download;
  std::uint32_t loss_ppm = 0;
};

/// A transfer of `count` messages through a NAT that changes its mind.
void carry_through(const Case& how, std::size_t count) {
  LinkOptions path = kPath;
  path.loss_ppm = how.loss_ppm;
  Duo duo(7, path);
  assert_true(duo.connect());
  Transfer transfer(duo, how.download ? duo.server : duo.client, count);
  Nat nat(duo, how.period, how.same_ip);
  const auto arrived = [&transfer] { return transfer.pump(), transfer.arrived(); };
  assert_true(duo.world.run_until(arrived, 2min));
  nat.stop();
  assert_true(nat.rebinds() >= 3);
  assert_true(transfer.is_whole());
  duo.world.run_for(1s);
  assert_true(duo.is_well());
  assert_false(duo.at_client.closed.has_value());
  assert_false(duo.at_server.closed.has_value());
  assert_true(duo.world.endpoint(duo.server).info(duo.at_server.connection)->remote ==
              duo.world.address(duo.client));
}

void carry_both_ways(Duration period, bool same_ip, std::size_t count) {
  for (const bool download : {false, true}) carry_through({period, same_ip, download}, count);
  carry_through({period, same_ip, true, 50'000}, count);
}

// Threat M1.
void a_new_port_every_five_seconds_costs_nothing_of_a_transfer(void**) { carry_both_ways(5s, true, 280); }
// Threat M1.
void a_new_port_every_second_costs_nothing_of_a_transfer(void**) { carry_both_ways(1s, true, 80); }
// Threat M1.
void a_new_address_every_five_seconds_costs_nothing_of_a_transfer(void**) { carry_both_ways(5s, false, 280); }
// Threat M1.
void a_new_address_every_second_costs_nothing_of_a_transfer(void**) { carry_both_ways(1s, false, 80); }

ConnectionStatistics server_statistics(const Duo& duo) {
  return duo.world.endpoint(duo.server).statistics(duo.at_server.connection).value();
}

void at_rest_the_next_word_of_either_side_arrives(void**) {
  for (const bool client_speaks : {true, false}) {
    Duo duo(3, kPath);
    assert_true(duo.connect());
    for (std::uint8_t round = 1; round <= 5; ++round) {
      duo.world.run_for(1min);
      duo.world.rebind(duo.client, Address::v4(10, 0, 0, 2, static_cast<std::uint16_t>(6000 + round)));
      assert_true(static_cast<bool>(client_speaks ? duo.say("still there") : duo.answer("still there")));
      Seen& listener = client_speaks ? duo.at_server : duo.at_client;
      // A client that nobody can reach any more shows its new address with its next keep-alive.
      const Duration limit = client_speaks ? Duration(500ms) : Duration(11s);
      assert_true(duo.world.run_until([&] { return listener.messages.size() == round; }, limit));
    }
    duo.world.run_for(1s);
    assert_int_equal(server_statistics(duo).path_moves, 5);
    assert_true(duo.is_well());
  }
}

void the_application_is_told_and_need_not_care(void**) {
  Duo duo(3, kPath);
  std::vector<Address> told;
  duo.world.on_event(duo.server, [&](const Event& event) {
    duo.at_server.take(event);
    if (event.type == EventType::path_changed) told.push_back(event.remote);
  });
  assert_true(duo.connect());
  duo.world.rebind(duo.client, Address::v4(10, 9, 9, 9, 999));
  (void)duo.say("hello from elsewhere");
  duo.world.run_for(1s);
  assert_true((told == std::vector{Address::v4(10, 9, 9, 9, 999)}));
  assert_true(duo.world.endpoint(duo.server).info(duo.at_server.connection)->remote == told[0]);
  assert_int_equal(duo.at_server.messages.size(), 1);
}

/// What the server knew of its path right before and right after the client moved.
std::pair<ConnectionStatistics, ConnectionStatistics> around_a_move(const Address& to) {
  Duo duo(3, kPath);
  assert_true(duo.connect());
  Transfer transfer(duo, duo.server, 60);
  const auto arrived = [&transfer] { return transfer.pump(), transfer.arrived(); };
  duo.world.run_until(arrived, 500ms);
  duo.world.rebind(duo.client, to);
  ConnectionStatistics before = server_statistics(duo);
  const auto moved = [&] {
    const ConnectionStatistics now = server_statistics(duo);
    if (now.path_moves > 0) return true;
    before = now;
    return false;
  };
  assert_true(duo.world.run_until(moved, 5s));
  return {before, server_statistics(duo)};
}

void another_port_keeps_window_and_round_trip(void**) {
  const auto [before, after] = around_a_move(Address::v4(10, 0, 0, 2, 7777));
  assert_int_equal(after.congestion_window_bytes, before.congestion_window_bytes);
  assert_true(after.smoothed_rtt == before.smoothed_rtt);
  assert_true(after.min_rtt == before.min_rtt);
}

void another_address_begins_anew(void**) {
  const auto [before, after] = around_a_move(Address::v4(10, 0, 0, 77, 5000));
  assert_true(before.congestion_window_bytes > 20'000);
  assert_int_equal(after.congestion_window_bytes, 12'000);
}

// Else the path would seem as long as the jump, and the next move would be looked at as much later.
// Threats A-10, M1.
void a_clock_that_jumps_while_a_path_is_looked_at_does_not_lengthen_it(void**) {
  Duo duo(3, kPath);
  assert_true(duo.connect());
  (void)duo.say("before");
  duo.world.run_for(1s);
  duo.world.rebind(duo.client, Address::v4(10, 0, 0, 77, 5000));
  (void)duo.say("from elsewhere");
  duo.world.run_for(30ms);
  duo.world.shift_clock(duo.server, 10s);
  duo.world.run_for(300ms);
  assert_int_equal(server_statistics(duo).path_moves, 1);
  assert_true(server_statistics(duo).smoothed_rtt < 1s);
  duo.world.rebind(duo.client, Address::v4(10, 0, 0, 78, 5000));
  (void)duo.say("and from elsewhere again");
  duo.world.run_for(2s);
  assert_int_equal(server_statistics(duo).path_moves, 2);
  assert_true(duo.is_well());
}

void a_move_is_no_congestion(void**) {
  const auto [before, after] = around_a_move(Address::v4(10, 0, 0, 2, 7777));
  assert_int_equal(after.packets_lost, before.packets_lost);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_new_port_every_five_seconds_costs_nothing_of_a_transfer),
      cmocka_unit_test(a_new_port_every_second_costs_nothing_of_a_transfer),
      cmocka_unit_test(a_new_address_every_five_seconds_costs_nothing_of_a_transfer),
      cmocka_unit_test(a_new_address_every_second_costs_nothing_of_a_transfer),
      cmocka_unit_test(at_rest_the_next_word_of_either_side_arrives),
      cmocka_unit_test(the_application_is_told_and_need_not_care),
      cmocka_unit_test(another_port_keeps_window_and_round_trip),
      cmocka_unit_test(another_address_begins_anew),
      cmocka_unit_test(a_clock_that_jumps_while_a_path_is_looked_at_does_not_lengthen_it),
      cmocka_unit_test(a_move_is_no_congestion),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
