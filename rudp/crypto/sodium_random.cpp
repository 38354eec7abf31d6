// The operating system's generator behind rudp::Random.
#include <sodium.h>

#include <rudp/random.hpp>
#include "crypto/initialize.hpp"

namespace rudp {
namespace {

/// Both kinds come from one generator: it is strong enough that its public
/// outputs say nothing about its secret ones.
class SystemRandom final : public Random {
 public:
  SystemRandom() { crypto::initialize(); }
  void public_fill(MutableBytes out) override { fill(out); }
  void secret_fill(MutableBytes out) override { fill(out); }

 private:
  static void fill(MutableBytes out) {
    // The library takes no null pointer, which an empty span may hold.
    if (!out.empty()) randombytes_buf(out.data(), out.size());
  }
};

}  // namespace

Random& system_random() {
  static SystemRandom random;
  return random;
}

}  // namespace rudp
