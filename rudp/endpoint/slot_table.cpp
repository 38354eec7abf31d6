#include "endpoint/slot_table.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"

namespace rudp::endpoint {
namespace {

std::uint32_t high_half(std::uint64_t name) { return static_cast<std::uint32_t>(name >> 32); }
std::uint32_t low_half(std::uint64_t name) { return static_cast<std::uint32_t>(name); }

}  // namespace

bool SlotTable::insert(std::uint64_t name, std::uint32_t slot) {
  RUDP_ASSERT(slot != kFree);
  if ((size_ + 1) * 5 > places_.size() * 4) grow();
  const Place wanted{high_half(name), low_half(name), slot};
  Place& place = places_[place_of(wanted)];
  if (place.slot != kFree) return false;
  place = wanted;
  ++size_;
  return true;
}

std::optional<std::uint32_t> SlotTable::find(std::uint64_t name) const {
  if (size_ == 0) return std::nullopt;
  const Place& place = places_[place_of({high_half(name), low_half(name), kFree})];
  if (place.slot == kFree) return std::nullopt;
  return place.slot;
}

/// Whatever was pushed past the hole comes back, so that no place has to be marked as once taken.
void SlotTable::erase(std::uint64_t name) {
  if (size_ == 0) return;
  std::size_t hole = place_of({high_half(name), low_half(name), kFree});
  if (places_[hole].slot == kFree) return;
  for (std::size_t at = after(hole); places_[at].slot != kFree; at = after(at)) {
    const std::size_t home = home_of(places_[at]);
    const bool is_between = hole < at ? hole < home && home <= at : hole < home || home <= at;
    if (is_between) continue;
    places_[hole] = places_[at];
    hole = at;
  }
  places_[hole] = Place{};
  --size_;
}

/// The upper half of the name as a fraction of the table, for its length is no power of two.
std::size_t SlotTable::home_of(const Place& place) const {
  return static_cast<std::size_t>(std::uint64_t{place.name_high} * places_.size() >> 32);
}

std::size_t SlotTable::place_of(const Place& wanted) const {
  std::size_t at = home_of(wanted);
  while (places_[at].slot != kFree && places_[at].name() != wanted.name()) at = after(at);
  return at;
}

void SlotTable::grow() {
  SlotTable larger;
  larger.places_.resize(std::max(kPlacesMin, places_.size() + places_.size() / 4));
  for (const Place& place : places_)
    if (place.slot != kFree) larger.places_[larger.place_of(place)] = place;
  places_ = std::move(larger.places_);
}

}  // namespace rudp::endpoint
