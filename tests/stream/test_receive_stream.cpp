#include "stream/receive_stream.hpp"

#include <vector>

#include "support/dice.hpp"

#include "support/cmocka.hpp"

using namespace rudp;
using namespace rudp::stream;
using namespace std::chrono_literals;

namespace {

const Instant kNow = Instant() + 1h;

struct Receiver : ReceiveStream {
  using ReceiveStream::ReceiveStream;

  Result<std::uint64_t> arrive(std::uint64_t offset, std::size_t size, bool fin = false) {
    const auto fresh = check(offset + size, fin);
    if (!fresh) return fresh;
    note_end(kNow, offset + size, fin);
    buffer().grow_to(offset + size, false);
    store(offset, test::pattern(size, offset));
    return fresh;
  }
  std::size_t take(std::size_t size) {
    std::vector<std::uint8_t> out(size);
    return read(kNow, out, 50ms);
  }
};

void what_is_fresh_is_what_reaches_beyond_all_before(void**) {
  Receiver stream(1000);
  assert_int_equal(stream.arrive(100, 50).value(), 150);
  assert_int_equal(stream.arrive(0, 100).value(), 0);
  assert_int_equal(stream.arrive(50, 150).value(), 50);
  assert_true(stream.check(1001, false).error() == Error::flow_control_violation);
  assert_int_equal(stream.check(1000, false).value(), 800);
}

void the_end_is_reached_when_all_was_read(void**) {
  Receiver stream(1000);
  (void)stream.arrive(0, 100);
  (void)stream.arrive(200, 100, true);
  assert_int_equal(stream.take(1000), 100);
  assert_false(stream.is_at_end() || stream.is_complete());
  (void)stream.arrive(100, 100);
  assert_true(stream.is_complete());
  assert_int_equal(stream.take(150), 150);
  assert_false(stream.is_at_end());
  assert_int_equal(stream.take(150), 50);
  assert_true(stream.is_at_end());
}

void reading_frees_credit_as_long_as_the_end_is_not_known(void**) {
  Receiver stream(1000), ended(1000);
  (void)stream.arrive(0, 500);
  (void)ended.arrive(0, 500, true);
  assert_int_equal(stream.take(500) + ended.take(500), 1000);
  assert_true(stream.has_limit_to_announce());
  assert_false(ended.has_limit_to_announce());
}

void what_is_discarded_counts_as_consumed(void**) {
  Receiver stream(1000);
  (void)stream.arrive(100, 500);
  assert_int_equal(stream.discard(kNow, 50ms), 600);
  assert_int_equal(stream.buffer().memory_bytes(), 0);
  assert_true(stream.is_discarding());
  assert_int_equal(stream.check(700, true).value(), 100);
  stream.note_end(kNow, 700, true);
  assert_int_equal(stream.discard(kNow, 50ms), 100);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(what_is_fresh_is_what_reaches_beyond_all_before),
      cmocka_unit_test(the_end_is_reached_when_all_was_read),
      cmocka_unit_test(reading_frees_credit_as_long_as_the_end_is_not_known),
      cmocka_unit_test(what_is_discarded_counts_as_consumed),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
