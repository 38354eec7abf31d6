// S6: who gives a little now and then, or takes nothing, holds little memory and no one up.
#include <algorithm>
#include <cstdio>
#include <vector>

#include "hand_made_world.hpp"
#include "support/heap.hpp"

#include "support/cmocka.hpp"

namespace {

using namespace scenario;

constexpr Duration kPause = 10s;
constexpr int kBytes = 360;  // an hour
/// What a connection may hold of a peer's data beyond what was sent: slots, rings, tables.
constexpr std::uint64_t kOverheadBytes = 24u << 10;

/// What the heap holds more than before.
class Growth {
 public:
  std::uint64_t bytes() const {
    return test::heap.live_bytes > before_ ? test::heap.live_bytes - before_ : 0;
  }

 private:
  std::uint64_t before_ = test::heap.live_bytes;
};

/// Every ten seconds for an hour comes one frame with a byte, the first with 0: the connection lives, and what
/// it holds stays small.
template <class FrameOf>
void assert_cheap(FrameOf frame_of) {
  HandMadeWorld world;
  world.sent.reserve(10'000);
  const Growth growth;
  for (std::uint64_t at = 0; at < kBytes; ++at) {
    world.send({frame_of(at)});
    world.acknowledge_all_but(Address());
    world.wait(kPause);
    world.sent.resize(std::min<std::size_t>(world.sent.size(), 64));
  }
  assert_false(world.closed.has_value());
  std::printf("grown by %llu bytes\n", static_cast<unsigned long long>(growth.bytes()));
  assert_true(growth.bytes() < kOverheadBytes);
}

const std::vector<std::uint8_t> kByte(1, 7);

// Threat S6.
void a_large_message_that_comes_a_byte_at_a_time_costs_what_came(void**) {
  assert_cheap([](std::uint64_t at) {
    return wire::FragmentFrame{.total = 200'000, .offset = at, .data = kByte, .channel = 1, .number = 0};
  });
}

// Every other byte, so that each stays alone.
// Threat S6.
void a_stream_of_single_bytes_with_holes_costs_little_each(void**) {
  assert_cheap(
      [](std::uint64_t at) { return wire::StreamFrame{.stream = 0, .offset = 2 * at + 1, .data = kByte}; });
}

// Its credit never grows: what cannot leave is refused at the door, and the end does not wait for it.
// Threats S6, S7.
void a_peer_that_acknowledges_and_takes_nothing_fills_one_queue_and_is_left(void**) {
  HandMadeWorld world;
  world.sent.reserve(10'000);
  const Growth growth;
  const std::vector<std::uint8_t> message(10'000, 1);
  const TransportOptions options;
  std::uint64_t taken = 0;
  for (int minute = 0; minute < 10; ++minute) {
    while (world.server->send(world.now, *world.drain.connection, 0, message, {}).status ==
           SendStatus::queued)
      taken += message.size();
    world.take_outputs();
    world.acknowledge_all_but(Address());
    world.wait(kPause);
    world.sent.resize(std::min<std::size_t>(world.sent.size(), 64));
  }
  assert_false(world.closed.has_value());
  const std::uint64_t most = options.initial_message_credit_bytes + options.send_queue_bytes;
  assert_in_range(taken, options.send_queue_bytes / 2, most + message.size());
  assert_true(growth.bytes() < 2 * most);
  world.server->close(world.now, *world.drain.connection, 1, "enough", 5s);
  world.wait(5s);
  assert_true(world.closed == Error::closed_locally);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_large_message_that_comes_a_byte_at_a_time_costs_what_came),
      cmocka_unit_test(a_stream_of_single_bytes_with_holes_costs_little_each),
      cmocka_unit_test(a_peer_that_acknowledges_and_takes_nothing_fills_one_queue_and_is_left),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
