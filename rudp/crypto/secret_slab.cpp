#include "crypto/secret_slab.hpp"

#include <sodium.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/assert.hpp"
#include "crypto/initialize.hpp"
#include "crypto/secret.hpp"

namespace rudp::crypto {

// Stands at the start of its memory, which is aligned to kChunkBytes, so that a
// slot's address tells its chunk.
struct SecretSlab::Chunk {
  Chunk(SecretSlab& slab, Shelf& home) : owner(&slab), shelf(&home), free_slots(all_free()) {}

  SecretSlab* owner;
  Shelf* shelf;
  std::uint64_t free_slots;  // one bit each
  std::size_t place = 0;     // in shelf->with_room, while free_slots is not zero
  bool locked = false;

  std::uint64_t all_free() const { return (std::uint64_t{1} << slots_per_chunk(shelf->slot_bytes)) - 1; }
  std::uint8_t* slot(std::size_t index) {
    return reinterpret_cast<std::uint8_t*>(this) + kChunkHeaderBytes + index * shelf->slot_bytes;
  }
  bool is_empty() const { return free_slots == all_free(); }

  static Chunk* of(void* slot) {
    const auto address = reinterpret_cast<std::uintptr_t>(slot);
    return reinterpret_cast<Chunk*>(address & ~static_cast<std::uintptr_t>(kChunkBytes - 1));
  }
};

SecretSlab::SecretSlab() {
  static_assert(sizeof(Chunk) <= kChunkHeaderBytes && kChunkHeaderBytes % kSecretSlotAlignment == 0);
  static_assert(std::has_single_bit(kChunkBytes) && slots_per_chunk(kSecretSlotBytes.front()) < 64);
  initialize();
  for (std::size_t at = 0; at < shelves_.size(); ++at) shelves_[at].slot_bytes = kSecretSlotBytes[at];
}

SecretSlab::~SecretSlab() {
  RUDP_ASSERT(slots_in_use_ == 0);
  for (Shelf& shelf : shelves_)
    while (!shelf.with_room.empty()) remove_chunk(shelf.with_room.back());
}

SecretSlab::Shelf& SecretSlab::shelf_for(std::size_t bytes) {
  RUDP_ASSERT(bytes <= kSecretSlotBytesMax);
  return *std::find_if(shelves_.begin(), shelves_.end(),
                       [bytes](const Shelf& shelf) { return bytes <= shelf.slot_bytes; });
}

void* SecretSlab::take(std::size_t bytes) {
  Shelf& shelf = shelf_for(bytes);
  Chunk* chunk = shelf.with_room.empty() ? add_chunk(shelf) : shelf.with_room.back();
  if (chunk->is_empty()) --shelf.empty_chunks;
  const auto index = static_cast<std::size_t>(std::countr_zero(chunk->free_slots));
  chunk->free_slots &= chunk->free_slots - 1;
  if (chunk->free_slots == 0) unlist(chunk);
  ++slots_in_use_;
  return chunk->slot(index);
}

void SecretSlab::give_back(void* slot) noexcept {
  Chunk* const chunk = Chunk::of(slot);
  const std::size_t slot_bytes = chunk->shelf->slot_bytes;
  const auto offset = static_cast<std::size_t>(static_cast<std::uint8_t*>(slot) - chunk->slot(0));
  RUDP_ASSERT(offset % slot_bytes == 0);
  wipe(MutableBytes(static_cast<std::uint8_t*>(slot), slot_bytes));
  chunk->owner->put_back(chunk, std::uint64_t{1} << (offset / slot_bytes));
}

void SecretSlab::put_back(Chunk* chunk, std::uint64_t slot_bit) noexcept {
  RUDP_ASSERT((chunk->free_slots & slot_bit) == 0);
  if (chunk->free_slots == 0) list(chunk);
  chunk->free_slots |= slot_bit;
  --slots_in_use_;
  if (!chunk->is_empty()) return;
  // One empty chunk stays, so that a single connection that comes and goes does
  // not lock and unlock memory each time.
  if (++chunk->shelf->empty_chunks > 1) remove_chunk(chunk);
}

SecretSlab::Chunk* SecretSlab::add_chunk(Shelf& shelf) {
  // Room for every chunk beforehand: giving back must not allocate.
  shelf.with_room.reserve(shelf.chunks + 1);
  void* memory = ::operator new (kChunkBytes, std::align_val_t{kChunkBytes});
  std::memset(memory, 0, kChunkBytes);
  auto* chunk = ::new (memory) Chunk(*this, shelf);
  // Also takes the memory out of core dumps, even where locking is refused.
  chunk->locked = sodium_mlock(memory, kChunkBytes) == 0;
  if (!chunk->locked) ++unlocked_chunks_;
  ++chunks_;
  ++shelf.chunks;
  ++shelf.empty_chunks;
  list(chunk);
  return chunk;
}

void SecretSlab::remove_chunk(Chunk* chunk) noexcept {
  unlist(chunk);
  --chunks_;
  --chunk->shelf->chunks;
  --chunk->shelf->empty_chunks;
  if (!chunk->locked) --unlocked_chunks_;
  sodium_munlock(chunk, kChunkBytes);
  ::operator delete (chunk, std::align_val_t{kChunkBytes});
}

void SecretSlab::list(Chunk* chunk) noexcept {
  std::vector<Chunk*>& with_room = chunk->shelf->with_room;
  chunk->place = with_room.size();
  with_room.push_back(chunk);
}

void SecretSlab::unlist(Chunk* chunk) noexcept {
  std::vector<Chunk*>& with_room = chunk->shelf->with_room;
  with_room[chunk->place] = with_room.back();
  with_room[chunk->place]->place = chunk->place;
  with_room.pop_back();
}

}  // namespace rudp::crypto
