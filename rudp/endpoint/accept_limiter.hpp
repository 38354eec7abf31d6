// How many handshakes a server makes, in all and for each network that they come from (H2).
//
// Their addresses are known to be real when this is asked: a cookie came back. While nothing is attacked
// nobody is held back, not even thousands of clients behind one address. Under load each IPv4 address and
// each IPv6 /64 has a rate of its own, and all together never get so many that established connections wait.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include <rudp/address.hpp>
#include <rudp/random.hpp>

#include "crypto/short_hash.hpp"
#include "endpoint/token_bucket.hpp"

namespace rudp::endpoint {

/// Handshakes of everybody that ask nobody's rate: some 15 % of a core, and a burst for the clients of a
/// server that was restarted.
inline constexpr std::uint32_t kFreeHandshakesPerSecond = 1'000;
inline constexpr std::uint32_t kFreeHandshakesBurst = 2'000;
/// Handshakes of everybody, however many addresses they come from: about half a core. The other half belongs
/// to connections that are established.
inline constexpr std::uint32_t kHandshakesPerSecondMax = 4'000;
/// Sources whose rate is known at a time; those that came longest ago are forgotten first.
inline constexpr std::size_t kSourcesMax = 2'048;
/// A source lies in one of so many places, which its keyed hash chooses.
inline constexpr std::size_t kSourceWays = 8;

class AcceptLimiter {
 public:
  AcceptLimiter(Random& random, std::uint32_t per_source_per_second, std::uint32_t per_source_burst);

  /// Takes one handshake from `source`, if it may be made. `half_open` of `half_open_max` wait for their
  /// client: from half of that on the server is under load, as it is when the free handshakes are used up.
  bool take(Instant now, const Address& source, std::uint64_t half_open, std::uint64_t half_open_max);

 private:
  using Network = std::array<std::uint8_t, 16>;
  struct Source {
    Network network{};
    bool in_use = false;
    Instant asked_at;
    TokenBucket bucket{0, 0};
  };
  struct Table {
    std::array<Source, kSourcesMax> sources;
  };

  TokenBucket& bucket_of(Instant now, const Address& source);

  crypto::ShortHashKey hash_key_{};
  std::uint32_t per_second_;
  std::uint32_t burst_;
  TokenBucket free_{kFreeHandshakesPerSecond, kFreeHandshakesBurst};
  TokenBucket all_{kHandshakesPerSecondMax, kHandshakesPerSecondMax};
  std::unique_ptr<Table> table_;  ///< null until the first load
};

}  // namespace rudp::endpoint
