#include "message/unreliable_partials.hpp"

#include "support/dice.hpp"

#include "support/cmocka.hpp"

using rudp::Bytes;
using rudp::Delivery;
using rudp::Error;
using rudp::Instant;
using namespace rudp::message;

namespace {

using namespace std::chrono_literals;

const Instant kStart = Instant::from_ns(1'000'000'000);
constexpr UnreliablePartials::Patience kPatience{.message = 1s, .value = 10s};

void fragments_in_any_order_give_the_message(void**) {
  const auto whole = test::pattern(3000, 1);
  rudp::transfer::BufferPool pool;
  UnreliablePartials partials;
  for (const std::uint64_t at : {2000u, 0u}) {
    const auto added =
        partials.add(pool, kStart, Delivery::unreliable, 5, 9, 3000, at, Bytes(whole).subspan(at, 1000));
    assert_true(added.has_value() && !added->has_value());
  }
  auto done =
      partials.add(pool, kStart, Delivery::unreliable, 5, 9, 3000, 1000, Bytes(whole).subspan(1000, 1000));
  assert_true(done.has_value() && done->has_value());
  assert_true((*done)->bytes == whole);
  assert_int_equal((*done)->channel, 5);
  assert_int_equal(partials.size(), 0);
  assert_int_equal(partials.memory_bytes(), 0);
}

// Threat F3.
// F3
void the_65th_partial_drops_the_oldest(void**) {
  const auto bytes = test::pattern(1000, 1);
  rudp::transfer::BufferPool pool;
  UnreliablePartials partials;
  for (std::uint16_t number = 0; number <= kUnreliablePartialsMax; ++number) {
    assert_true(partials.add(pool, kStart, Delivery::unreliable, 0, number, 2000, 0, bytes).has_value());
  }
  assert_int_equal(partials.size(), kUnreliablePartialsMax);
  assert_int_equal(partials.dropped(), 1);
  assert_false(partials.add(pool, kStart, Delivery::unreliable, 0, 0, 2000, 1000, bytes)
                   ->has_value());  // its first half is gone
  assert_true(partials.add(pool, kStart, Delivery::unreliable, 0, 64, 2000, 1000, bytes)->has_value());
}

// Threats F1, F3.
// F1, F3: real memory, not payload, is what counts.
void the_cap_on_bytes_holds_in_real_memory(void**) {
  const auto bytes = test::pattern(40'000, 1);
  rudp::transfer::BufferPool pool;
  UnreliablePartials partials;
  for (std::uint16_t number = 0; number < 40; ++number) {
    assert_true(partials.add(pool, kStart, Delivery::unreliable, 0, number, kUnreliableBytesMax, 0, bytes)
                    .has_value());
    assert_in_range(partials.memory_bytes(), 40'000, kUnreliablePartialBytesMax);
  }
  assert_in_range(partials.size(), 3, 4);
  assert_true(partials.dropped() >= 36);
}

void a_partial_is_dropped_by_its_age(void**) {
  const auto bytes = test::pattern(1000, 1);
  rudp::transfer::BufferPool pool;
  UnreliablePartials partials;
  assert_true(partials.next_drop(kPatience) == Instant::max());
  for (const std::uint16_t number : {std::uint16_t{1}, std::uint16_t{2}}) {
    const Instant at = kStart + (number - 1) * 500ms;
    assert_true(partials.add(pool, at, Delivery::unreliable, 0, number, 3000, 0, bytes).has_value());
  }
  // It is not younger for what comes later.
  assert_true(partials.add(pool, kStart + 900ms, Delivery::unreliable, 0, 1, 3000, 1000, bytes).has_value());
  assert_true(partials.next_drop(kPatience) == kStart + 1s);
  partials.drop_old(kStart + 999ms, kPatience);
  assert_int_equal(partials.size(), 2);
  partials.drop_old(kStart + 1s, kPatience);
  assert_int_equal(partials.size(), 1);
  assert_true(partials.next_drop(kPatience) == kStart + 1500ms);
}

void a_value_is_dropped_when_nothing_new_has_come_of_it(void**) {
  const auto bytes = test::pattern(1000, 1);
  rudp::transfer::BufferPool pool;
  UnreliablePartials partials;
  const auto add = [&](Instant now, std::uint64_t offset) {
    assert_true(partials.add(pool, now, Delivery::latest, 0, 0, 3000, offset, bytes).has_value());
  };
  add(kStart, 0);
  add(kStart + 9s, 1000);
  assert_true(partials.next_drop(kPatience) == kStart + 19s);
  add(kStart + 18s, 1000);
  assert_true(partials.next_drop(kPatience) == kStart + 19s);
  partials.drop_old(kStart + 19s, kPatience);
  assert_int_equal(partials.size(), 0);
  assert_int_equal(partials.dropped(), 1);
}

// F2
void a_changed_total_is_refused(void**) {
  const auto bytes = test::pattern(1000, 1);
  rudp::transfer::BufferPool pool;
  UnreliablePartials partials;
  assert_true(partials.add(pool, kStart, Delivery::unreliable, 0, 1, 2000, 0, bytes).has_value());
  assert_true(partials.add(pool, kStart, Delivery::unreliable, 0, 1, 2001, 1000, bytes).error() ==
              Error::malformed);
}

void values_make_room_for_newer_ones(void**) {
  const auto bytes = test::pattern(1000, 1);
  rudp::transfer::BufferPool pool;
  UnreliablePartials partials;
  for (const std::uint16_t number : {std::uint16_t{65'534}, std::uint16_t{0}, std::uint16_t{2}}) {
    assert_true(partials.add(pool, kStart, Delivery::latest, 1, number, 2000, 0, bytes).has_value());
  }
  assert_true(partials.add(pool, kStart, Delivery::latest, 2, 0, 2000, 0, bytes).has_value());
  assert_true(partials.add(pool, kStart, Delivery::unreliable, 1, 0, 2000, 0, bytes).has_value());
  partials.drop_values_to(1, 0);
  assert_int_equal(partials.size(), 3);
  partials.drop_old(kStart + 1s, kPatience);
  assert_int_equal(partials.size(), 2);
  assert_true((*partials.add(pool, kStart, Delivery::latest, 1, 2, 2000, 1000, bytes))->delivery ==
              Delivery::latest);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(fragments_in_any_order_give_the_message),
      cmocka_unit_test(the_65th_partial_drops_the_oldest),
      cmocka_unit_test(the_cap_on_bytes_holds_in_real_memory),
      cmocka_unit_test(a_partial_is_dropped_by_its_age),
      cmocka_unit_test(a_value_is_dropped_when_nothing_new_has_come_of_it),
      cmocka_unit_test(a_changed_total_is_refused),
      cmocka_unit_test(values_make_room_for_newer_ones),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
