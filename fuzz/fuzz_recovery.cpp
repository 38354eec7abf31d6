// Packets that are sent, acks that may lie, a clock that may jump: what is in flight is always the sum of
// what was neither acked nor lost, a frame handed back belongs to a packet that was sent, and an ack that is
// refused changes nothing.
#include <chrono>
#include <cstdint>
#include <map>
#include <vector>

#include "base/assert.hpp"
#include "fuzz/input.hpp"
#include "recovery/probe_timeout.hpp"
#include "recovery/recovery.hpp"

namespace {

using namespace rudp;
using namespace rudp::recovery;
using namespace std::chrono_literals;
using fuzz::Input;

constexpr int kOperationsMax = 256;
constexpr int kTimeoutsMax = 200;

class Game {
 public:
  Game() : recovery_(RecoveryConfig{}) {}

  void play(Input& input) {
    const std::uint8_t choice = input.u8();
    switch (choice % 8) {
      case 0:
        return wait(1us * (input.number() % 100'000'000));
      case 1:
        return ack(made_up(input), 1us * input.u16());
      case 2:
        return time_out();
      case 3:
        return skip(choice);
      case 4:
        return rare(choice, input);
      case 5:
        return ack(sound(input), 1us * input.u16());
      default:
        return send(choice, input.u8(), std::nullopt);
    }
  }

  void check() const {
    RUDP_ASSERT(recovery_.bytes_in_flight() <= sent_bytes_);
    const SentPackets& sent = recovery_.sent();
    std::uint64_t bytes = 0;
    std::size_t eliciting = 0;
    PacketNumber before = 0;
    for (PacketNumber at = sent.oldest(); at != kNoPacket; at = sent.find(at)->next) {
      const SentPacket& packet = *sent.find(at);
      RUDP_ASSERT((at == sent.oldest() || at > before) && at < next_ && !packet.lost);
      before = at;
      if (packet.in_flight) bytes += packet.bytes;
      if (packet.ack_eliciting) ++eliciting;
    }
    RUDP_ASSERT(bytes == recovery_.bytes_in_flight() && eliciting == sent.eliciting());
    RUDP_ASSERT(sent.lost().size() <= kLostPacketsMax && sent.ack_only() <= kAckOnlyPacketsMax);
    RUDP_ASSERT(sent.copies() <= kCopiesMax);
    RUDP_ASSERT(recovery_.pto() > Duration::zero());
    RUDP_ASSERT(eliciting == 0 || recovery_.timeout().has_value());
  }

  /// The path heals: everything that is asked after is answered, and then no timer stays.
  void end() {
    for (int round = 0; round < kTimeoutsMax && recovery_.sent().eliciting() > 0; ++round) {
      if (const auto due = recovery_.timeout(); due && *due > now_) now_ = *due;
      time_out();
      ack({{next_ - 1, next_ - 1}}, 0us);
    }
    RUDP_ASSERT(recovery_.sent().eliciting() == 0);
  }

 private:
  void wait(Duration length) { now_ += length; }

  void send(std::uint8_t how, std::uint8_t bytes, std::optional<PacketNumber> copy_of) {
    if (recovery_.sent().is_full()) return;
    OutgoingPacket packet;
    packet.number = next_++;
    packet.sent_at = now_;
    packet.bytes = 100u + bytes;
    packet.ack_eliciting = how >= 32;
    packet.in_flight = how >= 24;
    packet.copy_of = copy_of;
    if (copy_of) packet.purpose = PacketPurpose::probe;
    if (how >= 248) packet.purpose = PacketPurpose::mtu_probe;
    sent_bytes_ += packet.bytes;
    const SentFrame frame{.type = 1, .id = packet.number, .offset = packet.number};
    const SentFrame frames[] = {frame, frame};
    recovery_.on_packet_sent(packet, std::span(frames).first(how / 8 % 3));
  }

  void skip(std::uint8_t how) {
    if (how < 64) return;
    recovery_.mark_skipped(next_);
    ++next_;
  }

  void rare(std::uint8_t how, Input& input) {
    if (how < 64) return use(recovery_.give_up(now_ - 1ms * input.u8()));
    if (how < 128 && recovery_.sent().eliciting() == 0) return recovery_.begin_path(1ms * input.u8());
    if (how < 192) return recovery_.set_peer_max_ack_delay(1us * input.number());
    recovery_.on_rtt_sample(now_, 1us * input.u16());
  }

  /// Any ranges at all.
  static std::vector<PacketRange> made_up(Input& input) {
    std::vector<PacketRange> ranges;
    for (int count = input.u8() % 40; count > 0; --count) {
      const PacketNumber first = input.number();
      ranges.push_back({first, first + input.u8()});
    }
    return ranges;
  }

  /// Ranges of numbers that were sent, from the highest down.
  std::vector<PacketRange> sound(Input& input) const {
    std::vector<PacketRange> ranges;
    PacketNumber below = next_;
    for (int count = 1 + input.u8() % 4; count > 0; --count) {
      const PacketNumber gap = 1 + input.u8() % 16, length = input.u8() % 16;
      if (below < gap + length + 1) break;
      ranges.push_back({below - gap - length, below - gap});
      below = ranges.back().first - 1;
    }
    return ranges;
  }

  void ack(const std::vector<PacketRange>& ranges, Duration delay) {
    const std::uint64_t before = recovery_.bytes_in_flight();
    const auto outcome = recovery_.on_ack_received(now_, ranges, delay);
    if (!outcome) {
      RUDP_ASSERT(recovery_.bytes_in_flight() == before);
      return;
    }
    RUDP_ASSERT(outcome->acked_bytes <= before);
    use(outcome->acked_frames);
    use(outcome->spurious_frames);
    use(outcome->lost);
    if (outcome->rtt_sample) RUDP_ASSERT(*outcome->rtt_sample >= Duration::zero());
  }

  void time_out() {
    const auto due = recovery_.timeout();
    const TimeoutOutcome outcome = recovery_.on_timeout(now_);
    if (!due || *due > now_) RUDP_ASSERT(outcome.probes.empty() && outcome.lost.packets == 0);
    use(outcome.lost);
    std::vector<PacketNumber> copies;
    for (const Probe& probe : outcome.probes) {
      use(probe.frames);
      copies.push_back(probe.copy_of);
    }
    RUDP_ASSERT(copies.size() <= kProbeDatagramsMax);
    for (const PacketNumber number : copies) send(200, 0, number);
  }

  void use(std::span<const SentFrame> frames) const {
    for (const SentFrame& frame : frames) RUDP_ASSERT(frame.id < next_ && frame.id == frame.offset);
  }
  void use(const LossReport& report) const {
    use(report.frames);
    RUDP_ASSERT(report.packets == 0 || report.largest < next_);
  }

  Recovery recovery_;
  PacketNumber next_ = 0;
  std::uint64_t sent_bytes_ = 0;
  Instant now_ = Instant() + 1h;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  Game game;
  for (int i = 0; i < kOperationsMax && !input.empty(); ++i) {
    game.play(input);
    game.check();
  }
  game.end();
  return 0;
}
