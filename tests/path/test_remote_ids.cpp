// The ids that the peer gave to us.
#include "path/remote_ids.hpp"

#include <array>

#include "support/cmocka.hpp"

using rudp::ConnectionId;
using rudp::Error;
using rudp::path::kActiveIdsMax;
using rudp::path::kRetirementsMax;
using rudp::path::OfferedId;
using rudp::path::RemoteIds;

namespace {

ConnectionId id(std::uint64_t number, std::size_t length = 8) {
  std::array<std::uint8_t, 8> bytes{};
  for (std::size_t at = 0; at < 4; ++at) bytes[at] = static_cast<std::uint8_t>(number >> 8 * at);
  return ConnectionId(rudp::Bytes(bytes).first(length));
}

OfferedId offer(std::uint64_t sequence, std::uint64_t retire_prior_to = 0) {
  OfferedId offered{sequence, retire_prior_to, id(sequence), {}};
  offered.reset_token.fill(static_cast<std::uint8_t>(sequence + 1));
  return offered;
}

RemoteIds started(std::uint64_t last_offered = 0) {
  RemoteIds ids;
  ids.start(id(0), {1});
  for (std::uint64_t sequence = 1; sequence <= last_offered; ++sequence)
    (void)ids.on_offered(offer(sequence));
  return ids;
}

Error error_of(RemoteIds ids, const OfferedId& offered) {
  const auto taken = ids.on_offered(offered);
  return taken ? Error::closed_locally : taken.error();
}

void packets_carry_the_id_of_the_handshake_at_first(void**) {
  const RemoteIds ids = started(3);
  assert_true(ids.current() == id(0));
  assert_int_equal(ids.size(), 4);
  assert_true(started(1).has_spare());
  assert_false(started().has_spare());
}

// Threat M4.
void an_offer_heard_twice_changes_nothing(void**) {
  RemoteIds ids = started(3);
  for (int i = 0; i < 1000; ++i) assert_true(ids.on_offered(offer(2)).has_value());
  assert_int_equal(ids.size(), 4);
  assert_int_equal(ids.retirements_pending(), 0);
}

void one_number_for_two_ids_or_one_id_for_two_numbers_is_a_violation(void**) {
  OfferedId other = offer(2);
  other.id = id(77);
  assert_true(error_of(started(2), other) == Error::protocol_violation);
  other = offer(2);
  other.reset_token[0] ^= 1;
  assert_true(error_of(started(2), other) == Error::protocol_violation);
  other = offer(2);
  other.sequence = 3;
  assert_true(error_of(started(2), other) == Error::protocol_violation);
}

void ids_of_another_length_are_a_violation(void**) {
  OfferedId other = offer(1);
  other.id = id(1, 4);
  assert_true(error_of(started(), other) == Error::protocol_violation);
  RemoteIds without;
  without.start(ConnectionId(), {});
  assert_true(error_of(without, offer(1)) == Error::protocol_violation);
}

// Threat M4.
void a_fifth_id_is_one_too_many_unless_another_goes_with_it(void**) {
  assert_true(error_of(started(3), offer(4)) == Error::connection_id_limit);
  RemoteIds ids = started(3);
  assert_true(ids.on_offered(offer(4, 1)).has_value());
  assert_int_equal(ids.size(), kActiveIdsMax);
  assert_true(ids.current() == id(1));
  assert_int_equal(*ids.take_retirement_to_send(), 0);
}

// Threat M4.
void more_than_eight_retirements_that_nobody_acknowledged_are_too_many(void**) {
  RemoteIds ids = started();
  for (std::uint64_t sequence = 1; sequence <= kRetirementsMax; ++sequence)
    assert_true(ids.on_offered(offer(sequence, sequence)).has_value());
  assert_int_equal(ids.retirements_pending(), kRetirementsMax);
  assert_true(error_of(ids, offer(9, 9)) == Error::connection_id_limit);
  ids.on_retirement_acked(3);
  assert_true(ids.on_offered(offer(9, 9)).has_value());
}

void an_id_that_comes_after_its_retirement_is_retired_at_once(void**) {
  RemoteIds ids = started();
  assert_true(ids.on_offered(offer(5, 5)).has_value());
  while (ids.take_retirement_to_send()) {
  }
  assert_true(ids.on_offered(offer(3)).has_value());
  assert_int_equal(ids.size(), 1);
  assert_int_equal(*ids.take_retirement_to_send(), 3);
}

void an_id_that_was_used_up_does_not_come_back(void**) {
  RemoteIds ids = started(2);
  assert_true(ids.reserve().has_value());
  ids.adopt_reserved();
  assert_true(ids.on_offered({0, 0, id(0), {1}}).has_value());
  assert_int_equal(ids.size(), 2);
  assert_true(ids.current() == id(1));
}

void the_numbers_of_long_ago_are_ignored(void**) {
  RemoteIds ids = started();
  assert_true(ids.on_offered(offer(1'000'000, 1'000'000)).has_value());
  assert_true(ids.on_offered(offer(5)).has_value());
  assert_int_equal(ids.size(), 1);
  assert_int_equal(ids.retirements_pending(), 1);
}

void leaving_no_id_is_a_violation(void**) {
  RemoteIds ids = started(1);
  assert_true(ids.reserve().has_value());
  ids.adopt_reserved();  // 0 is gone, 1 is in use
  assert_true(ids.on_offered(offer(2)).has_value());
  assert_true(ids.reserve().has_value());
  ids.drop_reserved();  // 2 is gone without having been in use
  assert_true(error_of(ids, offer(2, 2)) == Error::protocol_violation);
}

void another_path_gets_a_spare_id_and_the_old_one_is_retired_when_it_is_adopted(void**) {
  RemoteIds ids = started(2);
  assert_true(ids.reserve() == id(1));
  assert_true(ids.reserved() == id(1));
  assert_true(ids.current() == id(0));
  ids.adopt_reserved();
  assert_true(ids.current() == id(1));
  assert_false(ids.reserved().has_value());
  assert_int_equal(*ids.take_retirement_to_send(), 0);
  assert_true(ids.has_spare());
}

void an_id_of_a_path_that_is_given_up_is_not_used_again(void**) {
  RemoteIds ids = started(1);
  assert_true(ids.reserve().has_value());
  ids.drop_reserved();
  assert_true(ids.current() == id(0));
  assert_false(ids.has_spare());
  assert_int_equal(*ids.take_retirement_to_send(), 1);
}

void the_peer_may_retire_the_id_that_was_set_apart(void**) {
  RemoteIds ids = started(3);
  assert_true(ids.reserve() == id(1));
  assert_true(ids.on_offered(offer(4, 2)).has_value());
  assert_false(ids.reserved().has_value());
  assert_true(ids.current() == id(2));
  ids.adopt_reserved();
  assert_true(ids.current() == id(2));
}

void the_one_set_apart_is_not_taken_into_use_while_there_is_another(void**) {
  RemoteIds ids = started(2);
  assert_true(ids.reserve() == id(1));
  assert_true(ids.on_offered(offer(3, 1)).has_value());
  assert_true(ids.current() == id(2));
  assert_true(ids.reserved() == id(1));
  ids.adopt_reserved();
  assert_true(ids.current() == id(1));
  assert_true(ids.find(id(3)) != nullptr);
}

void a_lost_retirement_is_said_again_until_it_is_acknowledged(void**) {
  RemoteIds ids = started();
  assert_true(ids.on_offered(offer(1, 1)).has_value());
  assert_int_equal(*ids.take_retirement_to_send(), 0);
  assert_false(ids.has_retirement_to_send());
  ids.on_retirement_lost(0);
  assert_int_equal(*ids.take_retirement_to_send(), 0);
  ids.on_retirement_acked(0);
  ids.on_retirement_lost(0);
  assert_false(ids.has_retirement_to_send());
}

void no_spare_is_used_while_no_retirement_has_room(void**) {
  RemoteIds ids = started();
  for (std::uint64_t sequence = 1; sequence <= kRetirementsMax; ++sequence)
    assert_true(ids.on_offered(offer(sequence, sequence)).has_value());
  assert_true(ids.on_offered(offer(9, 8)).has_value());
  assert_false(ids.has_spare());
  ids.on_retirement_acked(0);
  assert_true(ids.has_spare());
}

void the_table_of_the_endpoint_hears_of_each_id_that_comes_and_goes(void**) {
  RemoteIds ids = started(1);
  assert_true(ids.poll_learned() == id(0));
  assert_true(ids.poll_learned() == id(1));
  assert_false(ids.has_news());
  assert_true(ids.on_offered(offer(2, 1)).has_value());
  assert_true(ids.poll_forgotten() == id(0));
  assert_true(ids.poll_learned() == id(2));
  assert_false(ids.has_news());
}

void ids_of_a_handshake_that_starts_over_are_forgotten_before_others_come(void**) {
  RemoteIds ids = started();
  assert_true(ids.poll_learned() == id(0));
  ids.forget_all();
  assert_int_equal(ids.size(), 0);
  assert_true(ids.poll_forgotten() == id(0));
  assert_false(ids.has_news());
  ids.start(id(5), {1});
  assert_true(ids.poll_learned() == id(5));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(packets_carry_the_id_of_the_handshake_at_first),
      cmocka_unit_test(an_offer_heard_twice_changes_nothing),
      cmocka_unit_test(one_number_for_two_ids_or_one_id_for_two_numbers_is_a_violation),
      cmocka_unit_test(ids_of_another_length_are_a_violation),
      cmocka_unit_test(a_fifth_id_is_one_too_many_unless_another_goes_with_it),
      cmocka_unit_test(more_than_eight_retirements_that_nobody_acknowledged_are_too_many),
      cmocka_unit_test(an_id_that_comes_after_its_retirement_is_retired_at_once),
      cmocka_unit_test(an_id_that_was_used_up_does_not_come_back),
      cmocka_unit_test(the_numbers_of_long_ago_are_ignored),
      cmocka_unit_test(leaving_no_id_is_a_violation),
      cmocka_unit_test(another_path_gets_a_spare_id_and_the_old_one_is_retired_when_it_is_adopted),
      cmocka_unit_test(an_id_of_a_path_that_is_given_up_is_not_used_again),
      cmocka_unit_test(the_peer_may_retire_the_id_that_was_set_apart),
      cmocka_unit_test(the_one_set_apart_is_not_taken_into_use_while_there_is_another),
      cmocka_unit_test(a_lost_retirement_is_said_again_until_it_is_acknowledged),
      cmocka_unit_test(no_spare_is_used_while_no_retirement_has_room),
      cmocka_unit_test(the_table_of_the_endpoint_hears_of_each_id_that_comes_and_goes),
      cmocka_unit_test(ids_of_a_handshake_that_starts_over_are_forgotten_before_others_come),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
