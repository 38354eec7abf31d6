// Recovery against a reference that remembers everything and searches it all: random sending, acks, timeouts.
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "recovery/recovery.hpp"
#include "support/dice.hpp"

#include "support/cmocka.hpp"

using namespace std::chrono_literals;
using namespace rudp::recovery;
using rudp::Instant;
using rudp::PacketNumber;
using rudp::PacketRange;
using rudp::Result;

namespace {

// What RFC 9002 appendix A keeps: every packet with its state, nothing clever.
class Reference {
 public:
  void send(PacketNumber number, Instant at) { outstanding_[number] = at; }

  std::set<PacketNumber> ack(const std::vector<PacketRange>& ranges) {
    std::set<PacketNumber> acked;
    largest_ = std::max(largest_.value_or(0), ranges.front().last);
    for (const auto& [number, at] : outstanding_) {
      for (const PacketRange& range : ranges) {
        if (range.first <= number && number <= range.last) acked.insert(number);
      }
    }
    for (const PacketNumber number : acked) outstanding_.erase(number);
    return acked;
  }

  std::set<PacketNumber> lose(Instant now, rudp::Duration delay, std::uint64_t threshold) {
    std::set<PacketNumber> lost;
    for (const auto& [number, at] : outstanding_) {
      if (!largest_ || number >= *largest_) continue;
      if (*largest_ - number - skipped_in(number, *largest_) >= threshold || at + delay <= now)
        lost.insert(number);
    }
    for (const PacketNumber number : lost) outstanding_.erase(number);
    return lost;
  }

  void leave_out(PacketNumber number) { skipped_.insert(number); }
  std::size_t outstanding() const { return outstanding_.size(); }

 private:
  std::uint64_t skipped_in(PacketNumber low, PacketNumber high) const {
    return static_cast<std::uint64_t>(std::distance(skipped_.upper_bound(low), skipped_.lower_bound(high)));
  }

  std::map<PacketNumber, Instant> outstanding_;
  std::set<PacketNumber> skipped_;
  std::optional<PacketNumber> largest_;
};

std::set<PacketNumber> numbers(std::span<const SentFrame> frames) {
  std::set<PacketNumber> out;
  for (const SentFrame& frame : frames) assert_true(out.insert(frame.id).second);
  return out;
}

class Trial {
 public:
  explicit Trial(std::uint64_t seed) : dice_(seed) {}

  void run(int steps) {
    for (int step = 0; step < steps; ++step) {
      now_ += rudp::Duration(static_cast<std::int64_t>(dice_.below(3'000'000)));
      const std::uint64_t choice = dice_.below(100);
      if (choice < 60) send();
      if (choice >= 60 && choice < 63) leave_out();
      if (choice >= 63) ack();
      expire();
      assert_int_equal(recovery_.bytes_in_flight(), reference_.outstanding() * 1000);
    }
  }

 private:
  void send() {
    OutgoingPacket packet;
    packet.number = next_;
    packet.sent_at = now_;
    packet.bytes = 1000;
    const SentFrame frames[] = {{.type = 0, .flags = 0, .length = 0, .id = next_, .offset = 0}};
    recovery_.on_packet_sent(packet, frames);
    reference_.send(next_++, now_);
  }

  void leave_out() {
    reference_.leave_out(next_);
    unsent_.insert(next_);
    recovery_.mark_skipped(next_++);
  }

  // Acks a few runs of numbers near the newest, some of which were acked or lost long ago.
  void ack() {
    std::vector<PacketRange> ranges;
    PacketNumber limit = next_;
    while (limit > 0 && ranges.size() < 8 && !dice_.percent(20)) {
      const PacketNumber last = limit - 1 - dice_.below(std::min<std::uint64_t>(limit, 6));
      const PacketNumber first = last - dice_.below(std::min<std::uint64_t>(last + 1, 12));
      limit = first;
      const auto skipped = unsent_.lower_bound(first);
      if (skipped != unsent_.end() && *skipped <= last) continue;
      ranges.push_back({first, last});
    }
    if (ranges.empty()) return;
    const Result<AckOutcome> outcome = recovery_.on_ack_received(now_, ranges, 0ms);
    assert_true(outcome.has_value());
    const std::set<PacketNumber> acked = numbers(outcome->acked_frames);
    assert_true(acked == reference_.ack(ranges));
    for (const PacketNumber number : numbers(outcome->spurious_frames))
      assert_int_equal(lost_.erase(number), 1);
    compare(outcome->newly_acked, outcome->lost);
  }

