#include "crypto/guarded_key.hpp"

#include <array>
#include <utility>

#include "support/scripted_random.hpp"
// cmocka comes last.
#include "support/cmocka.hpp"

namespace {

using rudp::crypto::GuardedKey;

void a_key_keeps_its_bytes_when_it_moves(void**) {
  std::array<std::uint8_t, 32> bytes;
  bytes.fill(0x3c);
  GuardedKey key(bytes);
  const auto* place = key.bytes().data();
  const GuardedKey moved = std::move(key);
  assert_ptr_equal(moved.bytes().data(), place);
  assert_memory_equal(moved.bytes().data(), bytes.data(), bytes.size());
}

void a_generated_key_comes_from_the_secret_randomness(void**) {
  test::ScriptedRandom random;
  const GuardedKey one = GuardedKey::generate(random);
  const GuardedKey two = GuardedKey::generate(random);
  assert_int_equal(random.secret_draws, 2);
  assert_memory_not_equal(one.bytes().data(), two.bytes().data(), 32);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_key_keeps_its_bytes_when_it_moves),
      cmocka_unit_test(a_generated_key_comes_from_the_secret_randomness),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
