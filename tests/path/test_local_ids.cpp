// The ids that we gave away.
#include "path/local_ids.hpp"

#include <array>

#include "support/cmocka.hpp"

using rudp::ConnectionId;
using rudp::Error;
using rudp::path::kActiveIdsMax;
using rudp::path::LocalIds;

namespace {

ConnectionId id(std::uint8_t last) {
  const std::array<std::uint8_t, 8> bytes{0, 0, 0, 0, 0, 0, 0, last};
  return ConnectionId(bytes);
}

LocalIds started(std::uint64_t peer_limit = 4) {
  LocalIds ids;
  ids.start(id(0), peer_limit);
  return ids;
}

void fill(LocalIds& ids, std::uint8_t next) {
  while (ids.wanted() > 0) ids.add(id(next++));
}

void the_peer_gets_as_many_as_it_remembers_and_never_more_than_four(void**) {
  assert_int_equal(started(2).wanted(), 1);
  assert_int_equal(started(4).wanted(), 3);
  assert_int_equal(started(1'000'000).wanted(), kActiveIdsMax - 1);
}

void each_is_told_once_with_its_number(void**) {
  LocalIds ids = started();
  assert_false(ids.has_id_to_send());
  fill(ids, 1);
  for (std::uint8_t sequence = 1; sequence < 4; ++sequence) {
    const auto told = ids.take_id_to_send();
    assert_true(told.has_value());
    assert_int_equal(told->sequence, sequence);
    assert_true(told->id == id(sequence));
  }
  assert_false(ids.has_id_to_send());
  assert_false(ids.take_id_to_send().has_value());
}

void what_was_lost_is_told_again_unless_it_was_retired(void**) {
  LocalIds ids = started();
  fill(ids, 1);
  while (ids.take_id_to_send()) {
  }
  ids.on_lost(2);
  assert_int_equal(ids.take_id_to_send()->sequence, 2);
  assert_true(ids.on_retired(3).has_value());
  ids.on_lost(3);
  assert_false(ids.has_id_to_send());
}

void a_retired_id_is_forgotten_and_leaves_room_for_one_with_a_new_number(void**) {
  LocalIds ids = started();
  fill(ids, 1);
  assert_true(ids.on_retired(0).has_value());
  assert_true(ids.poll_forgotten() == id(0));
  assert_false(ids.poll_forgotten().has_value());
  assert_false(ids.sequence_of(id(0)).has_value());
  assert_int_equal(ids.wanted(), 1);
  ids.add(id(9));
  assert_int_equal(*ids.sequence_of(id(9)), 4);
  assert_int_equal(*ids.sequence_of(id(2)), 2);
}

void retiring_twice_says_nothing_new(void**) {
  LocalIds ids = started();
  fill(ids, 1);
  assert_true(ids.on_retired(1).has_value());
  assert_true(ids.on_retired(1).has_value());
  assert_int_equal(ids.wanted(), 1);
}

// Threat M4.
void retiring_what_was_never_given_is_a_violation(void**) {
  LocalIds ids = started();
  assert_true(ids.on_retired(1).error() == Error::protocol_violation);
  assert_true(ids.on_retired(~std::uint64_t{0}).error() == Error::protocol_violation);
  assert_int_equal(ids.size(), 1);
}

// Threat M4.
void a_peer_that_retires_as_fast_as_it_can_makes_nothing_grow(void**) {
  LocalIds ids = started();
  for (std::uint64_t sequence = 0; sequence < 100'000; ++sequence) {
    fill(ids, static_cast<std::uint8_t>(sequence));
    assert_true(ids.on_retired(sequence).has_value());
    assert_true(ids.poll_forgotten().has_value());
    assert_true(ids.size() <= kActiveIdsMax);
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_peer_gets_as_many_as_it_remembers_and_never_more_than_four),
      cmocka_unit_test(each_is_told_once_with_its_number),
      cmocka_unit_test(what_was_lost_is_told_again_unless_it_was_retired),
      cmocka_unit_test(a_retired_id_is_forgotten_and_leaves_room_for_one_with_a_new_number),
      cmocka_unit_test(retiring_twice_says_nothing_new),
      cmocka_unit_test(retiring_what_was_never_given_is_a_violation),
      cmocka_unit_test(a_peer_that_retires_as_fast_as_it_can_makes_nothing_grow),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
