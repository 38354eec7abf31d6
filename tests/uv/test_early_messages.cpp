// Messages sent before it is known which address answers.
#include "uv/early_messages.hpp"

#include <vector>

#include "support/cmocka.hpp"

using namespace rudp;
using rudp::uv::EarlyMessages;
using rudp::uv::MessageIds;

namespace {

const Instant kNow = Instant::from_ns(5);
const std::vector<std::uint8_t> kPayload(1000, 'x');

void messages_come_out_in_the_order_of_send(void**) {
  EarlyMessages early(1 << 20);
  assert_int_equal(early.push(kNow, 1, 4, kPayload, {}).id, 1);
  assert_int_equal(early.push(kNow, 2, 5, {}, {}).id, 2);
  assert_int_equal(early.front().channel, 4);
  assert_true(early.front().bytes == kPayload);
  early.pop();
  assert_int_equal(early.front().id, 2);
  early.pop();
  assert_true(early.empty());
}

void a_full_queue_says_so_and_wants_to_be_told(void**) {
  EarlyMessages early(1500);
  assert_true(bool(early.push(kNow, 1, 0, kPayload, {})));
  assert_false(early.take_wants_writable());
  assert_true(early.push(kNow, 2, 0, kPayload, {}).status == SendStatus::would_block);
  assert_true(early.take_wants_writable());
  assert_false(early.take_wants_writable());
}

void empty_messages_are_bounded_too(void**) {
  EarlyMessages early(4096);
  std::size_t taken = 0;
  while (early.push(kNow, taken + 1, 0, {}, {})) ++taken;
  assert_true(taken <= 4096 / EarlyMessages::kMessageCostBytes);
}

void an_empty_queue_takes_a_message_above_its_limit(void**) {
  EarlyMessages early(100);
  assert_true(bool(early.push(kNow, 1, 0, kPayload, {})));
}

void a_message_above_sixteen_mebibytes_is_refused_with_the_limit(void**) {
  EarlyMessages early(1 << 20);
  const std::vector<std::uint8_t> huge((16u << 20) + 1);
  const SendResult result = early.push(kNow, 1, 0, huge, {});
  assert_true(result.status == SendStatus::too_large);
  assert_int_equal(result.limit_bytes, 16u << 20);
}

void a_deadline_counts_from_the_call_of_send(void**) {
  EarlyMessages early(1 << 20);
  SendOptions options;
  options.deadline = std::chrono::seconds(1);
  assert_true(bool(early.push(kNow, 1, 0, kPayload, options)));
  assert_true(early.front().expires_at == kNow + std::chrono::seconds(1));
}

void ids_are_the_cores_where_nothing_was_early(void**) {
  MessageIds ids;
  assert_int_equal(ids.on_sent(1), 1);
  assert_int_equal(ids.on_sent(2), 2);
  assert_int_equal(ids.from_core(2), 2);
}

void an_early_message_that_expired_shifts_the_ids_behind_it(void**) {
  MessageIds ids;
  for (int i = 0; i < 3; ++i) ids.on_early(ids.next_early());
  ids.on_forwarded(1, 1);  // 2 expired before it was forwarded
  ids.on_forwarded(3, 2);
  assert_int_equal(ids.on_sent(3), 4);
  assert_int_equal(ids.from_core(1), 1);
  assert_int_equal(ids.from_core(2), 3);
  assert_int_equal(ids.from_core(3), 4);
}

void an_id_is_never_given_out_twice(void**) {
  MessageIds ids;
  for (int i = 0; i < 2; ++i) ids.on_early(ids.next_early());
  ids.on_forwarded(1, 1);  // 2 expired, and was the last
  assert_int_equal(ids.on_sent(2), 3);
  assert_int_equal(ids.from_core(2), 3);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(messages_come_out_in_the_order_of_send),
      cmocka_unit_test(a_full_queue_says_so_and_wants_to_be_told),
      cmocka_unit_test(empty_messages_are_bounded_too),
      cmocka_unit_test(an_empty_queue_takes_a_message_above_its_limit),
      cmocka_unit_test(a_message_above_sixteen_mebibytes_is_refused_with_the_limit),
      cmocka_unit_test(a_deadline_counts_from_the_call_of_send),
      cmocka_unit_test(ids_are_the_cores_where_nothing_was_early),
      cmocka_unit_test(an_early_message_that_expired_shifts_the_ids_behind_it),
      cmocka_unit_test(an_id_is_never_given_out_twice),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
