// Nobody is slowed while nothing is attacked; under load each network has its own rate.
#include "endpoint/accept_limiter.hpp"

#include "support/cmocka.hpp"
#include "support/scripted_random.hpp"

using namespace std::chrono_literals;
using namespace rudp;
using endpoint::AcceptLimiter;

namespace {

constexpr std::uint64_t kIdle = 0;
constexpr std::uint64_t kHalfFull = 512;
constexpr std::uint64_t kTable = 1024;

struct Limiter {
  test::ScriptedRandom random{1};
  AcceptLimiter limiter{random, 20, 5};

  int taken(Instant now, const Address& source, int tries, std::uint64_t half_open) {
    int count = 0;
    for (int i = 0; i < tries; ++i) count += limiter.take(now, source, half_open, kTable) ? 1 : 0;
    return count;
  }
};

Address v4(std::uint32_t number, std::uint16_t port = 1000) {
  return Address::v4(10, static_cast<std::uint8_t>(number >> 16), static_cast<std::uint8_t>(number >> 8),
                     static_cast<std::uint8_t>(number), port);
}

// Threat H2.
void two_thousand_clients_behind_one_address_come_at_once(void**) {
  Limiter server;
  assert_int_equal(server.taken(Instant() + 1s, v4(1), 2'000, kIdle), 2'000);
}

// Threat H2.
void under_load_an_address_gets_its_burst_and_its_rate(void**) {
  Limiter server;
  Instant now = Instant() + 1s;
  assert_int_equal(server.taken(now, v4(1), 100, kHalfFull), 5);
  int count = 0;
  for (int ms = 0; ms < 10'000; ++ms) count += server.taken(now += 1ms, v4(1), 1, kHalfFull);
  assert_in_range(count, 199, 201);
}

void another_port_is_the_same_source_and_another_address_is_not(void**) {
  Limiter server;
  const Instant now = Instant() + 1s;
  assert_int_equal(server.taken(now, v4(1, 1), 100, kHalfFull), 5);
  assert_int_equal(server.taken(now, v4(1, 2), 100, kHalfFull), 0);
  assert_int_equal(server.taken(now, v4(2), 100, kHalfFull), 5);
}

void an_ipv6_network_of_64_bits_is_one_source(void**) {
  Limiter server;
  const Instant now = Instant() + 1s;
  assert_int_equal(server.taken(now, Address::parse("[2001:db8::1]:1").value(), 100, kHalfFull), 5);
  assert_int_equal(server.taken(now, Address::parse("[2001:db8::ffff:1]:1").value(), 100, kHalfFull), 0);
  assert_int_equal(server.taken(now, Address::parse("[2001:db8:0:1::1]:1").value(), 100, kHalfFull), 5);
}

void very_many_handshakes_are_a_load_too(void**) {
  Limiter server;
  const Instant now = Instant() + 1s;
  assert_int_equal(server.taken(now, v4(1), 10'000, kIdle), 2'000 + 5);
  assert_int_equal(server.taken(now, v4(2), 100, kIdle), 5);
}

// Threats H2, R1.
void any_number_of_sources_leaves_time_for_those_who_are_connected(void**) {
  Limiter server;
  const Instant now = Instant() + 1s;
  int count = 0;
  for (std::uint32_t i = 0; i < 100'000; ++i) count += server.taken(now, v4(i), 1, kHalfFull);
  assert_int_equal(count, endpoint::kHandshakesPerSecondMax);
}

void a_source_that_came_long_ago_makes_room(void**) {
  Limiter server;
  Instant now = Instant() + 1s;
  assert_int_equal(server.taken(now, v4(1), 100, kHalfFull), 5);
  for (std::uint32_t i = 2; i < 50'000; ++i) server.taken(now += 1us, v4(i), 1, kHalfFull);
  assert_int_equal(server.taken(now + 10s, v4(1), 100, kHalfFull), 5);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(two_thousand_clients_behind_one_address_come_at_once),
      cmocka_unit_test(under_load_an_address_gets_its_burst_and_its_rate),
      cmocka_unit_test(another_port_is_the_same_source_and_another_address_is_not),
      cmocka_unit_test(an_ipv6_network_of_64_bits_is_one_source),
      cmocka_unit_test(very_many_handshakes_are_a_load_too),
      cmocka_unit_test(any_number_of_sources_leaves_time_for_those_who_are_connected),
      cmocka_unit_test(a_source_that_came_long_ago_makes_room),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
