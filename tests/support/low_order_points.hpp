// The twelve encodings of points of low order on Curve25519 that are known to
// be tried against implementations (cr.yp.to/ecdh.html, "validate").
#pragma once

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include <rudp/identity.hpp>
#include "support/hex.hpp"

namespace test {

inline constexpr std::array<std::string_view, 12> kLowOrderPoints = {
    "0000000000000000000000000000000000000000000000000000000000000000",  // 0
    "0100000000000000000000000000000000000000000000000000000000000000",  // 1
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",  // a, of order 8
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",  // b, of order 8
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  // p - 1
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  // p
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  // p + 1
    "cdeb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b880",  // p + a
    "4c9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f11d7",  // p + b
    "d9ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",  // 2p - 1
    "daffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",  // 2p
    "dbffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",  // 2p + 1
};

inline rudp::PublicKey public_key_of_hex(std::string_view text) {
  rudp::PublicKey key;
  const std::vector<std::uint8_t> bytes = from_hex(text);
  std::copy(bytes.begin(), bytes.end(), key.bytes.begin());
  return key;
}

}  // namespace test
