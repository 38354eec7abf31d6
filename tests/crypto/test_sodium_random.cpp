#include <algorithm>
#include <array>
#include <thread>
#include <vector>

#include <rudp/random.hpp>
#include "crypto/initialize.hpp"
#include "support/cmocka.hpp"

namespace {

using Draw = std::array<std::uint8_t, 32>;

// Threat K7.
void starting_twice_and_from_several_threads_is_harmless(void**) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back([] { rudp::crypto::initialize(); });
  for (std::thread& thread : threads) thread.join();
  rudp::crypto::initialize();
  Draw draw{};
  rudp::system_random().secret_fill(draw);
  assert_false(draw == Draw{});
}

void draws_of_the_system_never_repeat(void**) {
  std::vector<Draw> draws(200);
  for (std::size_t i = 0; i < draws.size(); ++i) {
    if (i % 2 == 0) rudp::system_random().secret_fill(draws[i]);
    if (i % 2 == 1) rudp::system_random().public_fill(draws[i]);
  }
  std::sort(draws.begin(), draws.end());
  assert_true(std::adjacent_find(draws.begin(), draws.end()) == draws.end());
}

void an_empty_draw_is_allowed(void**) {
  rudp::system_random().public_fill({});
  rudp::system_random().secret_fill({});
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(starting_twice_and_from_several_threads_is_harmless),
      cmocka_unit_test(draws_of_the_system_never_repeat),
      cmocka_unit_test(an_empty_draw_is_allowed),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
