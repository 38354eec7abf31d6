// What the heap is asked for: operator new and delete of this executable, counted, and failing on demand.
// To be included by one file of an executable only.
#pragma once

#include <malloc.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <new>

namespace test {

/// Counts of everything that goes through operator new; what C libraries take by malloc is not in them.
struct Heap {
  std::uint64_t allocations = 0;  ///< since the start
  std::uint64_t live = 0;         ///< blocks not yet given back
  std::uint64_t live_bytes = 0;   ///< what the allocator gave for them, its header of 8 bytes each included

  bool watched = false;                   ///< whether the following applies to what is asked for now
  std::uint64_t watched_allocations = 0;  ///< since the start
  /// So many more allocations succeed, then one fails.
  std::uint64_t fails_after = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t failed = 0;
};

inline constinit Heap heap;

inline constexpr std::size_t kHeapHeaderBytes = 8;  // glibc's, before each block

inline void* heap_take(std::size_t bytes, std::size_t alignment) noexcept {
  if (heap.watched) ++heap.watched_allocations;
  if (heap.watched && heap.fails_after-- == 0) {
    heap.fails_after = std::numeric_limits<std::uint64_t>::max();
    ++heap.failed;
    return nullptr;
  }
  void* memory = nullptr;
  if (posix_memalign(&memory, alignment < sizeof(void*) ? sizeof(void*) : alignment, bytes) != 0)
    return nullptr;
  ++heap.allocations;
  ++heap.live;
  heap.live_bytes += malloc_usable_size(memory) + kHeapHeaderBytes;
  return memory;
}

inline void* heap_take_or_throw(std::size_t bytes, std::size_t alignment) {
  void* const memory = heap_take(bytes, alignment);
  if (!memory) throw std::bad_alloc();
  return memory;
}

inline void heap_give_back(void* memory) noexcept {
  if (!memory) return;
  --heap.live;
  heap.live_bytes -= malloc_usable_size(memory) + kHeapHeaderBytes;
  std::free(memory);
}

}  // namespace test

void* operator new(std::size_t bytes) { return test::heap_take_or_throw(bytes, 1); }
void* operator new[](std::size_t bytes) { return test::heap_take_or_throw(bytes, 1); }
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return test::heap_take_or_throw(bytes, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t bytes, std::align_val_t alignment) {
  return test::heap_take_or_throw(bytes, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept { return test::heap_take(bytes, 1); }
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept { return test::heap_take(bytes, 1); }
void operator delete(void* memory) noexcept { test::heap_give_back(memory); }
void operator delete[](void* memory) noexcept { test::heap_give_back(memory); }
void operator delete(void* memory, std::size_t) noexcept { test::heap_give_back(memory); }
void operator delete[](void* memory, std::size_t) noexcept { test::heap_give_back(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { test::heap_give_back(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { test::heap_give_back(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { test::heap_give_back(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { test::heap_give_back(memory); }
