// Answers to the peer's challenges, until they leave.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/network_path.hpp"
#include "path/validation.hpp"

namespace rudp::path {

/// Answers that wait. A peer that challenges faster than we can send loses the oldest; nothing of this is
/// ever sent twice, or a flood of challenges would fill memory (threat M2).
inline constexpr std::size_t kResponsesMax = 8;

struct PathResponse {
  PathData data{};
  NetworkPath path;                  ///< where the challenge came from, and the answer goes
  std::uint32_t datagram_bytes = 0;  ///< of the challenge: its answer is as long, and so amplifies nothing
};

class ResponseQueue {
 public:
  bool empty() const { return count_ == 0; }
  std::size_t size() const { return count_; }
  /// Drops the oldest where it is full.
  void push(const PathResponse& response);
  /// REQUIRES: !empty().
  const PathResponse& front() const { return ring_[first_]; }
  /// REQUIRES: !empty().
  void pop();

 private:
  std::array<PathResponse, kResponsesMax> ring_;
  std::size_t first_ = 0;
  std::size_t count_ = 0;
};

}  // namespace rudp::path
