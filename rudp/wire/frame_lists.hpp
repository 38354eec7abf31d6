// The lists inside ACK, MESSAGES and SKIP frames, read from the packet as they are walked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>

#include <rudp/types.hpp>

#include "base/units.hpp"
#include "wire/reader.hpp"

namespace rudp::wire {

/// The ranges of an ACK frame, descending, disjoint, never touching. Only a reader of frames makes one that
/// is not empty.
class AckRanges {
 public:
  class Iterator;
  AckRanges() = default;
  /// `encoded` = first v, {gap v, length v}... REQUIRES: checked by the reader of frames.
  AckRanges(PacketNumber largest, Bytes encoded) : largest_(largest), encoded_(encoded) {}

  PacketNumber largest() const { return largest_; }
  Iterator begin() const;
  Iterator end() const;
  friend bool operator==(const AckRanges& a, const AckRanges& b);

 private:
  PacketNumber largest_ = 0;
  Bytes encoded_;
};

/// The payloads of a MESSAGES frame.
class MessageRun {
 public:
  class Iterator;
  MessageRun() = default;
  /// `encoded` = {length v, bytes}... REQUIRES: checked by the reader of frames.
  MessageRun(std::uint8_t count, Bytes encoded) : encoded_(encoded), count_(count) {}

  std::size_t size() const { return count_; }
  Iterator begin() const;
  Iterator end() const;
  friend bool operator==(const MessageRun& a, const MessageRun& b);

 private:
  Bytes encoded_;
  std::uint8_t count_ = 0;
};

/// One number that a SKIP frame gives up, and the credit that its message held.
struct SkipItem {
  std::uint16_t number = 0;
  std::uint64_t charge = 0;
  friend bool operator==(const SkipItem&, const SkipItem&) = default;
};

class SkipRun {
 public:
  class Iterator;
  SkipRun() = default;
  /// `encoded` = {number u16, charge v}... REQUIRES: checked by the reader of frames.
  SkipRun(std::uint8_t count, Bytes encoded) : encoded_(encoded), count_(count) {}

  std::size_t size() const { return count_; }
  Iterator begin() const;
  Iterator end() const;
  friend bool operator==(const SkipRun& a, const SkipRun& b);

 private:
  Bytes encoded_;
  std::uint8_t count_ = 0;
};

/// Walks from the highest range down.
class AckRanges::Iterator {
 public:
  using value_type = PacketRange;
  using difference_type = std::ptrdiff_t;
  using iterator_category = std::input_iterator_tag;
  using pointer = const PacketRange*;
  using reference = const PacketRange&;

  Iterator(PacketNumber largest, Bytes encoded) : reader_(encoded), done_(encoded.empty()) {
    if (!done_) range_ = PacketRange{largest - reader_.varint(), largest};
  }
  static Iterator end() { return Iterator(0, {}); }

  const PacketRange& operator*() const { return range_; }
  const PacketRange* operator->() const { return &range_; }
  Iterator& operator++() {
    done_ = reader_.at_end();
    if (done_) return *this;
    const PacketNumber last = range_.first - reader_.varint() - 2;
    range_ = PacketRange{last - reader_.varint(), last};
    return *this;
  }
  friend bool operator==(const Iterator& a, const Iterator& b) {
    return a.done_ == b.done_ && (a.done_ || a.range_ == b.range_);
  }

 private:
  Reader reader_;
  PacketRange range_;
  bool done_;
};

/// Walks from the first number up; each item is a payload.
class MessageRun::Iterator {
 public:
  using value_type = Bytes;
  using difference_type = std::ptrdiff_t;
  using iterator_category = std::input_iterator_tag;
  using pointer = const Bytes*;
  using reference = const Bytes&;

  Iterator(std::size_t left, Bytes encoded) : reader_(encoded), left_(left) { read(); }

  const Bytes& operator*() const { return payload_; }
  const Bytes* operator->() const { return &payload_; }
  Iterator& operator++() {
    --left_;
    read();
    return *this;
  }
  friend bool operator==(const Iterator& a, const Iterator& b) { return a.left_ == b.left_; }

 private:
  void read() {
    if (left_ > 0) payload_ = reader_.bytes(reader_.varint());
  }

  Reader reader_;
  Bytes payload_;
  std::size_t left_;
};

class SkipRun::Iterator {
 public:
  using value_type = SkipItem;
  using difference_type = std::ptrdiff_t;
  using iterator_category = std::input_iterator_tag;
  using pointer = const SkipItem*;
  using reference = const SkipItem&;

  Iterator(std::size_t left, Bytes encoded) : reader_(encoded), left_(left) { read(); }

  const SkipItem& operator*() const { return item_; }
  const SkipItem* operator->() const { return &item_; }
  Iterator& operator++() {
    --left_;
    read();
    return *this;
  }
  friend bool operator==(const Iterator& a, const Iterator& b) { return a.left_ == b.left_; }

 private:
  void read() {
    if (left_ == 0) return;
    item_.number = reader_.u16();
    item_.charge = reader_.varint();
  }

  Reader reader_;
  SkipItem item_;
  std::size_t left_;
};

inline AckRanges::Iterator AckRanges::begin() const { return Iterator(largest_, encoded_); }
inline AckRanges::Iterator AckRanges::end() const { return Iterator::end(); }
inline MessageRun::Iterator MessageRun::begin() const { return Iterator(count_, encoded_); }
inline MessageRun::Iterator MessageRun::end() const { return Iterator(0, {}); }
inline SkipRun::Iterator SkipRun::begin() const { return Iterator(count_, encoded_); }
inline SkipRun::Iterator SkipRun::end() const { return Iterator(0, {}); }

}  // namespace rudp::wire
