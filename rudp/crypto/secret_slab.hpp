// One arena for the secrets of all connections: locked into memory, left out of core dumps, wiped on return.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

namespace rudp::crypto {

/// Large enough for the packet protection of a connection, the largest secret
/// that lives here; a multiple of the alignment.
inline constexpr std::size_t kSecretSlotBytes = 1344;
inline constexpr std::size_t kSecretSlotAlignment = 64;

/// Hands out slots of kSecretSlotBytes, all zero. Grows by a chunk of
/// kSlotsPerChunk at a time; of the empty chunks one stays, the others go back to
/// the system. Belongs to one endpoint and its thread; it
/// must outlive every slot.
///
/// Where the system refuses to lock memory (RLIMIT_MEMLOCK, commonly 8 MiB, or
/// about 6,000 connections), the chunk stays unlocked, still left out of core
/// dumps: a connection that works with secrets which might be swapped out is
/// worth more than a refused one. locked() tells.
class SecretSlab {
 public:
  static constexpr std::size_t kChunkBytes = 32 * 1024;
  static constexpr std::size_t kSlotsPerChunk = 24;

  SecretSlab();
  /// REQUIRES: every slot was given back.
  ~SecretSlab();
  SecretSlab(const SecretSlab&) = delete;
  SecretSlab& operator=(const SecretSlab&) = delete;

  /// Throws std::bad_alloc where the system has no memory.
  void* take();
  /// Wipes the slot. REQUIRES: `slot` came from take() of this slab.
  void give_back(void* slot) noexcept;

  /// False as soon as one chunk in use could not be locked.
  bool locked() const { return unlocked_chunks_ == 0; }
  std::size_t unlocked_chunks() const { return unlocked_chunks_; }
  std::size_t chunks() const { return chunks_; }
  std::size_t slots_in_use() const { return slots_in_use_; }

 private:
  struct Chunk;
  Chunk* add_chunk();
  void remove_chunk(Chunk* chunk) noexcept;
  void list(Chunk* chunk) noexcept;
  void unlist(Chunk* chunk) noexcept;

  std::vector<Chunk*> with_room_;  ///< capacity for all chunks
  std::size_t chunks_ = 0;
  std::size_t empty_chunks_ = 0;
  std::size_t unlocked_chunks_ = 0;
  std::size_t slots_in_use_ = 0;
};

template <class T>
struct SlabDeleter {
  SecretSlab* slab = nullptr;
  void operator()(T* object) const noexcept {
    object->~T();
    slab->give_back(object);
  }
};

/// Owns one T in a slot of a slab.
template <class T>
using SlabPtr = std::unique_ptr<T, SlabDeleter<T>>;

/// Builds a T in a slot. T's constructor must not throw.
template <class T, class... Arguments>
SlabPtr<T> make_in_slab(SecretSlab& slab, Arguments&&... arguments) {
  static_assert(sizeof(T) <= kSecretSlotBytes && alignof(T) <= kSecretSlotAlignment);
  static_assert(std::is_nothrow_constructible_v<T, Arguments...>);
  T* object = ::new (slab.take()) T(std::forward<Arguments>(arguments)...);
  return SlabPtr<T>(object, SlabDeleter<T>{&slab});
}

}  // namespace rudp::crypto
