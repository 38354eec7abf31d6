#include "transfer/send_buffer.hpp"

#include <vector>

#include "support/dice.hpp"

#include "support/cmocka.hpp"

using namespace rudp::transfer;
using rudp::Bytes;

namespace {

std::vector<std::uint8_t> all_of(const SendBuffer& buffer, Range range) {
  std::vector<std::uint8_t> out;
  while (!range.empty()) {
    const Bytes part = buffer.front_of(range);
    out.insert(out.end(), part.begin(), part.end());
    range.begin += part.size();
  }
  return out;
}

void what_was_appended_is_there_until_it_is_freed(void**) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    test::Dice dice(seed);
    SpareStorage spare;
    SendBuffer buffer(spare);
    std::vector<std::uint8_t> model;
    for (int step = 0; step < 300; ++step) {
      const auto bytes = test::pattern(dice.below(700), step);
      buffer.append(bytes);
      model.insert(model.end(), bytes.begin(), bytes.end());
      buffer.free_to(buffer.begin() + dice.below(900));
      assert_int_equal(buffer.end(), model.size());
      const std::vector<std::uint8_t> held(model.begin() + static_cast<std::ptrdiff_t>(buffer.begin()),
                                           model.end());
      assert_true(all_of(buffer, {buffer.begin(), buffer.end()}) == held);
    }
  }
}

void a_piece_ends_at_the_seam_of_the_ring_and_no_sooner(void**) {
  SpareStorage spare;
  SendBuffer buffer(spare);
  buffer.append(test::pattern(200, 1));
  buffer.free_to(150);
  buffer.append(test::pattern(100, 2));
  assert_int_equal(buffer.front_of({150, 300}).size(), 106);
  assert_int_equal(buffer.front_of({256, 300}).size(), 44);
  assert_int_equal(buffer.front_of({160, 170}).size(), 10);
}

void a_steady_flow_needs_no_more_memory_and_a_large_buffer_that_ran_empty_gives_it_back(void**) {
  SpareStorage spare;
  SendBuffer buffer(spare);
  buffer.append(test::pattern(3000, 1));
  const std::size_t memory = buffer.memory_bytes();
  for (int step = 0; step < 1000; ++step) {
    buffer.free_to(buffer.begin() + 1000);
    buffer.append(test::pattern(1000, 1));
  }
  assert_int_equal(buffer.memory_bytes(), memory);
  buffer.free_to(buffer.end());
  assert_int_equal(buffer.memory_bytes(), memory);
  buffer.append(test::pattern(2 * kKeptSendBufferBytes, 1));
  buffer.free_to(buffer.end());
  assert_int_equal(buffer.memory_bytes(), 0);
  buffer.append(test::pattern(10, 1));
  assert_int_equal(buffer.size(), 10);
  buffer.clear();
  assert_int_equal(buffer.size() + buffer.memory_bytes(), 0);
}

void what_one_buffer_gave_back_another_takes_and_a_small_one_leaves_alone(void**) {
  SpareStorage spare;
  SendBuffer first(spare), second(spare);
  first.append(test::pattern(4 * kKeptSendBufferBytes, 1));
  const std::uint8_t* const storage = first.front_of({0, 1}).data();
  first.free_to(first.end());
  assert_int_equal(first.memory_bytes(), 0);
  assert_int_equal(spare.memory_bytes(), 4 * kKeptSendBufferBytes);

  second.append(test::pattern(kKeptSendBufferBytes, 2));
  assert_int_equal(second.memory_bytes(), kKeptSendBufferBytes);
  const auto more = test::pattern(kKeptSendBufferBytes, 3);
  second.append(more);
  assert_ptr_equal(second.front_of({0, 1}).data(), storage);
  assert_int_equal(spare.memory_bytes(), 0);
  const auto held = all_of(second, {kKeptSendBufferBytes, second.end()});
  assert_true(held == more);
}

void only_the_largest_spare_is_kept(void**) {
  SpareStorage spare;
  SendBuffer large(spare), small(spare);
  large.append(test::pattern(8 * kKeptSendBufferBytes, 1));
  small.append(test::pattern(2 * kKeptSendBufferBytes, 1));
  large.clear();
  small.clear();
  assert_int_equal(spare.memory_bytes(), 8 * kKeptSendBufferBytes);
  spare.clear();
  assert_int_equal(spare.memory_bytes(), 0);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(what_was_appended_is_there_until_it_is_freed),
      cmocka_unit_test(a_piece_ends_at_the_seam_of_the_ring_and_no_sooner),
      cmocka_unit_test(a_steady_flow_needs_no_more_memory_and_a_large_buffer_that_ran_empty_gives_it_back),
      cmocka_unit_test(what_one_buffer_gave_back_another_takes_and_a_small_one_leaves_alone),
      cmocka_unit_test(only_the_largest_spare_is_kept),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
