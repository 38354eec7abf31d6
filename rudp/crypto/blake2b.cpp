#include "crypto/blake2b.hpp"

#include <sodium.h>

#include "base/assert.hpp"
#include "crypto/integer_bytes.hpp"

namespace rudp::crypto {
namespace {

/// One hash in the making, wiped at its end.
class Hasher {
 public:
  explicit Hasher(std::size_t out_bytes, Bytes key = {}) : out_bytes_(out_bytes) {
    RUDP_ASSERT(key.size() <= crypto_generichash_blake2b_KEYBYTES_MAX);
    crypto_generichash_blake2b_init(&state_, key.empty() ? nullptr : key.data(), key.size(), out_bytes_);
  }
  ~Hasher() { sodium_memzero(&state_, sizeof state_); }
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;

  void add(Bytes part) { crypto_generichash_blake2b_update(&state_, part.data(), part.size()); }
  void add(std::initializer_list<Bytes> parts) {
    for (const Bytes part : parts) add(part);
  }
  void finish(MutableBytes out) {
    RUDP_ASSERT(out.size() == out_bytes_);
    crypto_generichash_blake2b_final(&state_, out.data(), out.size());
  }

 private:
  crypto_generichash_blake2b_state state_;
  std::size_t out_bytes_;
};

Secret<kHashBlockBytes> padded_key(Bytes key, std::uint8_t pad) {
  Secret<kHashBlockBytes> block;
  auto bytes = block.mutable_bytes();
  std::copy(key.begin(), key.end(), bytes.begin());
  for (std::uint8_t& byte : bytes) byte ^= pad;
  return block;
}

}  // namespace

Hash blake2b(std::initializer_list<Bytes> parts) {
  Hash hash;
  Hasher hasher(kHashBytes);
  hasher.add(parts);
  hasher.finish(hash);
  return hash;
}

Secret<kHashBytes> hmac_blake2b(Bytes key, std::initializer_list<Bytes> parts) {
  RUDP_ASSERT(key.size() <= kHashBlockBytes);
  Secret<kHashBytes> digest;
  Hasher inner(kHashBytes);
  inner.add(padded_key(key, 0x36).bytes());
  inner.add(parts);
  inner.finish(digest.mutable_bytes());

  Hasher outer(kHashBytes);
  outer.add(padded_key(key, 0x5c).bytes());
  outer.add(digest.bytes());
  outer.finish(digest.mutable_bytes());
  return digest;
}

std::array<Secret<kHashBytes>, 2> hkdf2(Bytes chaining_key, std::initializer_list<Bytes> input) {
  auto [first, second, third] = hkdf3(chaining_key, input);
  return {std::move(first), std::move(second)};
}

std::array<Secret<kHashBytes>, 3> hkdf3(Bytes chaining_key, std::initializer_list<Bytes> input) {
  constexpr std::array<std::uint8_t, 3> kCounters = {1, 2, 3};
  const Bytes counters(kCounters);
  const Secret<kHashBytes> temporary = hmac_blake2b(chaining_key, input);
  std::array<Secret<kHashBytes>, 3> outputs;
  outputs[0] = hmac_blake2b(temporary.bytes(), {counters.subspan(0, 1)});
  outputs[1] = hmac_blake2b(temporary.bytes(), {outputs[0].bytes(), counters.subspan(1, 1)});
  outputs[2] = hmac_blake2b(temporary.bytes(), {outputs[1].bytes(), counters.subspan(2, 1)});
  return outputs;
}

Secret<32> keyed_blake2b(Bytes key, Bytes data) {
  Secret<32> digest;
  Hasher hasher(Secret<32>::kBytes, key);
  hasher.add(data);
  hasher.finish(digest.mutable_bytes());
  return digest;
}

Tag32 keyed_blake2b_of_fields(Bytes key, std::initializer_list<Bytes> fields) {
  Tag32 tag;
  Hasher hasher(tag.size(), key);
  for (const Bytes field : fields) {
    hasher.add(little_endian(std::uint64_t{field.size()}));
    hasher.add(field);
  }
  hasher.finish(tag);
  return tag;
}

}  // namespace rudp::crypto
