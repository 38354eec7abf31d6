#include "transfer/receive_buffer.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "support/dice.hpp"

#include "support/cmocka.hpp"

using namespace rudp::transfer;
using rudp::Bytes;

namespace {

std::vector<std::uint8_t> read(ReceiveBuffer& buffer, std::size_t size) {
  std::vector<std::uint8_t> out(size);
  out.resize(buffer.read(out));
  return out;
}

void add(ReceiveBuffer& buffer, std::uint64_t offset, Bytes bytes, bool generously = false) {
  buffer.grow_to(offset + bytes.size(), generously);
  buffer.add(offset, bytes);
}

void bytes_come_out_in_order_however_they_came(void**) {
  ReceiveBuffer buffer;
  const auto body = test::pattern(300, 1);
  add(buffer, 200, Bytes(body).subspan(200));
  assert_int_equal(buffer.readable_bytes(), 0);
  add(buffer, 100, Bytes(body).subspan(100, 100));
  add(buffer, 0, Bytes(body).first(100));
  assert_int_equal(buffer.readable_bytes(), 300);
  assert_true(read(buffer, 250) == std::vector<std::uint8_t>(body.begin(), body.begin() + 250));
  assert_int_equal(read(buffer, 250).size(), 50);
  assert_int_equal(read(buffer, 250).size(), 0);
}

// Threat S4.
void of_overlapping_bytes_the_first_win(void**) {
  ReceiveBuffer buffer;
  const std::vector<std::uint8_t> first(10, 1), second(30, 2);
  add(buffer, 10, first);
  add(buffer, 0, second);
  const auto out = read(buffer, 100);
  assert_int_equal(out.size(), 30);
  assert_int_equal(out[9], 2);
  assert_true(std::equal(first.begin(), first.end(), out.begin() + 10));
  assert_int_equal(out[20], 2);
  add(buffer, 0, first);
  assert_int_equal(buffer.readable_bytes(), 0);
}

/// The same in the simplest way: one optional byte for each offset.
struct Model {
  std::vector<std::optional<std::uint8_t>> bytes;
  std::size_t read_offset = 0;

  void add(std::uint64_t offset, Bytes added) {
    if (bytes.size() < offset + added.size()) bytes.resize(offset + added.size());
    for (std::size_t at = 0; at < added.size(); ++at)
      if (!bytes[offset + at]) bytes[offset + at] = added[at];
  }
  std::vector<std::uint8_t> read(std::size_t size) {
    std::vector<std::uint8_t> out;
    while (out.size() < size && read_offset < bytes.size() && bytes[read_offset])
      out.push_back(*bytes[read_offset++]);
    return out;
  }
};

// Threats S3, S4.
void it_agrees_with_the_simplest_model_whatever_comes(void**) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    test::Dice dice(seed);
    ReceiveBuffer buffer;
    Model model;
    for (int step = 0; step < 400; ++step) {
      const std::uint64_t window = buffer.read_offset() + 700;
      const std::uint64_t offset = buffer.read_offset() + dice.below(600) - std::min<std::uint64_t>(
                                       buffer.read_offset(), dice.below(50));
      const auto bytes = test::pattern(std::min<std::uint64_t>(dice.below(dice.percent(50) ? 4 : 150),
                                                               window - offset), step + seed);
      add(buffer, offset, bytes, dice.percent(30));
      model.add(offset, bytes);
      if (dice.percent(10)) buffer.shrink();
      if (dice.percent(40)) {
        const std::size_t size = dice.below(300);
        assert_true(read(buffer, size) == model.read(size));
      }
      assert_int_equal(buffer.read_offset(), model.read_offset);
    }
    assert_true(read(buffer, 10'000) == model.read(10'000));
  }
}

// Threat S3.
void holes_cost_nothing_and_memory_stays_near_what_the_peer_may_send(void**) {
  constexpr std::uint64_t kWindow = 64u << 10;
  const std::vector<std::uint8_t> byte(1, 7);
  for (const std::uint64_t stride : {std::uint64_t{2}, std::uint64_t{7}, kWindow - 1}) {
    ReceiveBuffer buffer;
    for (std::uint64_t offset = stride - 1; offset < kWindow; offset += stride) add(buffer, offset, byte);
    assert_in_range(buffer.memory_bytes(), 1, kWindow * 5 / 4);
    assert_int_equal(buffer.readable_bytes(), 0);
  }
}

void shrinking_keeps_what_it_holds_and_an_empty_buffer_nothing(void**) {
  ReceiveBuffer buffer;
  const auto body = test::pattern(5000, 3);
  add(buffer, 0, Bytes(body).first(4000), true);
  add(buffer, 4500, Bytes(body).subspan(4500), true);
  (void)read(buffer, 3900);
  buffer.shrink();
  assert_in_range(buffer.memory_bytes(), 1100, 1600);
  add(buffer, 4000, Bytes(body).subspan(4000, 500));
  assert_true(read(buffer, 5000) == std::vector<std::uint8_t>(body.begin() + 3900, body.end()));
  buffer.shrink();
  assert_int_equal(buffer.memory_bytes(), 0);
  add(buffer, 5000, body);
  assert_int_equal(read(buffer, 9999).size(), 5000);
}

void a_steady_flow_needs_no_more_memory(void**) {
  ReceiveBuffer buffer;
  const auto body = test::pattern(1171, 3);
  add(buffer, 0, body, true);
  const std::size_t memory = buffer.memory_bytes();
  for (std::uint64_t offset = 1171; offset < 10'000'000; offset += 1171) {
    assert_int_equal(read(buffer, 2000).size(), 1171);
    add(buffer, offset, body, true);
  }
  assert_int_equal(buffer.memory_bytes(), memory);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(bytes_come_out_in_order_however_they_came),
      cmocka_unit_test(of_overlapping_bytes_the_first_win),
      cmocka_unit_test(it_agrees_with_the_simplest_model_whatever_comes),
      cmocka_unit_test(holes_cost_nothing_and_memory_stays_near_what_the_peer_may_send),
      cmocka_unit_test(shrinking_keeps_what_it_holds_and_an_empty_buffer_nothing),
      cmocka_unit_test(a_steady_flow_needs_no_more_memory),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
