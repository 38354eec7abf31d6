// Who sends next: strict priority between levels with a share for the lower ones, and inside a level what is
// fair between messages and streams.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "transfer/fair_round.hpp"

namespace rudp::transfer {

/// Priorities, 0 the most urgent.
inline constexpr std::uint8_t kLevels = 8;
/// Lower levels get 1/16 of the bytes: 1 for each 15 that a more urgent level sends while they wait.
inline constexpr std::uint64_t kUrgentPerLowerByte = 15;
/// The debt to lower levels is bounded, or they would have a burst after a long wait: 16 packets.
inline constexpr std::uint64_t kOwedBytesMax = 16 * kQuantumBytes;

enum class SendSource : std::uint8_t { messages, streams };
inline constexpr std::size_t kSendSources = 2;

/// How many flows wait, of each source at each level.
struct SendDemand {
  std::array<std::array<std::size_t, kSendSources>, kLevels> flows{};

  std::size_t of(std::uint8_t level, SendSource source) const {
    return flows[level][static_cast<std::size_t>(source)];
  }
  bool any_at(std::uint8_t level) const { return flows[level][0] + flows[level][1] > 0; }
  bool any_below(std::uint8_t level) const;
};

/// Orders levels and sources; the flows inside of each take turns by themselves (FairRound). It knows nothing
/// of credit or packets: it is told what waits and what was sent.
class SendOrder {
 public:
  struct Choice {
    std::uint8_t level = 0;
    SendSource source = SendSource::messages;
  };
  /// Everyone who waits, in the order in which they may try to use a packet's space.
  struct Choices {
    std::array<Choice, kLevels * kSendSources> choices;
    std::size_t count = 0;
    const Choice* begin() const { return choices.data(); }
    const Choice* end() const { return choices.data() + count; }
  };

  Choices choices(const SendDemand& demand) const;
  /// A frame of `bytes` left; `demand` is what waits now.
  void on_sent(Choice choice, std::size_t bytes, const SendDemand& demand);

  /// Whether `level` has sent so much that it should let a lower one go first.
  bool owes(std::uint8_t level) const {
    return accounts_ && accounts_->owed[level] >= kUrgentPerLowerByte * kQuantumBytes;
  }
  /// Nothing is sent for a while: gives memory back where nobody owes anything.
  void rest();

 private:
  struct Accounts {
    std::array<std::uint64_t, kLevels> owed{};  // to lower levels, in bytes x kUrgentPerLowerByte
    /// What messages sent more than streams since both wait, each counted for one flow; x kLeadUnit.
    std::array<std::int64_t, kLevels> lead{};

    friend bool operator==(const Accounts&, const Accounts&) = default;
  };

  void append(Choices& choices, std::uint8_t level, const SendDemand& demand) const;
  void account(std::uint8_t level, std::size_t bytes, bool lower_waits);

  std::unique_ptr<Accounts> accounts_;  // null: all are even
};

}  // namespace rudp::transfer
