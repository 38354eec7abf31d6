#include "crypto/key_cache.hpp"

#include <algorithm>
#include <cstring>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "support/scripted_random.hpp"
// cmocka comes last.
#include "support/cmocka.hpp"

namespace {

using rudp::crypto::KeyCache;
using rudp::crypto::kTagBytes;
using rudp::crypto::packet_secret;
using rudp::crypto::PacketKey;
using rudp::crypto::RestingKey;
using rudp::crypto::Secret;
using rudp::crypto::SecretSlab;
using rudp::crypto::Suite;
using Buffer = std::vector<std::uint8_t>;

const Buffer kHeader = {0x41, 1, 2, 3};

Suite best_suite() {
  return *rudp::crypto::choose_suite(rudp::crypto::supported_suites(), rudp::crypto::supported_suites());
}

Secret<32> secret_of(std::uint64_t seed) {
  test::ScriptedRandom random(seed);
  Secret<32> secret;
  random.secret_fill(secret.mutable_bytes());
  return secret;
}

Buffer sealed_with(const PacketKey& key) {
  Buffer packet(100 + kTagBytes);
  assert_true(key.seal(7, kHeader, packet).has_value());
  return packet;
}

Buffer sealed_directly(std::uint64_t seed) {
  return sealed_with(PacketKey(best_suite(), packet_secret(best_suite(), secret_of(seed))));
}

/// More keys than there are places, each of which seals as it would alone, whoever was there before.
void more_keys_than_places_seal_as_if_each_were_alone(void**) {
  SecretSlab slab;
  KeyCache cache(slab);
  std::deque<RestingKey> keys;
  constexpr std::uint64_t kMany = 5 * KeyCache::kKeys / 2;
  for (std::uint64_t seed = 0; seed < kMany; ++seed) keys.emplace_back(cache, best_suite(), secret_of(seed));
  for (int round = 0; round < 3; ++round)
    for (std::uint64_t seed = 0; seed < kMany; ++seed)
      assert_true(sealed_with(cache.expanded(best_suite(), keys[seed])) == sealed_directly(seed));
}

void the_place_of_a_cache_is_as_large_at_last_as_at_first(void**) {
  SecretSlab slab;
  KeyCache cache(slab);
  const std::size_t slots = slab.slots_in_use(), chunks = slab.chunks();
  assert_int_equal(slots, KeyCache::kKeys);
  for (std::uint64_t seed = 0; seed < 1'000; ++seed) {
    const RestingKey key(cache, best_suite(), secret_of(seed));
    cache.expanded(best_suite(), key);
  }
  assert_int_equal(slab.slots_in_use(), slots);
  assert_int_equal(slab.chunks(), chunks);
}

void a_key_that_was_used_last_is_still_expanded(void**) {
  SecretSlab slab;
  KeyCache cache(slab);
  const RestingKey one(cache, best_suite(), secret_of(1)), other(cache, best_suite(), secret_of(2));
  assert_false(cache.holds(one));
  const PacketKey* const first = &cache.expanded(best_suite(), one);
  cache.expanded(best_suite(), other);
  assert_true(cache.holds(one));
  assert_ptr_equal(&cache.expanded(best_suite(), one), first);
}

// Threat K6.
void an_expanded_key_is_wiped_with_its_owner(void**) {
  SecretSlab slab;
  KeyCache cache(slab);
  auto key = std::make_unique<RestingKey>(cache, best_suite(), secret_of(1));
  const void* const place = &cache.expanded(best_suite(), *key);
  Buffer before(512);
  std::memcpy(before.data(), place, before.size());
  assert_true(std::any_of(before.begin(), before.end(), [](std::uint8_t byte) { return byte != 0; }));
  key.reset();
  Buffer after(512);
  std::memcpy(after.data(), place, after.size());  // still the slab's own memory
  assert_true(after == Buffer(512));
}

void a_moved_key_keeps_its_place_and_one_moved_over_leaves_its_own(void**) {
  SecretSlab slab;
  KeyCache cache(slab);
  RestingKey one(cache, best_suite(), secret_of(1));
  RestingKey other(cache, best_suite(), secret_of(2));
  const PacketKey* const place = &cache.expanded(best_suite(), one);
  const RestingKey moved = std::move(one);
  assert_true(cache.holds(moved));
  assert_ptr_equal(&cache.expanded(best_suite(), moved), place);
  RestingKey third(cache, best_suite(), secret_of(3));
  cache.expanded(best_suite(), other);
  other = std::move(third);
  assert_false(cache.holds(other));
  assert_true(sealed_with(cache.expanded(best_suite(), other)) == sealed_directly(3));
}

void suites_share_the_places(void**) {
  SecretSlab slab;
  KeyCache cache(slab);
  std::deque<RestingKey> keys;
  for (std::uint64_t seed = 0; seed < 2 * KeyCache::kKeys; ++seed) {
    const Suite suite = seed % 2 == 0 ? Suite::chacha20_poly1305 : best_suite();
    keys.emplace_back(cache, suite, secret_of(seed));
    const PacketKey alone(suite, packet_secret(suite, secret_of(seed)));
    assert_true(sealed_with(cache.expanded(suite, keys.back())) == sealed_with(alone));
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(more_keys_than_places_seal_as_if_each_were_alone),
      cmocka_unit_test(the_place_of_a_cache_is_as_large_at_last_as_at_first),
      cmocka_unit_test(a_key_that_was_used_last_is_still_expanded),
      cmocka_unit_test(an_expanded_key_is_wiped_with_its_owner),
      cmocka_unit_test(a_moved_key_keeps_its_place_and_one_moved_over_leaves_its_own),
      cmocka_unit_test(suites_share_the_places),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
