// What a client keeps of servers that it has visited: used once, bounded, the newest of each.
#include "uv/token_cache.hpp"

#include "support/cmocka.hpp"

using namespace rudp;
using rudp::uv::TokenCache;

namespace {

Address server(std::size_t number) {
  return Address::v4(10, 0, 0, 1, static_cast<std::uint16_t>(1 + number));
}

AddressToken token(std::uint8_t first) {
  AddressToken made{};
  made[0] = first;
  return made;
}

void a_token_is_given_once_and_only_for_its_server(void**) {
  TokenCache cache;
  cache.put(server(1), token(1));
  assert_false(cache.take(server(2)).has_value());
  assert_true(cache.take(server(1)) == token(1));
  assert_false(cache.take(server(1)).has_value());
}

void the_newest_token_of_a_server_counts(void**) {
  TokenCache cache;
  cache.put(server(1), token(1));
  cache.put(server(1), token(2));
  assert_int_equal(cache.size(), 1);
  assert_true(cache.take(server(1)) == token(2));
}

void the_server_that_was_not_seen_for_longest_is_forgotten(void**) {
  TokenCache cache;
  for (std::size_t i = 0; i < TokenCache::kServersMax; ++i) cache.put(server(i), token(1));
  cache.put(server(0), token(2));
  cache.put(server(TokenCache::kServersMax), token(3));
  assert_int_equal(cache.size(), TokenCache::kServersMax);
  assert_false(cache.take(server(1)).has_value());
  assert_true(cache.take(server(0)) == token(2));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_token_is_given_once_and_only_for_its_server),
      cmocka_unit_test(the_newest_token_of_a_server_counts),
      cmocka_unit_test(the_server_that_was_not_seen_for_longest_is_forgotten),
  };
  return cmocka_run_group_tests_name("token_cache", tests, nullptr, nullptr);
}
