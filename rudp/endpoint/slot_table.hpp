// From a name of 64 bits to the slot of a connection, in twelve bytes a place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace rudp::endpoint {

/// Open addressing with linear probing. Names are spread evenly: they come out of a keyed hash. At most four
/// of five places are taken, and it grows by a quarter, so that an entry takes 15 to 19 bytes whatever their
/// number is: an endpoint has up to nine of them for each connection.
class SlotTable {
 public:
  /// False, and nothing changes, when the name is taken. Throws std::bad_alloc, and nothing changes.
  bool insert(std::uint64_t name, std::uint32_t slot);
  /// Nothing happens where there is no such name. Never allocates.
  void erase(std::uint64_t name);
  std::optional<std::uint32_t> find(std::uint64_t name) const;
  std::size_t size() const { return size_; }
  std::size_t capacity() const { return places_.size(); }

 private:
  static constexpr std::size_t kPlacesMin = 16;
  static constexpr std::uint32_t kFree = 0xffffffff;

  /// Two halves, so that no padding follows the slot.
  struct Place {
    std::uint32_t name_high = 0;
    std::uint32_t name_low = 0;
    std::uint32_t slot = kFree;

    std::uint64_t name() const { return std::uint64_t{name_high} << 32 | name_low; }
  };

  std::size_t home_of(const Place& place) const;
  std::size_t after(std::size_t at) const { return at + 1 == places_.size() ? 0 : at + 1; }
  /// Where the name is, or would be put. REQUIRES: a place is free.
  std::size_t place_of(const Place& wanted) const;
  void grow();

  std::vector<Place> places_;
  std::size_t size_ = 0;
};

}  // namespace rudp::endpoint
