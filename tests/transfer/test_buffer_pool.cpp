#include "transfer/buffer_pool.hpp"

#include "support/dice.hpp"

#include "support/cmocka.hpp"

using rudp::Bytes;
using rudp::transfer::BufferPool;
using rudp::transfer::kPooledBufferBytesMax;
using rudp::transfer::kPooledBuffersMax;
using rudp::transfer::kPooledBytesMax;

namespace {

void a_buffer_is_used_again(void**) {
  BufferPool pool;
  const auto bytes = test::pattern(500, 1);
  auto buffer = pool.copy(bytes);
  assert_true(buffer == bytes);
  const std::uint8_t* const memory = buffer.data();
  pool.recycle(std::move(buffer));
  assert_in_range(pool.memory_bytes(), 500, 512);
  const auto other = pool.copy(Bytes(bytes).first(450));
  assert_ptr_equal(other.data(), memory);
  assert_true(std::equal(other.begin(), other.end(), bytes.begin()));
  assert_int_equal(pool.memory_bytes(), 0);
}

void a_byte_does_not_pin_a_page(void**) {
  BufferPool pool;
  pool.recycle(pool.copy(test::pattern(4000, 1)));
  const auto small = pool.copy(test::pattern(1, 1));
  assert_in_range(small.capacity(), 1, 32);
}

void the_pool_keeps_few_and_small_buffers(void**) {
  BufferPool pool;
  for (std::size_t at = 0; at < kPooledBuffersMax + 10; ++at) pool.recycle(std::vector<std::uint8_t>(100));
  pool.recycle(std::vector<std::uint8_t>(kPooledBufferBytesMax + 1));
  assert_int_equal(pool.memory_bytes(), kPooledBuffersMax * 100);
  pool.release();
  assert_int_equal(pool.memory_bytes(), 0);
}

void all_that_wait_are_bounded_together(void**) {
  BufferPool pool;
  for (int at = 0; at < 10; ++at) pool.recycle(std::vector<std::uint8_t>(kPooledBufferBytesMax));
  assert_int_equal(pool.memory_bytes(), kPooledBytesMax);
  const auto taken = pool.take(kPooledBufferBytesMax);
  assert_int_equal(taken.size(), 0);
  assert_true(taken.capacity() >= kPooledBufferBytesMax);
  assert_int_equal(pool.take(kPooledBufferBytesMax + 1).capacity(), 0);
}

void an_empty_content_is_a_buffer_too(void**) {
  BufferPool pool;
  auto buffer = pool.copy({});
  assert_int_equal(buffer.size(), 0);
  pool.recycle(std::move(buffer));
  assert_int_equal(pool.copy({}).size(), 0);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_buffer_is_used_again),
      cmocka_unit_test(a_byte_does_not_pin_a_page),
      cmocka_unit_test(the_pool_keeps_few_and_small_buffers),
      cmocka_unit_test(all_that_wait_are_bounded_together),
      cmocka_unit_test(an_empty_content_is_a_buffer_too),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
