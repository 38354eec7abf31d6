// One arena for the secrets of all connections: locked into memory, left out of core dumps, wiped on return.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

namespace rudp::crypto {

/// The sizes of what lives here, rising: the keys of a connection, one expanded key, a handshake under way.
/// Multiples of the alignment.
inline constexpr std::array<std::size_t, 3> kSecretSlotBytes = {320, 560, 1344};
inline constexpr std::size_t kSecretSlotBytesMax = kSecretSlotBytes.back();
inline constexpr std::size_t kSecretSlotAlignment = 16;

/// Hands out slots, all zero. Grows by a chunk of kChunkBytes at a time, all of whose slots have one size; of
/// the empty chunks of a size one stays, the others go back to the system. Belongs to one endpoint and its
/// thread; it must outlive every slot.
///
/// Where the system refuses to lock memory (RLIMIT_MEMLOCK, commonly 8 MiB, or
/// about 26,000 connections), the chunk stays unlocked, still left out of core
/// dumps: a connection that works with secrets which might be swapped out is
/// worth more than a refused one. locked() tells.
class SecretSlab {
 public:
  static constexpr std::size_t kChunkBytes = 16 * 1024;
  static constexpr std::size_t kChunkHeaderBytes = 64;
  static constexpr std::size_t slots_per_chunk(std::size_t slot_bytes) {
    return (kChunkBytes - kChunkHeaderBytes) / slot_bytes;
  }

  SecretSlab();
  /// REQUIRES: every slot was given back.
  ~SecretSlab();
  SecretSlab(const SecretSlab&) = delete;
  SecretSlab& operator=(const SecretSlab&) = delete;

  /// A slot of the smallest size that has `bytes`. Throws std::bad_alloc where the system has no memory.
  /// REQUIRES: bytes <= kSecretSlotBytesMax.
  void* take(std::size_t bytes);
  /// Wipes the slot. REQUIRES: `slot` came from take() of a slab that is still there.
  static void give_back(void* slot) noexcept;

  /// False as soon as one chunk in use could not be locked.
  bool locked() const { return unlocked_chunks_ == 0; }
  std::size_t unlocked_chunks() const { return unlocked_chunks_; }
  std::size_t chunks() const { return chunks_; }
  std::size_t slots_in_use() const { return slots_in_use_; }

 private:
  struct Chunk;
  /// What the chunks of one size share.
  struct Shelf {
    std::vector<Chunk*> with_room;  ///< capacity for all chunks
    std::size_t slot_bytes = 0;
    std::size_t chunks = 0;
    std::size_t empty_chunks = 0;
  };
  Shelf& shelf_for(std::size_t bytes);
  Chunk* add_chunk(Shelf& shelf);
  void remove_chunk(Chunk* chunk) noexcept;
  void put_back(Chunk* chunk, std::uint64_t slot_bit) noexcept;
  static void list(Chunk* chunk) noexcept;
  static void unlist(Chunk* chunk) noexcept;

  std::array<Shelf, kSecretSlotBytes.size()> shelves_;
  std::size_t chunks_ = 0;
  std::size_t unlocked_chunks_ = 0;
  std::size_t slots_in_use_ = 0;
};

/// The slot's address tells its slab, so that an owner is no larger than a pointer.
template <class T>
struct SlabDeleter {
  void operator()(T* object) const noexcept {
    object->~T();
    SecretSlab::give_back(object);
  }
};

/// Owns one T in a slot of a slab.
template <class T>
using SlabPtr = std::unique_ptr<T, SlabDeleter<T>>;

/// Builds a T in a slot. T's constructor must not throw.
template <class T, class... Arguments>
SlabPtr<T> make_in_slab(SecretSlab& slab, Arguments&&... arguments) {
  static_assert(sizeof(T) <= kSecretSlotBytesMax && alignof(T) <= kSecretSlotAlignment);
  static_assert(std::is_nothrow_constructible_v<T, Arguments...>);
  return SlabPtr<T>(::new (slab.take(sizeof(T))) T(std::forward<Arguments>(arguments)...));
}

}  // namespace rudp::crypto
