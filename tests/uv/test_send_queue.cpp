// Runs of datagrams on their way to a socket.
#include "uv/send_queue.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "support/cmocka.hpp"

using namespace rudp;
using rudp::uv::Chunk;
using rudp::uv::SendQueue;

namespace {

const Address kTo = Address::v4(127, 0, 0, 1, 9);

void push(SendQueue& queue, char fill, std::size_t bytes, std::size_t segment_bytes) {
  const MutableBytes space = queue.space();
  assert_true(space.size() >= bytes);
  std::fill_n(space.begin(), bytes, static_cast<std::uint8_t>(fill));
  queue.push({.to = kTo, .bytes = bytes, .segment_bytes = segment_bytes, .ecn = Ecn::ect0});
}

void a_run_is_cut_at_the_segments_that_one_call_may_hold(void**) {
  SendQueue queue;
  push(queue, 'a', 1000, 300);
  std::array<Chunk, 8> chunks;
  assert_int_equal(queue.peek(chunks, 2), 2);
  assert_int_equal(chunks[0].bytes.size(), 600);
  assert_int_equal(chunks[0].segments(), 2);
  assert_int_equal(chunks[1].bytes.size(), 400);
  assert_int_equal(chunks[1].segments(), 2);
  assert_true(chunks[1].to == kTo && chunks[1].ecn == Ecn::ect0);
}

void without_segmentation_each_datagram_is_a_chunk(void**) {
  SendQueue queue;
  push(queue, 'a', 1000, 300);
  push(queue, 'b', 50, 50);
  std::array<Chunk, 8> chunks;
  assert_int_equal(queue.peek(chunks, 1), 5);
  assert_int_equal(chunks[3].bytes.size(), 100);
  assert_int_equal(chunks[4].bytes.front(), 'b');
}

void what_is_dropped_is_not_seen_again(void**) {
  SendQueue queue;
  push(queue, 'a', 1000, 300);
  push(queue, 'b', 50, 50);
  std::array<Chunk, 3> chunks;
  assert_int_equal(queue.peek(chunks, 1), 3);
  for (const Chunk& chunk : chunks) queue.drop(chunk);
  assert_int_equal(queue.peek(chunks, 1), 2);
  assert_int_equal(chunks[0].bytes.size(), 100);
  queue.drop(chunks[0]);
  queue.drop(chunks[1]);
  assert_true(queue.empty());
}

void the_space_ends_and_comes_back_when_all_has_left(void**) {
  SendQueue queue;
  for (std::size_t run = 0; run < SendQueue::kRunsMax; ++run) push(queue, 'a', 100, 100);
  assert_true(queue.space().empty());
  std::array<Chunk, SendQueue::kRunsMax> chunks;
  const std::size_t count = queue.peek(chunks, 64);
  assert_int_equal(count, SendQueue::kRunsMax);
  for (std::size_t i = 0; i + 1 < count; ++i) queue.drop(chunks[i]);
  assert_true(queue.space().empty());
  queue.drop(chunks[count - 1]);
  assert_int_equal(queue.space().size(), SendQueue::kRunBytesMax);
}

void full_runs_are_bounded_by_their_bytes(void**) {
  SendQueue queue;
  std::size_t runs = 0;
  for (; !queue.space().empty(); ++runs) push(queue, 'a', SendQueue::kRunBytesMax, 1200);
  assert_int_equal(runs, SendQueue::kBytesMax / SendQueue::kRunBytesMax);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_run_is_cut_at_the_segments_that_one_call_may_hold),
      cmocka_unit_test(without_segmentation_each_datagram_is_a_chunk),
      cmocka_unit_test(what_is_dropped_is_not_seen_again),
      cmocka_unit_test(the_space_ends_and_comes_back_when_all_has_left),
      cmocka_unit_test(full_runs_are_bounded_by_their_bytes),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
