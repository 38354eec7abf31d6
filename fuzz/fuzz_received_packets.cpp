// Packets that arrive in any order, any number of times, and acks of acks: what the window accepts and what
// the ranges report is held against a plain set of all numbers that came.
#include <chrono>
#include <cstdint>
#include <set>
#include <vector>

#include "ack/received_packets.hpp"
#include "ack/replay_window.hpp"
#include "base/assert.hpp"
#include "fuzz/input.hpp"

namespace {

using namespace rudp;
using namespace std::chrono_literals;
using fuzz::Input;

constexpr int kOperationsMax = 512;

class Game {
 public:
  void play(Input& input) {
    const std::uint8_t choice = input.u8();
    switch (choice % 8) {
      case 0:
        return sent(input.u8());
      case 1:
        return received_.on_ack_acked(input.u8());
      case 2:
        now_ += 1us * input.number();
        return;
      case 3:
        return arrive(input.number() & kPacketNumberMax, choice);
      case 4:
        return received_.set_frequency({.packets = choice, .max_delay = 1us * input.u16()});
      case 5:
        return received_.ack_at_once(now_);
      case 6:
        if (!received_.ack_pending()) received_.rest();
        return;
      default:
        return arrive(near(input.u8()), choice);
    }
  }

  void check() const {
    const auto ranges = received_.ranges();
    RUDP_ASSERT(ranges.size() <= kAckRangesMax);
    for (std::size_t at = 0; at < ranges.size(); ++at) {
      RUDP_ASSERT(ranges[at].first <= ranges[at].last);
      RUDP_ASSERT(at == 0 || ranges[at].last + 1 < ranges[at - 1].first);
      RUDP_ASSERT(all_arrived(ranges[at]));
    }
    RUDP_ASSERT(seen_.empty() || (!ranges.empty() && ranges[0].last == *seen_.rbegin()));
    RUDP_ASSERT(received_.ack_delay(now_) >= Duration::zero());
    RUDP_ASSERT(received_.ack_pending() == received_.ack_deadline().has_value());
  }

 private:
  /// Around the highest number, where it matters.
  PacketNumber near(std::uint8_t step) const {
    const PacketNumber highest = seen_.empty() ? 0 : *seen_.rbegin();
    if (step >= 128) return std::min<PacketNumber>(highest + step - 127, kPacketNumberMax);
    return highest - std::min<PacketNumber>(highest, step);
  }

  void arrive(PacketNumber number, std::uint8_t how) {
    const bool is_new = window_.is_new(number);
    RUDP_ASSERT(!is_new || !seen_.contains(number));
    const PacketNumber highest = seen_.empty() ? 0 : *seen_.rbegin();
    if (!seen_.contains(number) && number + window_.capacity() > highest) RUDP_ASSERT(is_new);
    if (!is_new) return;
    window_.accept(number);
    RUDP_ASSERT(!window_.is_new(number));
    seen_.insert(number);
    received_.on_received(now_, number, how >= 64, static_cast<Ecn>(how / 16 % 4));
  }

  void sent(std::uint8_t reported) {
    received_.on_ack_sent(std::min<std::size_t>(reported, received_.ranges().size()));
    RUDP_ASSERT(!received_.ack_pending());
  }

  bool all_arrived(const PacketRange& range) const {
    const auto first = seen_.find(range.first), last = seen_.find(range.last);
    if (first == seen_.end() || last == seen_.end()) return false;
    return static_cast<PacketNumber>(std::distance(first, last)) == range.last - range.first;
  }

  ack::ReplayWindow window_;
  ack::ReceivedPackets received_;
  std::set<PacketNumber> seen_;
  Instant now_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  Game game;
  for (int i = 0; i < kOperationsMax && !input.empty(); ++i) {
    game.play(input);
    game.check();
  }
  return 0;
}
