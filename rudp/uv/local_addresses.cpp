#include "uv/local_addresses.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace rudp::uv {
namespace {

/// A name is a slot, and above it the generation, which tells an address from the one that had its slot
/// before.
constexpr int kSlotBits = 8;
static_assert(LocalAddresses::kLocalAddressesMax == std::size_t{1} << kSlotBits);
static_assert(kSlotBits + 16 == kLocalNameBits);

}  // namespace

LocalName LocalAddresses::note(const Address& local) {
  last_ = slot_of(local);
  Slot& slot = slots_[last_];
  slot.noted_at = ++notes_;
  slot.lost = false;
  return static_cast<LocalName>(slot.generation) << kSlotBits | static_cast<LocalName>(last_);
}

std::size_t LocalAddresses::slot_of(const Address& local) {
  if (last_ < slots_.size() && slots_[last_].address == local) return last_;
  const auto found =
      std::find_if(slots_.begin(), slots_.end(), [&](const Slot& slot) { return slot.address == local; });
  if (found != slots_.end()) return static_cast<std::size_t>(found - slots_.begin());
  const std::size_t at = free_slot();
  slots_[at].address = local;
  return at;
}

std::size_t LocalAddresses::free_slot() {
  if (slots_.size() < kLocalAddressesMax) {
    slots_.emplace_back();
    return slots_.size() - 1;
  }
  const auto oldest = std::min_element(slots_.begin(), slots_.end(), [](const Slot& one, const Slot& other) {
    return one.noted_at < other.noted_at;
  });
  // Not 0, so that no name is.
  if (++oldest->generation == 0) oldest->generation = 1;
  return static_cast<std::size_t>(oldest - slots_.begin());
}

const Address* LocalAddresses::find(LocalName name) const {
  const std::size_t at = name % kLocalAddressesMax;
  if (at >= slots_.size()) return nullptr;
  const Slot& slot = slots_[at];
  return slot.generation == name >> kSlotBits && !slot.lost ? &slot.address : nullptr;
}

void LocalAddresses::lose(LocalName name) {
  RUDP_ASSERT(find(name) != nullptr);
  slots_[name % kLocalAddressesMax].lost = true;
}

}  // namespace rudp::uv
