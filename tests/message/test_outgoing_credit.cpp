// Who gets the credit that comes free, where a large message waits beside small ones.
#include "message/levels.hpp"
#include "message/outgoing.hpp"
#include "support/dice.hpp"

#include "support/cmocka.hpp"

using rudp::Instant;
using rudp::SendOptions;
using namespace rudp::message;

namespace {

constexpr std::size_t kPacket = 1100;
const Instant kNow = Instant::from_ns(1);

SendOptions at(std::uint8_t priority) {
  SendOptions options;
  options.priority = priority;
  return options;
}

/// A channel with small messages that never runs out of them, beside one message of 200,000 bytes, and a peer
/// whose application takes 2,000 bytes at a time.
struct Crowd {
  explicit Crowd(std::uint8_t priority) : small(at(priority)) {
    out.set_peer_limits(1u << 20, kFirstCredit);
    while (!out.blocked_by_credit()) send_small();
  }
  /// False once the large message has begun.
  bool send_small() {
    for (; queued < 10; ++queued) assert_true(out.send(kNow, 2, test::pattern(1024, 1), small).has_value());
    while (const auto frame = out.next_frame(kNow, kPacket)) {
      if (frame->channel == 1) return false;
      out.on_acked(frame->tag);
      --queued;
    }
    return true;
  }
  /// How much credit it takes until the large one begins.
  std::uint64_t credit_until_the_large_one_begins(std::uint8_t priority) {
    assert_true(out.send(kNow, 1, test::pattern(200'000, 1), at(priority)).has_value());
    std::uint64_t granted = 0;
    while (send_small() && granted < 10'000'000) out.set_limit(kFirstCredit + (granted += 2000));
    return granted;
  }

  static constexpr std::uint64_t kFirstCredit = 256u << 10;
  test::LevelledOutgoing out{{}};
  SendOptions small;
  int queued = 0;
};

void a_large_message_gets_as_much_credit_as_small_ones_that_pass_it(void**) {
  assert_in_range(Crowd(7).credit_until_the_large_one_begins(0), 200'000, 420'000);
  assert_in_range(Crowd(4).credit_until_the_large_one_begins(4), 200'000, 420'000);
  // Of more urgent ones sixteen times as much may pass.
  assert_in_range(Crowd(0).credit_until_the_large_one_begins(7), 3'000'000, 4'000'000);
}

void nobody_waits_for_a_message_that_is_larger_than_the_first_credit(void**) {
  Crowd crowd(4);
  assert_true(crowd.out.send(kNow, 1, test::pattern(Crowd::kFirstCredit, 1), {}).has_value());
  for (std::uint64_t granted = 2000; granted < 1u << 20; granted += 2000) {
    crowd.out.set_limit(Crowd::kFirstCredit + granted);
    assert_true(crowd.send_small());
    assert_true(crowd.out.blocked_by_credit());
  }
  assert_int_equal(crowd.out.blocked_to_report()->need, Crowd::kFirstCredit + kMessageChargeBytes);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_large_message_gets_as_much_credit_as_small_ones_that_pass_it),
      cmocka_unit_test(nobody_waits_for_a_message_that_is_larger_than_the_first_credit),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
