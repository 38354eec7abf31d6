// Answers that wait to leave.
#include "path/response_queue.hpp"

#include "support/cmocka.hpp"

using rudp::path::kResponsesMax;
using rudp::path::PathResponse;
using rudp::path::ResponseQueue;

namespace {

PathResponse response(std::uint32_t number) { return {{}, {}, number}; }

void answers_leave_in_their_order(void**) {
  ResponseQueue queue;
  queue.push(response(1));
  queue.push(response(2));
  assert_int_equal(queue.front().datagram_bytes, 1);
  queue.pop();
  assert_int_equal(queue.front().datagram_bytes, 2);
  queue.pop();
  assert_true(queue.empty());
}

// Threat M2.
void a_flood_leaves_the_newest_eight(void**) {
  ResponseQueue queue;
  for (std::uint32_t number = 1; number <= 100'000; ++number) queue.push(response(number));
  assert_int_equal(queue.size(), kResponsesMax);
  for (std::uint32_t left = kResponsesMax; left > 0; --left) {
    assert_int_equal(queue.front().datagram_bytes, 100'001 - left);
    queue.pop();
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(answers_leave_in_their_order),
      cmocka_unit_test(a_flood_leaves_the_newest_eight),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
