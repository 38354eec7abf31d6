// The protocol versions that one side offers.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>

#include "base/assert.hpp"

namespace rudp::wire {

/// A list in fixed storage, most preferred first. Twelve keep a VN packet below 64 bytes.
class VersionList {
 public:
  static constexpr std::size_t kMax = 12;

  VersionList() = default;
  /// REQUIRES: versions.size() <= kMax.
  VersionList(std::initializer_list<std::uint32_t> versions) {
    for (const std::uint32_t version : versions) push_back(version);
  }

  /// REQUIRES: size() < kMax.
  void push_back(std::uint32_t version) {
    RUDP_ASSERT(size_ < kMax);
    values_[size_++] = version;
  }

  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  bool contains(std::uint32_t version) const { return std::find(begin(), end(), version) != end(); }
  const std::uint32_t* begin() const { return values_.data(); }
  const std::uint32_t* end() const { return values_.data() + size_; }

  friend bool operator==(const VersionList& a, const VersionList& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
  }

 private:
  std::array<std::uint32_t, kMax> values_{};
  std::size_t size_ = 0;
};

}  // namespace rudp::wire
