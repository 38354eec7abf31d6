#include "transfer/chunk_store.hpp"

#include "support/dice.hpp"

#include "support/cmocka.hpp"

using rudp::Bytes;
using rudp::transfer::ChunkStore;
using rudp::transfer::kChunkBytes;
using rudp::transfer::Range;

namespace {

std::vector<std::uint8_t> read(const ChunkStore& store, Range range) {
  std::vector<std::uint8_t> out(range.size());
  store.read(range, out);
  return out;
}

void bytes_come_back_across_chunk_borders(void**) {
  const auto bytes = test::pattern(3 * kChunkBytes, 1);
  ChunkStore store;
  const std::uint64_t offset = 5 * kChunkBytes - 7;
  store.write(offset, bytes);
  assert_true(read(store, {offset, offset + bytes.size()}) == bytes);
  const Bytes middle = Bytes(bytes).subspan(4000, 200);
  assert_true(read(store, {offset + 4000, offset + 4200}) ==
              std::vector<std::uint8_t>(middle.begin(), middle.end()));
}

void memory_follows_what_was_written_not_where(void**) {
  ChunkStore store;
  const std::uint8_t byte = 7;
  store.write(std::uint64_t{1} << 40, Bytes(&byte, 1));
  assert_in_range(store.memory_bytes(), kChunkBytes, kChunkBytes + 64);
  store.write((std::uint64_t{1} << 40) + 1, Bytes(&byte, 1));
  assert_in_range(store.memory_bytes(), kChunkBytes, kChunkBytes + 64);
  store.clear();
  assert_int_equal(store.memory_bytes(), 0);
  assert_true(store.empty());
}

void chunks_written_in_any_order_keep_their_places(void**) {
  const auto bytes = test::pattern(40 * 1000, 3);
  ChunkStore store;
  for (std::size_t step = 0; step < 40; ++step) {
    const std::size_t piece = step * 17 % 40;
    store.write(piece * 1000, Bytes(bytes).subspan(piece * 1000, 1000));
  }
  assert_true(read(store, {0, bytes.size()}) == bytes);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(bytes_come_back_across_chunk_borders),
      cmocka_unit_test(memory_follows_what_was_written_not_where),
      cmocka_unit_test(chunks_written_in_any_order_keep_their_places),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
