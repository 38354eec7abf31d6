#include "crypto/key_cache.hpp"

namespace rudp::crypto {

RestingKey::RestingKey(KeyCache& cache, Suite suite, const Secret<32>& traffic_secret) noexcept
    : key_(packet_secret(suite, traffic_secret)), cache_(&cache), name_(cache.next_name()) {}

RestingKey::~RestingKey() {
  if (name_ != 0) cache_->forget(name_);
}

RestingKey& RestingKey::operator=(RestingKey&& other) noexcept {
  if (this == &other) return *this;
  if (name_ != 0) cache_->forget(name_);
  key_ = std::move(other.key_);
  cache_ = other.cache_;
  name_ = std::exchange(other.name_, 0);
  return *this;
}

KeyCache::KeyCache(SecretSlab& slab) : slab_(&slab) {
  static_assert(SecretSlab::slots_per_chunk(kSecretSlotBytes[1]) == kKeys &&
                sizeof(Place) == kSecretSlotBytes[1]);
  for (SlabPtr<Place>& place : places_) place = make_in_slab<Place>(slab);
}

const PacketKey& KeyCache::expanded(Suite suite, const RestingKey& key) noexcept {
  Place& place = place_of(key.name_);
  if (place.name != key.name_) {
    place.key.emplace(suite, key.key_);
    place.name = key.name_;
  }
  return *place.key;
}

void KeyCache::forget(std::uint64_t name) noexcept {
  Place& place = place_of(name);
  if (place.name != name) return;
  place.key.reset();
  place.name = 0;
}

}  // namespace rudp::crypto
