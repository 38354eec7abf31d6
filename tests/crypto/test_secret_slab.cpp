#include "crypto/secret_slab.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <vector>

#include "support/memory_flags.hpp"
// cmocka comes last.
#include "support/cmocka.hpp"

namespace {

using rudp::crypto::kSecretSlotAlignment;
using rudp::crypto::kSecretSlotBytes;
using rudp::crypto::make_in_slab;
using rudp::crypto::SecretSlab;

constexpr std::size_t kSlotBytes = kSecretSlotBytes.front();
constexpr std::size_t kSlotsPerChunk = SecretSlab::slots_per_chunk(kSlotBytes);

std::span<const std::uint8_t> bytes_of(const void* slot) {
  return std::span<const std::uint8_t>(static_cast<const std::uint8_t*>(slot), kSlotBytes);
}

bool is_all_zero(const void* slot) {
  const auto bytes = bytes_of(slot);
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

// Threat K6.
void a_slot_is_wiped_when_it_comes_back(void**) {
  SecretSlab slab;
  void* keeper = slab.take(kSlotBytes);
  void* slot = slab.take(kSlotBytes);
  assert_true(is_all_zero(slot));
  std::memset(slot, 0xa5, kSlotBytes);
  slab.give_back(slot);
  assert_true(is_all_zero(slot));  // still the slab's own memory
  assert_ptr_equal(slab.take(kSlotBytes), slot);
  slab.give_back(slot);
  slab.give_back(keeper);
}

void slots_are_aligned_and_apart(void**) {
  SecretSlab slab;
  std::vector<void*> slots;
  for (std::size_t i = 0; i < 2 * kSlotsPerChunk; ++i) {
    slots.push_back(slab.take(kSlotBytes));
    assert_int_equal(reinterpret_cast<std::uintptr_t>(slots.back()) % kSecretSlotAlignment, 0);
    std::memset(slots.back(), static_cast<int>(i + 1), kSlotBytes);
  }
  assert_int_equal(slab.chunks(), 2);
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const auto bytes = bytes_of(slots[i]);
    assert_true(std::all_of(bytes.begin(), bytes.end(), [i](std::uint8_t byte) { return byte == i + 1; }));
    slab.give_back(slots[i]);
  }
}

void one_empty_chunk_stays_and_the_others_go(void**) {
  SecretSlab slab;
  std::vector<void*> slots;
  for (std::size_t i = 0; i < 5 * kSlotsPerChunk; ++i) slots.push_back(slab.take(kSlotBytes));
  assert_int_equal(slab.chunks(), 5);
  for (void* slot : slots) slab.give_back(slot);
  assert_int_equal(slab.chunks(), 1);
  assert_int_equal(slab.slots_in_use(), 0);
  slab.give_back(slab.take(kSlotBytes));
  assert_int_equal(slab.chunks(), 1);
}

void each_size_has_chunks_of_its_own(void**) {
  SecretSlab slab;
  std::vector<void*> slots;
  for (const std::size_t bytes : kSecretSlotBytes) {
    for (std::size_t i = 0; i < SecretSlab::slots_per_chunk(bytes); ++i) {
      slots.push_back(slab.take(i == 0 ? bytes : bytes - 1));
      std::memset(slots.back(), 0xff, bytes);
    }
  }
  assert_int_equal(slab.chunks(), kSecretSlotBytes.size());
  for (void* slot : slots) SecretSlab::give_back(slot);
  assert_int_equal(slab.slots_in_use(), 0);
}

void slots_taken_and_returned_in_any_order_never_meet(void**) {
  SecretSlab slab;
  std::vector<void*> taken;
  std::uint32_t state = 7;
  for (int step = 0; step < 5'000; ++step) {
    state = state * 1664525 + 1013904223;
    const bool is_take = taken.empty() || (taken.size() < 100 && (state >> 30) != 0);
    if (is_take) {
      void* slot = slab.take(kSlotBytes);
      assert_true(std::find(taken.begin(), taken.end(), slot) == taken.end());
      taken.push_back(slot);
    } else {
      std::swap(taken[(state >> 8) % taken.size()], taken.back());
      slab.give_back(taken.back());
      taken.pop_back();
    }
    assert_int_equal(slab.slots_in_use(), taken.size());
    assert_true(slab.chunks() * kSlotsPerChunk >= taken.size());
  }
  for (void* slot : taken) slab.give_back(slot);
}

// Threat K6.
void the_memory_is_locked_and_left_out_of_core_dumps(void**) {
  SecretSlab slab;
  void* slot = slab.take(kSlotBytes);
  const auto flags = test::memory_flags(slot);
  slab.give_back(slot);
  if (!flags) {
    print_message("skipped: the system does not tell how memory is mapped\n");
    skip();
  }
  assert_true(test::has_flag(*flags, "dd"));
  if (test::kLockingIsReal) assert_int_equal(test::has_flag(*flags, "lo"), slab.locked());
}

void refused_locking_does_not_refuse_the_slot(void**) {
  rlimit before{};
  assert_int_equal(getrlimit(RLIMIT_MEMLOCK, &before), 0);
  const rlimit none = {0, before.rlim_max};
  assert_int_equal(setrlimit(RLIMIT_MEMLOCK, &none), 0);
  SecretSlab slab;
  void* slot = slab.take(kSlotBytes);
  assert_int_equal(setrlimit(RLIMIT_MEMLOCK, &before), 0);

  // Root may lock beyond every limit.
  assert_int_equal(slab.locked(), slab.unlocked_chunks() == 0);
  assert_true(is_all_zero(slot));
  const auto flags = test::memory_flags(slot);
  if (flags) assert_true(test::has_flag(*flags, "dd"));
  if (flags && test::kLockingIsReal) assert_int_equal(test::has_flag(*flags, "lo"), slab.locked());
  slab.give_back(slot);
}

struct Tracked {
  explicit Tracked(int& count) noexcept : alive(&count) { ++*alive; }
  ~Tracked() { --*alive; }
  Tracked(const Tracked&) = delete;
  Tracked& operator=(const Tracked&) = delete;
  int* alive;
  std::array<std::uint8_t, 100> secret{};
};

void a_slab_pointer_destroys_and_wipes(void**) {
  SecretSlab slab;
  void* keeper = slab.take(kSlotBytes);
  int alive = 0;
  auto owner = make_in_slab<Tracked>(slab, alive);
  const void* place = owner.get();
  owner->secret.fill(0x77);
  assert_int_equal(alive, 1);
  owner.reset();
  assert_int_equal(alive, 0);
  assert_true(is_all_zero(place));
  slab.give_back(keeper);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_slot_is_wiped_when_it_comes_back),
      cmocka_unit_test(slots_are_aligned_and_apart),
      cmocka_unit_test(one_empty_chunk_stays_and_the_others_go),
      cmocka_unit_test(each_size_has_chunks_of_its_own),
      cmocka_unit_test(slots_taken_and_returned_in_any_order_never_meet),
      cmocka_unit_test(the_memory_is_locked_and_left_out_of_core_dumps),
      cmocka_unit_test(refused_locking_does_not_refuse_the_slot),
      cmocka_unit_test(a_slab_pointer_destroys_and_wipes),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
