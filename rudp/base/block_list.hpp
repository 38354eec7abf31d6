// A sorted sequence into whose middle elements go without moving all that follow.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>
#include <vector>

namespace rudp::base {

/// Elements of T in blocks, in an order that is the owner's affair. An insert or erase moves the elements of
/// a block or two, and the headers of the blocks behind: whoever is told by a peer what goes where pays
/// little more for the worst order than for the best. Few elements are one vector, which keeps its memory
/// when it empties.
///
/// It has no bound of its own: whoever inserts what a peer chose checks size() against a named limit. T moves
/// without throwing.
template <class T>
class BlockList {
 public:
  /// Where an element stands, until the next insert, erase or clear.
  struct Place {
    std::size_t block = 0;
    std::size_t at = 0;
    friend bool operator==(const Place&, const Place&) = default;
  };
  /// More make an insert dearer, fewer make it dearer among thousands of elements.
  static constexpr std::size_t kBlockElementsMax = 64;

  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  /// REQUIRES: an element stands there.
  T& operator[](Place place) { return blocks_[place.block][place.at]; }
  const T& operator[](Place place) const { return blocks_[place.block][place.at]; }

  Place begin() const { return {}; }
  /// Behind the last element.
  Place end() const { return {empty() ? 0 : blocks_.size(), 0}; }
  /// REQUIRES: !empty().
  Place last() const { return {blocks_.size() - 1, blocks_.back().size() - 1}; }
  /// The place that follows. REQUIRES: place != end().
  Place next(Place place) const { return settled({place.block, place.at + 1}); }
  /// The first element for which `is_below` does not hold. REQUIRES: it holds for all that stand before that
  /// one, and for none behind it.
  template <class IsBelow>
  Place first_not(IsBelow&& is_below) const;
  template <class Visit>
  void for_each(Visit&& visit) const;

  /// Puts `value` before `place`; returns where it stands. Where memory runs out nothing has changed.
  Place insert(Place place, T value);
  /// Returns where the element stands that followed. Allocates nothing.
  Place erase(Place place);
  /// Takes out all that stand before `place`.
  void erase_before(Place place);
  void clear();

  std::size_t memory_bytes() const;

 private:
  using Block = std::vector<T>;

  static auto position(Block& block, std::size_t at) {
    return block.begin() + static_cast<typename Block::difference_type>(at);
  }
  auto position(std::size_t block) {
    return blocks_.begin() + static_cast<typename std::vector<Block>::difference_type>(block);
  }
  Place settled(Place place) const;
  Place split(Place place);
  Place join(Place place);
  bool fits_one(std::size_t first) const;
  void append_next(std::size_t block);

  // None is empty, but for the only one of an empty list. Two neighbours hold more than half of what one may.
  // Each but the last has room for that half: it was full once, or was cut from one that was.
  std::vector<Block> blocks_;
  std::size_t size_ = 0;
};

template <class T>
template <class IsBelow>
typename BlockList<T>::Place BlockList<T>::first_not(IsBelow&& is_below) const {
  if (empty()) return end();
  const auto block = std::partition_point(blocks_.begin(), blocks_.end(),
                                          [&](const Block& each) { return is_below(each.back()); });
  if (block == blocks_.end()) return end();
  const auto at = std::partition_point(block->begin(), block->end(), is_below);
  return {static_cast<std::size_t>(block - blocks_.begin()), static_cast<std::size_t>(at - block->begin())};
}

template <class T>
template <class Visit>
void BlockList<T>::for_each(Visit&& visit) const {
  for (const Block& block : blocks_) std::for_each(block.begin(), block.end(), visit);
}

template <class T>
typename BlockList<T>::Place BlockList<T>::insert(Place place, T value) {
  if (blocks_.empty()) blocks_.emplace_back();
  if (place.block == blocks_.size()) place = {blocks_.size() - 1, blocks_.back().size()};
  if (blocks_[place.block].size() == kBlockElementsMax) place = split(place);
  Block& block = blocks_[place.block];
  block.insert(position(block, place.at), std::move(value));
  ++size_;
  return place;
}

/// Makes two of a full block; what is appended to the last one needs nothing moved. Whatever may throw comes
/// first: neither half is left empty where there is no memory for the element to come.
template <class T>
typename BlockList<T>::Place BlockList<T>::split(Place place) {
  const std::size_t kept = place.at == kBlockElementsMax ? kBlockElementsMax : kBlockElementsMax / 2;
  Block upper;
  upper.reserve(std::max<std::size_t>(kBlockElementsMax - kept, 1));
  blocks_.emplace(position(place.block + 1));
  Block& lower = blocks_[place.block];
  const auto cut = position(lower, kept);
  upper.assign(std::make_move_iterator(cut), std::make_move_iterator(lower.end()));
  lower.erase(cut, lower.end());
  blocks_[place.block + 1] = std::move(upper);
  return place.at < kept ? place : Place{place.block + 1, place.at - kept};
}

template <class T>
typename BlockList<T>::Place BlockList<T>::erase(Place place) {
  Block& block = blocks_[place.block];
  block.erase(position(block, place.at));
  --size_;
  return join(place);
}

template <class T>
void BlockList<T>::erase_before(Place place) {
  if (place == end()) return clear();
  for (std::size_t block = 0; block < place.block; ++block) size_ -= blocks_[block].size();
  size_ -= place.at;
  Block& first = blocks_[place.block];
  first.erase(first.begin(), position(first, place.at));
  blocks_.erase(blocks_.begin(), position(place.block));
  join({});
}

template <class T>
void BlockList<T>::clear() {
  size_ = 0;
  if (blocks_.empty()) return;
  blocks_.erase(position(1), blocks_.end());
  blocks_.front().clear();
}

template <class T>
std::size_t BlockList<T>::memory_bytes() const {
  std::size_t bytes = blocks_.capacity() * sizeof(Block);
  for (const Block& block : blocks_) bytes += block.capacity() * sizeof(T);
  return bytes;
}

/// A place behind the last element of a block is that of the first of the next one.
template <class T>
typename BlockList<T>::Place BlockList<T>::settled(Place place) const {
  const bool is_behind = place.block < blocks_.size() && place.at == blocks_[place.block].size();
  return is_behind && !empty() ? Place{place.block + 1, 0} : place;
}

/// Something was taken out of the block of `place`.
template <class T>
typename BlockList<T>::Place BlockList<T>::join(Place place) {
  if (blocks_[place.block].empty() && blocks_.size() > 1) {
    blocks_.erase(position(place.block));
    return place;
  }
  if (place.block > 0 && fits_one(place.block - 1)) {
    place = {place.block - 1, blocks_[place.block - 1].size() + place.at};
    append_next(place.block);
  } else if (place.block + 1 < blocks_.size() && fits_one(place.block)) {
    append_next(place.block);
  }
  return settled(place);
}

template <class T>
bool BlockList<T>::fits_one(std::size_t first) const {
  return blocks_[first].size() + blocks_[first + 1].size() <= kBlockElementsMax / 2;
}

template <class T>
void BlockList<T>::append_next(std::size_t block) {
  Block& lower = blocks_[block];
  Block& upper = blocks_[block + 1];
  lower.insert(lower.end(), std::make_move_iterator(upper.begin()), std::make_move_iterator(upper.end()));
  blocks_.erase(position(block + 1));
}

}  // namespace rudp::base
