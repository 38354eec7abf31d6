// Randomness comes in as an argument.
#pragma once

#include <cstdint>

#include <rudp/export.hpp>
#include <rudp/types.hpp>

namespace rudp {

/// Where an endpoint gets its randomness. The libuv endpoint passes the
/// system's generator; the simulator and tests pass one made from a seed, which
/// makes even keys and handshakes reproducible.
class RUDP_API Random {
 public:
  virtual ~Random() = default;

  /// Fills with bytes that may be seen on the wire (connection ids, jitter).
  virtual void public_fill(MutableBytes out) = 0;
  /// Fills with bytes that must stay secret (keys). Never the same stream as
  /// public_fill, so that what is seen on the wire says nothing about keys.
  virtual void secret_fill(MutableBytes out) = 0;

  /// A public number below `limit`, uniform. REQUIRES: limit > 0.
  std::uint64_t below(std::uint64_t limit);
};

/// The operating system's generator, for programs; safe from every thread.
/// Ends the program where the system has no randomness to give.
RUDP_API Random& system_random();

}  // namespace rudp
