#include "transfer/reassembler.hpp"

#include <malloc.h>
#include <algorithm>
#include <cstdlib>
#include <new>

#include "support/dice.hpp"

#include "support/cmocka.hpp"

namespace {

std::size_t live_bytes = 0;
std::size_t live_bytes_peak = 0;

}  // namespace

// What the test program has allocated, so that memory which lives for a moment only is seen too. Not inlined:
// the compiler would see a free of what came from new.
[[gnu::noinline]] void* operator new(std::size_t size) {
  void* const memory = std::malloc(size);
  if (!memory) throw std::bad_alloc();
  live_bytes += malloc_usable_size(memory);
  live_bytes_peak = std::max(live_bytes_peak, live_bytes);
  return memory;
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  live_bytes -= malloc_usable_size(memory);
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { operator delete(memory); }

using rudp::Bytes;
using rudp::Error;
using rudp::transfer::kChunkBytes;
using rudp::transfer::Range;
using rudp::transfer::Reassembler;

namespace {

constexpr std::uint64_t kMessage = 16u << 20;
constexpr std::size_t kWindow = 256u << 10;

bool add(Reassembler& body, const std::vector<std::uint8_t>& whole, Range range) {
  return body.add(whole.size(), range.begin, Bytes(whole).subspan(range.begin, range.size())).has_value();
}

void fragments_in_order_give_the_body(void**) {
  const auto whole = test::pattern(10'000, 1);
  Reassembler body(whole.size());
  for (std::uint64_t at = 0; at < whole.size(); at += 1000) {
    assert_false(body.complete());
    assert_true(add(body, whole, {at, at + 1000}));
  }
  assert_true(body.complete());
  assert_true(body.take() == whole);
}

void any_order_with_duplicates_and_overlaps_gives_the_body(void**) {
  test::Dice dice(7);
  for (int run = 0; run < 200; ++run) {
    const auto whole = test::pattern(1 + dice.below(60'000), dice.next());
    Reassembler body(whole.size());
    for (int step = 0; !body.complete(); ++step) {
      assert_true(step < 1'000'000);
      const std::uint64_t begin = dice.below(whole.size());
      const std::uint64_t most = std::min<std::uint64_t>(whole.size() - begin, 1400);
      assert_true(add(body, whole, {begin, begin + 1 + dice.below(most)}));
    }
    assert_int_equal(body.arrived_bytes(), whole.size());
    assert_true(body.take() == whole);
  }
}

// S4: the content does not depend on what comes later for the same place.
void the_first_bytes_win(void**) {
  const std::vector<std::uint8_t> ours(6000, 'a');
  const std::vector<std::uint8_t> theirs(6000, 'b');
  Reassembler body(6000);
  assert_true(add(body, ours, {1000, 2000}));
  assert_true(add(body, ours, {3000, 4000}));
  assert_true(add(body, theirs, {0, 6000}));
  const auto result = body.take();
  assert_int_equal(std::count(result.begin(), result.end(), 'a'), 2000);
  assert_true(std::all_of(result.begin() + 1000, result.begin() + 2000, [](int c) { return c == 'a'; }));
  assert_true(std::all_of(result.begin() + 3000, result.begin() + 4000, [](int c) { return c == 'a'; }));
}

// F2
void a_fragment_that_contradicts_is_refused_and_changes_nothing(void**) {
  const auto bytes = test::pattern(2000, 1);
  Reassembler body(1000);
  const Bytes some = Bytes(bytes).first(100);
  assert_true(body.add(1001, 0, some).error() == Error::malformed);
  assert_true(body.add(1000, 0, {}).error() == Error::malformed);
  assert_true(body.add(1000, 901, some).error() == Error::malformed);
  assert_true(body.add(1000, 1000, some).error() == Error::malformed);
  assert_true(body.add(1000, ~std::uint64_t{0}, some).error() == Error::malformed);
  assert_true(body.add(1000, 0, bytes).error() == Error::malformed);
  assert_int_equal(body.arrived_bytes(), 0);
  assert_int_equal(body.memory_bytes(), 0);
}

// F1: 16 MB are announced, a fragment comes, the rest never does.
void an_announced_size_allocates_nothing(void**) {
  Reassembler body(kMessage);
  assert_int_equal(body.memory_bytes(), 0);
  const auto fragment = test::pattern(1100, 1);
  assert_true(body.add(kMessage, kMessage - 1100, fragment).has_value());
  assert_in_range(body.memory_bytes(), 1100, 2 * kChunkBytes + 128);
  assert_true(body.add(kMessage, 5'000'000, fragment).has_value());
  assert_in_range(body.memory_bytes(), 2200, 4 * kChunkBytes + 256);
}

/// The most that the body occupies while ranges of `size` arrive `stride` apart, as long as they are taken.
std::size_t peak_memory(std::uint64_t total, std::uint64_t stride, std::uint64_t size) {
  const std::vector<std::uint8_t> bytes(size, 1);
  Reassembler body(total);
  std::size_t peak = 0;
  for (std::uint64_t at = 0; at + size <= total; at += stride) {
    if (!body.add(total, at, bytes)) break;
    peak = std::max(peak, body.memory_bytes());
  }
  return peak;
}

// S3: gaps of one byte, one byte in each chunk, fragments with holes of their size.
void no_gap_pattern_pins_more_than_five_quarters_of_the_window(void**) {
  for (const std::uint64_t total : {kWindow, kWindow / 2, std::size_t{40'000}, std::size_t{4097}}) {
    for (const std::uint64_t stride : {2u, 3u, 64u, 128u, 2200u, 4096u, 8192u}) {
      for (const std::uint64_t size : {1u, 63u, 1100u}) {
        const std::size_t peak = peak_memory(total, stride, std::min<std::uint64_t>(size, stride));
        assert_in_range(peak, 1, total + total / 4 + 2 * kChunkBytes);
      }
    }
  }
}

// S3: a byte in each chunk, then all the rest; also the moment counts at which chunks become the body.
void the_moment_at_which_the_body_opens_stays_inside_too(void**) {
  const std::uint8_t byte = 1;
  const std::vector<std::uint8_t> rest(kWindow, 2);
  const std::size_t before = live_bytes;
  live_bytes_peak = live_bytes;
  Reassembler body(kWindow);
  for (std::uint64_t at = 0; at < kWindow; at += kChunkBytes) {
    assert_true(body.add(kWindow, at, Bytes(&byte, 1)).has_value());
  }
  assert_true(body.add(kWindow, 0, rest).has_value());
  assert_true(body.complete());
  assert_in_range(live_bytes_peak - before, kWindow, kWindow + kWindow / 4);
}

// S3: the cap on ranges, and that filling holes is always allowed.
void a_gap_bomb_ends_at_the_cap_on_ranges(void**) {
  const std::uint8_t byte = 1;
  Reassembler body(kWindow);
  std::uint64_t at = 0;
  while (body.add(kWindow, at, Bytes(&byte, 1)).has_value()) at += 2;
  assert_true(body.add(kWindow, at, Bytes(&byte, 1)).error() == Error::limit_exceeded);
  assert_int_equal(body.arrived_bytes(), 64 + kWindow / 512);
  const std::vector<std::uint8_t> fill(at, 2);
  assert_true(body.add(kWindow, 0, fill).has_value());
  assert_int_equal(body.arrived_bytes(), at);
  assert_true(body.add(kWindow, at + 2, Bytes(&byte, 1)).has_value());
}

void an_honest_sender_with_every_other_fragment_lost_stays_below_the_cap(void**) {
  const auto whole = test::pattern(kMessage, 5);
  Reassembler body(whole.size());
  for (const std::uint64_t first : {0u, 1100u}) {
    for (std::uint64_t at = first; at < whole.size(); at += 2200) {
      assert_true(add(body, whole, {at, std::min<std::uint64_t>(at + 1100, whole.size())}));
    }
  }
  assert_true(body.complete());
  assert_in_range(body.memory_bytes(), kMessage, kMessage + kMessage / 4);
  assert_true(body.take() == whole);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(fragments_in_order_give_the_body),
      cmocka_unit_test(any_order_with_duplicates_and_overlaps_gives_the_body),
      cmocka_unit_test(the_first_bytes_win),
      cmocka_unit_test(a_fragment_that_contradicts_is_refused_and_changes_nothing),
      cmocka_unit_test(an_announced_size_allocates_nothing),
      cmocka_unit_test(no_gap_pattern_pins_more_than_five_quarters_of_the_window),
      cmocka_unit_test(the_moment_at_which_the_body_opens_stays_inside_too),
      cmocka_unit_test(a_gap_bomb_ends_at_the_cap_on_ranges),
      cmocka_unit_test(an_honest_sender_with_every_other_fragment_lost_stays_below_the_cap),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
