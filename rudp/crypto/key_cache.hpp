// Keys at rest have 32 bytes; those that were used last are kept expanded, in a place of fixed size.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "crypto/packet_key.hpp"
#include "crypto/secret.hpp"
#include "crypto/secret_slab.hpp"

namespace rudp::crypto {

class KeyCache;

/// The key of one direction and one key phase as a connection holds it, and a name under which the cache may
/// have it expanded.
class RestingKey {
 public:
  /// REQUIRES: the suite is one of supported_suites(); the cache outlives the key.
  RestingKey(KeyCache& cache, Suite suite, const Secret<32>& traffic_secret) noexcept;
  /// What the cache has of it is wiped, too.
  ~RestingKey();
  RestingKey(const RestingKey&) = delete;
  RestingKey& operator=(const RestingKey&) = delete;
  RestingKey(RestingKey&& other) noexcept
      : key_(std::move(other.key_)), cache_(other.cache_), name_(std::exchange(other.name_, 0)) {}
  RestingKey& operator=(RestingKey&& other) noexcept;

 private:
  friend class KeyCache;

  Secret<32> key_;
  KeyCache* cache_;
  std::uint64_t name_;  ///< 0: moved from
};

/// An expanded AES-256-GCM key has 512 bytes: two of them would be most of what the secrets of a connection
/// take, and they are made in a tenth of the time that it takes to seal a packet of 1,200 bytes. So all
/// connections of an endpoint share kKeys places, and whoever is not there is expanded anew. Nothing
/// allocates after construction, and nothing that arrives makes it grow: junk that names sleeping connections
/// only takes others' places.
class KeyCache {
 public:
  /// What one chunk of the slab holds, and a prime, so that keys made in a pattern spread.
  static constexpr std::size_t kKeys = 29;

  /// Takes its slots from `slab`, which outlives it. Throws std::bad_alloc.
  explicit KeyCache(SecretSlab& slab);
  KeyCache(const KeyCache&) = delete;
  KeyCache& operator=(const KeyCache&) = delete;

  SecretSlab& slab() const { return *slab_; }
  /// Valid until the next call. REQUIRES: `suite` is the one that the key was made with.
  const PacketKey& expanded(Suite suite, const RestingKey& key) noexcept;
  /// Whether the key need not be expanded; for tests.
  bool holds(const RestingKey& key) const { return place_of(key.name_).name == key.name_; }

 private:
  friend class RestingKey;

  struct Place {
    std::optional<PacketKey> key;
    std::uint64_t name = 0;
  };

  std::uint64_t next_name() { return ++names_given_; }
  Place& place_of(std::uint64_t name) const { return *places_[name % kKeys]; }
  void forget(std::uint64_t name) noexcept;

  SecretSlab* slab_;
  std::array<SlabPtr<Place>, kKeys> places_;
  std::uint64_t names_given_ = 0;
};

}  // namespace rudp::crypto
