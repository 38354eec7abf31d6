#include <array>
#include <set>
#include <vector>

#include <rudp/sim.hpp>

#include "support/cmocka.hpp"

using rudp::sim::SeededRandom;

namespace {

std::vector<std::uint8_t> drawn(SeededRandom random, std::size_t bytes) {
  std::vector<std::uint8_t> out(bytes);
  random.public_fill(out);
  return out;
}

void one_seed_gives_one_sequence(void**) {
  assert_true(drawn(SeededRandom(7), 100) == drawn(SeededRandom(7), 100));
  assert_true(drawn(SeededRandom(7), 100) != drawn(SeededRandom(8), 100));
}

// Pinned, so that a changed generator (which invalidates every recorded seed) is noticed.
void the_sequence_is_the_same_in_every_version(void**) {
  SeededRandom random(1);
  assert_int_equal(random.next(), 0x79d0c46f91b953d0u);
  assert_int_equal(random.fork("link").next(), 0xb5fe6753ee846c5du);
}

void secrets_come_from_a_stream_of_their_own(void**) {
  SeededRandom seen(3);
  SeededRandom secret(3);
  std::array<std::uint8_t, 32> a{}, b{};
  seen.public_fill(a);
  secret.secret_fill(b);
  assert_true(a != b);
}

void drawing_secrets_does_not_shift_what_is_public(void**) {
  SeededRandom random(3);
  std::array<std::uint8_t, 32> secret{};
  random.secret_fill(secret);
  assert_int_equal(random.next(), SeededRandom(3).next());
}

void a_fork_does_not_depend_on_what_was_drawn_before(void**) {
  SeededRandom random(5);
  const auto before = drawn(random.fork("link"), 16);
  random.next();
  assert_true(drawn(random.fork("link"), 16) == before);
}

void forks_with_other_labels_differ(void**) {
  const SeededRandom random(5);
  std::set<std::vector<std::uint8_t>> seen;
  for (const char* label : {"", "a", "b", "ab", "ba", "link", "node"})
    seen.insert(drawn(random.fork(label), 16));
  for (std::uint64_t number = 0; number < 100; ++number) seen.insert(drawn(random.fork(number), 16));
  assert_int_equal(seen.size(), 107);
}

void a_fill_may_be_cut_at_any_length(void**) {
  const auto whole = drawn(SeededRandom(9), 64);
  for (std::size_t bytes = 0; bytes <= 64; ++bytes) {
    const auto part = drawn(SeededRandom(9), bytes);
    assert_true(std::equal(part.begin(), part.end(), whole.begin()));
  }
}

void between_reaches_both_ends_and_no_further(void**) {
  SeededRandom random(11);
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random.between(10, 13));
  assert_true(seen == (std::set<std::uint64_t>{10, 11, 12, 13}));
}

void between_takes_the_whole_range(void**) {
  SeededRandom random(11);
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 100; ++i) seen.insert(random.between(0, UINT64_MAX));
  assert_int_equal(seen.size(), 100);
}

void chance_comes_true_as_often_as_it_says(void**) {
  SeededRandom random(13);
  int hits = 0;
  for (int i = 0; i < 100'000; ++i) hits += random.chance(300'000);
  assert_in_range(hits, 29'300, 30'700);
}

void chance_knows_never_and_always(void**) {
  SeededRandom random(13);
  for (int i = 0; i < 10'000; ++i) {
    assert_false(random.chance(0));
    assert_true(random.chance(1'000'000));
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(one_seed_gives_one_sequence),
      cmocka_unit_test(the_sequence_is_the_same_in_every_version),
      cmocka_unit_test(secrets_come_from_a_stream_of_their_own),
      cmocka_unit_test(drawing_secrets_does_not_shift_what_is_public),
      cmocka_unit_test(a_fork_does_not_depend_on_what_was_drawn_before),
      cmocka_unit_test(forks_with_other_labels_differ),
      cmocka_unit_test(a_fill_may_be_cut_at_any_length),
      cmocka_unit_test(between_reaches_both_ends_and_no_further),
      cmocka_unit_test(between_takes_the_whole_range),
      cmocka_unit_test(chance_comes_true_as_often_as_it_says),
      cmocka_unit_test(chance_knows_never_and_always),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
