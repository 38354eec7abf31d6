// The ring of small answers.
#include "endpoint/stateless_replies.hpp"

#include <array>
#include <vector>

#include "support/cmocka.hpp"

using rudp::Address;
using rudp::endpoint::StatelessReplies;

namespace {

void replies_come_out_in_order_with_their_addresses(void**) {
  StatelessReplies replies;
  for (std::uint16_t round = 0; round < 3; ++round) {
    for (std::uint16_t i = 0; !replies.full(); ++i) {
      const std::vector<std::uint8_t> reply(static_cast<std::size_t>(1 + i), static_cast<std::uint8_t>(i));
      replies.push({Address::v4(127, 0, 0, 1, i), i}, reply);
    }
    for (std::uint16_t i = 0; i < StatelessReplies::kRepliesMax; ++i) {
      std::array<std::uint8_t, 64> out{};
      rudp::NetworkPath to;
      assert_int_equal(replies.pop(out, to), 1 + i);
      assert_int_equal(to.remote.port, i);
      assert_int_equal(to.socket, i);
      assert_int_equal(out[0], i);
    }
    assert_true(replies.empty());
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {cmocka_unit_test(replies_come_out_in_order_with_their_addresses)};
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
