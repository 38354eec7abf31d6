#include "crypto/secret.hpp"

#include <array>
#include <new>
#include <type_traits>

#include "support/cmocka.hpp"

namespace {

using rudp::crypto::Secret;

constexpr std::array<std::uint8_t, 4> kBytes = {1, 2, 3, 4};

Secret<4> secret() { return Secret<4>(kBytes); }

// Threat K6.
void the_destructor_wipes_the_bytes(void**) {
  alignas(Secret<4>) std::array<std::uint8_t, sizeof(Secret<4>)> memory{};
  auto* object = ::new (memory.data()) Secret<4>(kBytes);
  assert_memory_equal(memory.data(), kBytes.data(), 4);
  object->~Secret<4>();
  const std::array<std::uint8_t, 4> zeros{};
  assert_memory_equal(memory.data(), zeros.data(), 4);
}

void moving_wipes_the_source(void**) {
  Secret<4> source = secret();
  Secret<4> target = std::move(source);
  assert_true(target == secret());
  assert_true(source == Secret<4>());

  Secret<4> assigned;
  assigned = std::move(target);
  assert_true(assigned == secret());
  assert_true(target == Secret<4>());
}

void moving_into_itself_keeps_the_bytes(void**) {
  Secret<4> one = secret();
  Secret<4>& same = one;
  one = std::move(same);
  assert_true(one == secret());
}

void a_copy_has_to_be_asked_for(void**) {
  static_assert(!std::is_copy_constructible_v<Secret<4>> && !std::is_copy_assignable_v<Secret<4>>);
  const Secret<4> source = secret();
  const Secret<4> copy = source.clone();
  assert_true(copy == source);
}

void bytes_are_equal_only_with_equal_lengths(void**) {
  const std::array<std::uint8_t, 5> longer = {1, 2, 3, 4, 0};
  assert_true(rudp::crypto::equal_in_constant_time(kBytes, secret().bytes()));
  assert_false(rudp::crypto::equal_in_constant_time(kBytes, longer));
  assert_true(rudp::crypto::equal_in_constant_time({}, {}));
}

void every_flipped_bit_makes_secrets_unequal(void**) {
  for (std::size_t bit = 0; bit < 32; ++bit) {
    Secret<4> other = secret();
    other.mutable_bytes()[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    assert_false(other == secret());
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_destructor_wipes_the_bytes),
      cmocka_unit_test(moving_wipes_the_source),
      cmocka_unit_test(moving_into_itself_keeps_the_bytes),
      cmocka_unit_test(a_copy_has_to_be_asked_for),
      cmocka_unit_test(bytes_are_equal_only_with_equal_lengths),
      cmocka_unit_test(every_flipped_bit_makes_secrets_unequal),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
