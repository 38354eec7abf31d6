#include "crypto/initialize.hpp"

#include <sodium.h>

#include <cstdio>
#include <cstdlib>

namespace rudp::crypto {

void initialize() {
  static const bool started = [] {
    if (sodium_init() >= 0) return true;
    std::fputs("rudp: the cryptographic library could not start, so no key would be safe\n", stderr);
    std::abort();
  }();
  static_cast<void>(started);
}

}  // namespace rudp::crypto
