// Cookies, address tokens and reset tokens: the genuine one holds for what it was made for and for its time,
// and any bytes that are not it hold for nothing.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

#include <rudp/sim.hpp>

#include "base/assert.hpp"
#include "crypto/address_token.hpp"
#include "crypto/reset_token.hpp"
#include "crypto/retry_token.hpp"
#include "fuzz/input.hpp"

namespace {

using namespace rudp;
using namespace rudp::crypto;
using namespace std::chrono_literals;
using fuzz::Input;

/// Made once: keys cost more than most inputs.
struct Keys {
  sim::SeededRandom random{1};
  Identity identity = Identity::generate(random);
  RetryTokenKey retry{random};
  AddressTokenKey address{identity};
  ResetTokenKey reset{identity};
};

const Keys& keys() {
  static const Keys made;
  return made;
}

Address address_from(Input& input) {
  Address address;
  const bool is_v6 = input.u8() % 2 == 1;
  if (!is_v6) address = Address::v4(input.u8(), input.u8(), input.u8(), input.u8(), 0);
  if (is_v6) std::ranges::copy(input.bytes(16), address.ip.begin());
  address.port = input.u16();
  return address;
}

/// Bytes of the input laid over a genuine token, then cut or lengthened.
std::vector<std::uint8_t> altered(Bytes genuine, Input& input) {
  std::vector<std::uint8_t> token(genuine.begin(), genuine.end());
  const std::uint8_t how = input.u8();
  std::size_t at = input.u8();
  if (how % 4 == 1) token.resize(at % 64);
  if (how % 4 == 2) std::ranges::copy(input.bytes(genuine.size()), token.begin());
  if (how % 4 != 3) return token;
  for (const std::uint8_t byte : input.bytes(how / 4)) {
    at %= token.size();
    token[at] = static_cast<std::uint8_t>(token[at] ^ byte);
    ++at;
  }
  return token;
}

bool is_equal(Bytes a, Bytes b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }

void retry(Input& input) {
  const Address client = address_from(input);
  const std::vector<std::uint8_t> cid(8, input.u8());
  const RetryTokenSubject subject{client, cid, 1, "NK"};
  const Instant made_at = Instant::from_ns(static_cast<std::int64_t>(input.number()));
  const RetryToken genuine = keys().retry.make(made_at, subject);
  RUDP_ASSERT(keys().retry.verify(made_at, subject, genuine));
  const Duration age = 1s * input.u8();
  if (age <= kRetryTokenEpoch && made_at < Instant::max() - 10min)
    RUDP_ASSERT(keys().retry.verify(made_at + age, subject, genuine));
  if (age > 2 * kRetryTokenEpoch && made_at < Instant::max() - 10min)
    RUDP_ASSERT(!keys().retry.verify(made_at + age, subject, genuine));
  const RetryTokenSubject other{client, cid, 1, "NX"};
  RUDP_ASSERT(!keys().retry.verify(made_at, other, genuine));
  const auto token = altered(genuine, input);
  RUDP_ASSERT(keys().retry.verify(made_at, subject, token) == is_equal(token, genuine));
}

void address(Input& input) {
  const Address client = address_from(input);
  const Instant made_at = Instant() + 1s * (input.number() % 1'000'000'000);
  const AddressToken genuine = keys().address.make(made_at, client);
  RUDP_ASSERT(keys().address.verify(made_at, client, genuine));
  RUDP_ASSERT(!keys().address.verify(made_at + kAddressTokenLifetime, client, genuine));
  if (made_at > Instant() + 1s) RUDP_ASSERT(!keys().address.verify(made_at - 2s, client, genuine));
  const Address other = address_from(input);
  RUDP_ASSERT(keys().address.verify(made_at, other, genuine) == (other.ip == client.ip));
  const auto token = altered(genuine, input);
  RUDP_ASSERT(keys().address.verify(made_at, client, token) == is_equal(token, genuine));
}

void reset(Input& input) {
  const ResetToken genuine = keys().reset.make(input.bytes(8));
  RUDP_ASSERT(is_reset_token(genuine, genuine));
  const auto token = altered(genuine, input);
  RUDP_ASSERT(is_reset_token(genuine, token) == is_equal(token, genuine));
  RUDP_ASSERT(!is_reset_token(ResetToken{}, token));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const std::uint8_t which = input.u8();
  if (which % 3 == 0) retry(input);
  if (which % 3 == 1) address(input);
  if (which % 3 == 2) reset(input);
  return 0;
}
