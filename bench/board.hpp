// Memory that the processes of one trial share: what they must tell each other, and what is counted.
#pragma once

#include <sys/mman.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <new>

#include "bench/peers/peer.hpp"

namespace bench {

/// How late messages of the thin flow may be looked at; a longer flow keeps its first ones.
inline constexpr std::size_t kSamplesMax = 1 << 16;

enum class Phase : std::uint32_t { sending, draining, over };

struct Board {
  std::atomic<Phase> phase{Phase::sending};
  std::atomic<std::uint32_t> port{0};  ///< of the receiver, once it listens
  std::atomic<bool> connected{false};
  std::atomic<std::uint64_t> bytes{0}, messages{0};  ///< that arrived
  std::atomic<std::uint64_t> sent{0};                ///< messages of the thin flow
  std::array<std::uint32_t, kSamplesMax> latency_us{};
};

/// Shared with every process that is forked later; given back when the owner goes.
template <class T>
class SharedMemory {
 public:
  SharedMemory() {
    void* const memory = mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) give_up_errno("mmap");
    value_ = new (memory) T;
  }
  ~SharedMemory() { munmap(value_, sizeof(T)); }
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;
  T* operator->() const { return value_; }
  T& operator*() const { return *value_; }

 private:
  T* value_;
};

}  // namespace bench
