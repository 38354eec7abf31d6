// The tables by which a datagram finds its connection.
#include "endpoint/connection_id_map.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "support/scripted_random.hpp"

#include "support/cmocka.hpp"

using rudp::Address;
using rudp::ConnectionId;
using rudp::endpoint::ConnectionIdMap;
using rudp::endpoint::HandshakeMap;

namespace {

ConnectionId id(std::uint8_t last, std::size_t length = 8) {
  std::array<std::uint8_t, 8> bytes{};
  bytes[length - 1] = last;
  return ConnectionId(rudp::Bytes(bytes).first(length));
}

void an_id_finds_its_connection_until_it_is_erased(void**) {
  test::ScriptedRandom random;
  ConnectionIdMap map(random);
  assert_true(map.insert(id(1), 4));
  assert_true(map.find(id(1)) == 4U);
  map.erase(id(1));
  assert_false(map.find(id(1)).has_value());
}

void a_taken_id_is_not_replaced(void**) {
  test::ScriptedRandom random;
  ConnectionIdMap map(random);
  assert_true(map.insert(id(1), 1));
  assert_false(map.insert(id(1), 2));
  assert_true(map.find(id(1)) == 1U);
}

void ids_of_other_lengths_are_other_ids(void**) {
  test::ScriptedRandom random;
  ConnectionIdMap map(random);
  assert_true(map.insert(id(0, 8), 1));
  assert_false(map.contains(id(0, 4)));
}

// Threat H15.
void two_clients_with_one_id_are_two_handshakes(void**) {
  test::ScriptedRandom random;
  HandshakeMap map(random);
  assert_true(map.insert({Address::v4(10, 0, 0, 1, 5), id(1)}, 1));
  assert_true(map.insert({Address::v4(10, 0, 0, 1, 6), id(1)}, 2));
  assert_true(map.find({Address::v4(10, 0, 0, 1, 6), id(1)}) == 2U);
  Address zoned = Address::v4(10, 0, 0, 1, 6);
  zoned.scope_id = 3;
  assert_false(map.contains({zoned, id(1)}));
}

void a_handshake_is_taken_out_by_the_name_that_its_connection_remembers(void**) {
  test::ScriptedRandom random;
  HandshakeMap map(random);
  const rudp::endpoint::HandshakeKey key{Address::v4(10, 0, 0, 1, 5), id(1)};
  assert_true(map.insert(key, 1));
  map.erase_named(map.name_of(key), 2);
  assert_true(map.contains(key));
  map.erase_named(map.name_of(key), 1);
  assert_false(map.contains(key));
}

void only_its_owner_takes_an_id_out(void**) {
  test::ScriptedRandom random;
  ConnectionIdMap map(random);
  assert_true(map.insert(id(1), 1));
  map.erase(id(1), 2);
  assert_true(map.contains(id(1)));
  map.erase(id(1), 1);
  assert_false(map.contains(id(1)));
}

// A peer that knows the table but not the key: ids that would share a bucket where the hash is a plain
// number. Threat M5.
void a_million_chosen_ids_do_not_meet_in_one_place(void**) {
  constexpr std::uint64_t kIds = 1'000'000;
  constexpr std::size_t kProbesMax = 12;  // of a table as full as it gets, one entry a bucket
  test::ScriptedRandom random;
  rudp::crypto::ShortHashKey key;
  random.secret_fill(key);
  const rudp::endpoint::KeyedHash hash(key);
  std::vector<std::uint8_t> load(std::size_t{1} << 20);
  std::size_t longest = 0;
  for (std::uint64_t chosen = 0; chosen < kIds; ++chosen) {
    std::array<std::uint8_t, 8> bytes{};
    const std::uint64_t value = chosen << 20;
    for (std::size_t at = 0; at < 8; ++at) bytes[at] = static_cast<std::uint8_t>(value >> 8 * (7 - at));
    const std::size_t bucket = hash(ConnectionId(bytes)) & (load.size() - 1);
    longest = std::max<std::size_t>(longest, ++load[bucket]);
  }
  assert_in_range(longest, 1, kProbesMax);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(an_id_finds_its_connection_until_it_is_erased),
      cmocka_unit_test(a_taken_id_is_not_replaced),
      cmocka_unit_test(ids_of_other_lengths_are_other_ids),
      cmocka_unit_test(only_its_owner_takes_an_id_out),
      cmocka_unit_test(a_million_chosen_ids_do_not_meet_in_one_place),
      cmocka_unit_test(two_clients_with_one_id_are_two_handshakes),
      cmocka_unit_test(a_handshake_is_taken_out_by_the_name_that_its_connection_remembers),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