  // Each packet of a thin flow has a time of its own, so a few may be due at once, but never without end.
  void expire() {
    for (int due = 0; recovery_.timeout() && *recovery_.timeout() <= now_; ++due) {
      assert_true(due <= 5);
      const TimeoutOutcome outcome = recovery_.on_timeout(now_);
      compare(outcome.probes.empty(), outcome.lost);
    }
  }

  void compare(bool detected, const LossReport& report) {
    const std::set<PacketNumber> lost = numbers(report.frames);
    const LossThresholds& thresholds = recovery_.thresholds();
    const rudp::Duration delay = loss_delay(recovery_.rtt(), thresholds);
    if (detected) assert_true(lost == reference_.lose(now_, delay, thresholds.packets));
    if (!detected) assert_true(lost.empty());
    assert_int_equal(report.packets, lost.size());
    assert_int_equal(report.bytes, lost.size() * 1000);
    lost_.insert(lost.begin(), lost.end());
  }

  test::Dice dice_;
  Recovery recovery_{RecoveryConfig{}};
  Reference reference_;
  std::set<PacketNumber> lost_;
  std::set<PacketNumber> unsent_;
  PacketNumber next_ = 0;
  Instant now_ = Instant::from_ns(1'000'000'000);
};

void random_traffic_agrees_with_a_reference_that_searches_everything(void**) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) Trial(seed).run(400);
}

void every_single_and_every_double_loss_of_a_flight_is_found_A8(void**) {
  constexpr PacketNumber kFlight = 20;
  for (PacketNumber a = 0; a < kFlight; ++a) {
    for (PacketNumber b = a; b < kFlight; ++b) {
      Recovery recovery{RecoveryConfig{}};
      for (PacketNumber number = 0; number < kFlight; ++number) {
        OutgoingPacket packet;
        packet.number = number;
        packet.bytes = 1000;
        const SentFrame frames[] = {{.type = 0, .flags = 0, .length = 0, .id = number, .offset = 0}};
        recovery.on_packet_sent(packet, frames);
      }
      std::set<PacketNumber> lost;
      const Instant acked_at = Instant::from_ns(50'000'000);
      for (PacketNumber number = 0; number < kFlight; ++number) {
        if (number == a || number == b) continue;
        const PacketRange range{number, number};
        const Result<AckOutcome> outcome = recovery.on_ack_received(acked_at, {&range, 1}, 0ms);
        assert_true(outcome.has_value());
        for (const PacketNumber found : numbers(outcome->lost.frames)) lost.insert(found);
      }
      // What no later packet overtakes is asked after, and the probe's ack then tells it lost.
      PacketNumber next = kFlight;
      while (recovery.bytes_in_flight() > 0) {
        const Instant now = *recovery.timeout();
        const TimeoutOutcome outcome = recovery.on_timeout(now);
        for (const PacketNumber found : numbers(outcome.lost.frames)) lost.insert(found);
        if (outcome.probes.empty()) continue;
        OutgoingPacket ping;
        ping.number = next;
        ping.sent_at = now;
        ping.bytes = 50;
        recovery.on_packet_sent(ping, {});
        const PacketRange range{next, next};
        ++next;
        const Result<AckOutcome> answer = recovery.on_ack_received(now + 50ms, {&range, 1}, 0ms);
        assert_true(answer.has_value());
        for (const PacketNumber found : numbers(answer->lost.frames)) lost.insert(found);
      }
      assert_true((lost == std::set<PacketNumber>{a, b}));
    }
  }
}

// What a careless peer or an attacker can make of acks: a million alternating numbers cost no more each as
// the connection grows old.
void alternating_acks_leave_no_pile_behind_A3(void**) {
  Recovery recovery{RecoveryConfig{}};
  Instant now = Instant::from_ns(1'000'000'000);
  for (PacketNumber number = 0; number < 200'000; ++number) {
    OutgoingPacket packet;
    packet.number = number;
    packet.sent_at = now;
    packet.bytes = 1000;
    recovery.on_packet_sent(packet, {});
    now += 1us;
    if (number % 2 == 0) continue;
    std::vector<PacketRange> ranges;
    for (PacketNumber at = number; at > 2 && ranges.size() < 32; at -= 2) ranges.push_back({at, at});
    if (!ranges.empty()) assert_true(recovery.on_ack_received(now, ranges, 0ms).has_value());
    assert_true(recovery.sent().lost().size() <= kLostPacketsMax);
    assert_true(recovery.bytes_in_flight() <= 5'000);
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(random_traffic_agrees_with_a_reference_that_searches_everything),
      cmocka_unit_test(every_single_and_every_double_loss_of_a_flight_is_found_A8),
      cmocka_unit_test(alternating_acks_leave_no_pile_behind_A3),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
