#include "stream/send_stream.hpp"

#include <algorithm>
#include <vector>

#include "support/dice.hpp"

#include "support/cmocka.hpp"

using namespace rudp;
using namespace rudp::stream;
using transfer::Range;

namespace {

constexpr std::size_t kPacket = 1100;
constexpr std::uint64_t kMuch = 1u << 30;

transfer::SpareStorage spare;

struct Sender : SendStream {
  explicit Sender(std::size_t size, bool ends = true, std::uint64_t credit = kMuch)
      : SendStream(4, credit, spare) {
    write(test::pattern(size, size));
    if (ends) finish();
  }
};

void it_is_cut_to_the_space_and_the_end_goes_with_the_last_byte(void**) {
  Sender stream(2000);
  const auto first = stream.next_new(kPacket, kMuch);
  assert_int_equal(first->data.size(), kPacket - 4);  // type, stream, length of two bytes
  assert_false(first->fin);
  const auto second = stream.next_new(kPacket, kMuch);
  assert_int_equal(second->offset, first->data.size());
  assert_true(second->fin);
  assert_false(stream.has_new());
  stream.on_acked(first->range());
  assert_false(stream.is_finished());
  stream.on_acked(second->range());
  assert_true(stream.is_finished());
  assert_false(stream.has_unacked());
}

void a_piece_is_worth_its_header_or_waits_for_the_next_packet(void**) {
  Sender stream(2000);
  assert_false(stream.next_new(50, kMuch).has_value());
  assert_true(stream.next_new(80, kMuch).has_value());
  Sender small(20);
  assert_false(small.next_new(20, kMuch).has_value());
  assert_true(small.next_new(23, kMuch)->fin);
}

void credit_of_the_stream_and_of_the_connection_both_hold(void**) {
  Sender stream(2000, true, 500);
  assert_int_equal(stream.next_new(kPacket, 300)->data.size(), 300);
  assert_int_equal(stream.next_new(kPacket, kMuch)->data.size(), 200);
  assert_false(stream.has_new());
  assert_false(stream.set_limit(500));
  assert_true(stream.set_limit(2000));
  assert_true(stream.has_new() && stream.needs_credit());
  assert_true(stream.next_new(3000, kMuch)->fin);
  assert_int_equal(stream.sent_bytes(), 2000);
}

void an_end_alone_takes_no_credit(void**) {
  Sender stream(100, false, 100);
  (void)stream.next_new(kPacket, kMuch);
  stream.finish();
  assert_true(stream.has_new() && !stream.needs_credit());
  const auto end = stream.next_new(kPacket, 0);
  assert_true(end->fin && end->data.empty() && end->offset == 100);
}

void what_is_lost_comes_back_as_a_range_end_and_all(void**) {
  Sender stream(3000);
  std::vector<StreamPiece> pieces;
  while (stream.has_new()) pieces.push_back(*stream.next_new(kPacket, kMuch));
  for (const StreamPiece& piece : pieces) stream.on_lost(piece.range());
  stream.on_acked({100, 200});
  const auto first = stream.next_lost(kPacket);
  assert_true(first->offset == 0 && first->data.size() == 100);
  std::uint64_t end = 200;
  bool fin = false;
  while (stream.has_lost()) {
    const auto piece = stream.next_lost(kPacket);
    assert_int_equal(piece->offset, end);
    end += piece->data.size();
    fin = piece->fin;
  }
  assert_int_equal(end, 3000);
  assert_true(fin);
  assert_int_equal(stream.sent_bytes(), 3000);
}

void after_a_reset_nothing_of_it_is_left(void**) {
  Sender stream(3000);
  const auto piece = stream.next_new(kPacket, kMuch);
  stream.reset();
  assert_int_equal(stream.sent_bytes(), piece->data.size());
  stream.on_lost(piece->range());
  stream.on_acked(piece->range());
  assert_false(stream.has_lost() || stream.has_new() || stream.has_unacked() || stream.is_finished());
  assert_false(stream.again(piece->range(), kPacket).has_value());
  assert_int_equal(stream.buffered_bytes() + stream.memory_bytes(), 0);
}

/// Every byte is sent, whatever is lost, and none is altered.
void whatever_is_lost_all_arrives(void**) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    test::Dice dice(seed);
    const std::size_t size = dice.below(20'000);
    const auto body = test::pattern(size, size);
    Sender stream(size);
    std::vector<bool> arrived(size + 1);
    std::vector<Range> in_flight;
    while (!stream.is_finished()) {
      std::optional<StreamPiece> piece;
      const std::size_t space = 30 + dice.below(kPacket);
      if (stream.has_lost()) piece = stream.next_lost(space);
      if (!piece && stream.has_new()) piece = stream.next_new(space, dice.percent(50) ? kMuch : 700);
      if (piece) {
        assert_true(std::equal(piece->data.begin(), piece->data.end(),
                               body.begin() + static_cast<std::ptrdiff_t>(piece->offset)));
        in_flight.push_back(piece->range());
      }
      if (in_flight.empty() || dice.percent(50)) continue;
      const std::size_t at = dice.below(in_flight.size());
      const Range range = in_flight[at];
      in_flight.erase(in_flight.begin() + static_cast<std::ptrdiff_t>(at));
      if (dice.percent(30)) {
        stream.on_lost(range);
        continue;
      }
      stream.on_acked(range);
      for (std::uint64_t offset = range.begin; offset < range.end; ++offset) arrived[offset] = true;
    }
    assert_true(std::all_of(arrived.begin(), arrived.end(), [](bool there) { return there; }));
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(it_is_cut_to_the_space_and_the_end_goes_with_the_last_byte),
      cmocka_unit_test(a_piece_is_worth_its_header_or_waits_for_the_next_packet),
      cmocka_unit_test(credit_of_the_stream_and_of_the_connection_both_hold),
      cmocka_unit_test(an_end_alone_takes_no_credit),
      cmocka_unit_test(what_is_lost_comes_back_as_a_range_end_and_all),
      cmocka_unit_test(after_a_reset_nothing_of_it_is_left),
      cmocka_unit_test(whatever_is_lost_all_arrives),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
