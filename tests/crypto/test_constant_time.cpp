// Whether the checks of cookies and tokens take the same time whatever is wrong (after "dude, is my code constant
// time?", Reparaz, Balasch and Verbauwhede 2017): Welch's t-test over two classes of input in random order.
//
// A measurement of time on a shared machine is no test for every day: this one runs where RUDP_TIMING is set,
// and is for a quiet machine.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <vector>

#include "crypto/address_token.hpp"
#include "crypto/reset_token.hpp"
#include "crypto/retry_token.hpp"
#include "crypto/secret.hpp"
#include "support/scripted_random.hpp"

#include "support/cmocka.hpp"

namespace {

using Buffer = std::vector<std::uint8_t>;
using Check = std::function<bool(rudp::Bytes)>;

constexpr std::size_t kMeasurements = 200'000;
/// The slowest tenth is interrupts and other people's work.
constexpr double kKeptShare = 0.9;
/// Below this the two classes cannot be told apart.
constexpr double kThreshold = 4.5;

struct Sample {
  void add(double value) {
    ++count;
    const double before = value - mean;
    mean += before / count;
    squares += before * (value - mean);
  }
  double variance() const { return squares / (count - 1); }
  double count = 0, mean = 0, squares = 0;
};

double nanoseconds_of(const Check& check, const Buffer& input) {
  const auto begin = std::chrono::steady_clock::now();
  // Several at a time, for clocks that tick slowly.
  bool taken = false;
  for (int i = 0; i < 8; ++i) taken = check(input) || taken;
  const auto end = std::chrono::steady_clock::now();
  [[maybe_unused]] static volatile bool sink;
  sink = taken;
  return std::chrono::duration<double, std::nano>(end - begin).count();
}

/// Welch's t between the times of two inputs.
double t_between(const Check& check, const Buffer& left, const Buffer& right) {
  test::ScriptedRandom random(7);
  std::vector<std::pair<double, bool>> times;
  for (std::size_t i = 0; i < kMeasurements; ++i) {
    const bool is_left = random.below(2) == 0;
    // Both classes come from one buffer, so that where they lie makes no difference.
    static Buffer input;
    input = is_left ? left : right;
    times.emplace_back(nanoseconds_of(check, input), is_left);
  }
  std::vector<double> sorted;
  for (const auto& [time, is_left] : times) sorted.push_back(time);
  std::sort(sorted.begin(), sorted.end());
  const double longest = sorted[static_cast<std::size_t>(kKeptShare * double(sorted.size()))];
  Sample samples[2];
  for (const auto& [time, is_left] : times)
    if (time <= longest) samples[is_left ? 0 : 1].add(time);
  const double error =
      samples[0].variance() / samples[0].count + samples[1].variance() / samples[1].count;
  return (samples[0].mean - samples[1].mean) / std::sqrt(error);
}

void assert_constant(const char* name, const Check& check, const Buffer& right, std::size_t first,
                     std::size_t last) {
  assert_true(check(right));
  Buffer wrong_first = right, wrong_last = right, wrong_everywhere = right;
  wrong_first[first] ^= 1;
  wrong_last[last] ^= 1;
  for (std::size_t at = first; at <= last; ++at) wrong_everywhere[at] ^= 0xff;
  assert_false(check(wrong_first));
  for (const Buffer* other : {&wrong_last, &wrong_everywhere}) {
    const double t = t_between(check, wrong_first, *other);
    std::printf("%s: t = %.2f\n", name, t);
    assert_true(std::abs(t) < kThreshold);
  }
}

// Threat K11.
void cookies_are_checked_in_constant_time(void**) {
  test::ScriptedRandom random(1);
  const rudp::crypto::RetryTokenKey key(random);
  const rudp::Address client = rudp::Address::v4(192, 0, 2, 1, 5000);
  const Buffer cid(8, 3);
  const rudp::crypto::RetryTokenSubject subject{
      .client = client, .client_cid = cid, .version = 1, .pattern = "NK"};
  const rudp::Instant now = rudp::Instant::from_ns(1);
  const auto token = key.make(now, subject);
  assert_constant(
      "cookie", [&](rudp::Bytes given) { return key.verify(now, subject, given); },
      {token.begin(), token.end()}, 0, token.size() - 1);
}

// Threat K11.
void address_tokens_are_checked_in_constant_time(void**) {
  test::ScriptedRandom random(1);
  const rudp::crypto::AddressTokenKey key(rudp::Identity::generate(random));
  const rudp::Address client = rudp::Address::v4(192, 0, 2, 1, 5000);
  const rudp::Instant now = rudp::Instant::from_ns(1);
  const auto token = key.make(now, client);
  // The expiry stands before the tag and is no secret.
  assert_constant(
      "address token", [&](rudp::Bytes given) { return key.verify(now, client, given); },
      {token.begin(), token.end()}, 8, token.size() - 1);
}

// Threat K11.
void reset_tokens_are_checked_in_constant_time(void**) {
  const rudp::crypto::ResetToken expected = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
  assert_constant(
      "reset token",
      [&](rudp::Bytes given) { return rudp::crypto::is_reset_token(expected, given); },
      {expected.begin(), expected.end()}, 0, expected.size() - 1);
}

}  // namespace

int main() {
  if (!std::getenv("RUDP_TIMING")) {
    std::puts("skipped: measures time; set RUDP_TIMING=1 on a quiet machine");
    return 77;
  }
  const CMUnitTest tests[] = {
      cmocka_unit_test(cookies_are_checked_in_constant_time),
      cmocka_unit_test(address_tokens_are_checked_in_constant_time),
      cmocka_unit_test(reset_tokens_are_checked_in_constant_time),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
