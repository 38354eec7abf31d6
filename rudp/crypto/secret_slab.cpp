#include "crypto/secret_slab.hpp"

#include <sodium.h>

#include <bit>
#include <cstring>

#include "base/assert.hpp"
#include "crypto/initialize.hpp"
#include "crypto/secret.hpp"

namespace rudp::crypto {

// Stands at the start of its memory, which is aligned to kChunkBytes, so that a
// slot's address tells its chunk.
struct SecretSlab::Chunk {
  static constexpr std::uint64_t kAllFree = (std::uint64_t{1} << kSlotsPerChunk) - 1;

  std::uint64_t free_slots = kAllFree;  // one bit each
  std::size_t place = 0;                // in with_room_, while free_slots is not zero
  bool locked = false;

  std::uint8_t* slot(std::size_t index) {
    return reinterpret_cast<std::uint8_t*>(this) + kSecretSlotAlignment + index * kSecretSlotBytes;
  }
  bool is_empty() const { return free_slots == kAllFree; }

  static Chunk* of(void* slot) {
    const auto address = reinterpret_cast<std::uintptr_t>(slot);
    return reinterpret_cast<Chunk*>(address & ~static_cast<std::uintptr_t>(kChunkBytes - 1));
  }
};

SecretSlab::SecretSlab() {
  static_assert(sizeof(Chunk) <= kSecretSlotAlignment && kSecretSlotBytes % kSecretSlotAlignment == 0);
  static_assert(kSecretSlotAlignment + kSlotsPerChunk * kSecretSlotBytes <= kChunkBytes);
  static_assert(std::has_single_bit(kChunkBytes) && kSlotsPerChunk < 64);
  initialize();
}

SecretSlab::~SecretSlab() {
  RUDP_ASSERT(slots_in_use_ == 0);
  while (!with_room_.empty()) remove_chunk(with_room_.back());
}

void* SecretSlab::take() {
  Chunk* chunk = with_room_.empty() ? add_chunk() : with_room_.back();
  if (chunk->is_empty()) --empty_chunks_;
  const auto index = static_cast<std::size_t>(std::countr_zero(chunk->free_slots));
  chunk->free_slots &= chunk->free_slots - 1;
  if (chunk->free_slots == 0) unlist(chunk);
  ++slots_in_use_;
  return chunk->slot(index);
}

void SecretSlab::give_back(void* slot) noexcept {
  Chunk* chunk = Chunk::of(slot);
  const auto offset = static_cast<std::size_t>(static_cast<std::uint8_t*>(slot) - chunk->slot(0));
  const std::uint64_t bit = std::uint64_t{1} << (offset / kSecretSlotBytes);
  RUDP_ASSERT(offset % kSecretSlotBytes == 0);
  RUDP_ASSERT((chunk->free_slots & bit) == 0);

  wipe(MutableBytes(static_cast<std::uint8_t*>(slot), kSecretSlotBytes));
  if (chunk->free_slots == 0) list(chunk);
  chunk->free_slots |= bit;
  --slots_in_use_;
  if (!chunk->is_empty()) return;
  // One empty chunk stays, so that a single connection that comes and goes does
  // not lock and unlock memory each time.
  if (++empty_chunks_ > 1) remove_chunk(chunk);
}

SecretSlab::Chunk* SecretSlab::add_chunk() {
  // Room for every chunk beforehand: giving back must not allocate.
  with_room_.reserve(chunks_ + 1);
  void* memory = ::operator new (kChunkBytes, std::align_val_t{kChunkBytes});
  std::memset(memory, 0, kChunkBytes);
  auto* chunk = ::new (memory) Chunk;
  // Also takes the memory out of core dumps, even where locking is refused.
  chunk->locked = sodium_mlock(memory, kChunkBytes) == 0;
  if (!chunk->locked) ++unlocked_chunks_;
  ++chunks_;
  ++empty_chunks_;
  list(chunk);
  return chunk;
}

void SecretSlab::remove_chunk(Chunk* chunk) noexcept {
  unlist(chunk);
  --chunks_;
  --empty_chunks_;
  if (!chunk->locked) --unlocked_chunks_;
  sodium_munlock(chunk, kChunkBytes);
  ::operator delete (chunk, std::align_val_t{kChunkBytes});
}

void SecretSlab::list(Chunk* chunk) noexcept {
  chunk->place = with_room_.size();
  with_room_.push_back(chunk);
}

void SecretSlab::unlist(Chunk* chunk) noexcept {
  with_room_[chunk->place] = with_room_.back();
  with_room_[chunk->place]->place = chunk->place;
  with_room_.pop_back();
}

}  // namespace rudp::crypto
