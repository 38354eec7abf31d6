// A recovery with packets to lose, for its tests.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "recovery/recovery.hpp"

#include "support/cmocka.hpp"

namespace test {

using namespace std::chrono_literals;
using namespace rudp::recovery;
using rudp::Duration;
using rudp::Error;
using rudp::Instant;
using rudp::PacketNumber;
using rudp::PacketRange;
using rudp::Result;

constexpr Instant at(Duration since_start) { return Instant::from_ns(1'000'000'000) + since_start; }

// A connection whose packets are all alike but for their numbers; each carries one frame with its number as
// id.
struct Peer {
  Recovery recovery{RecoveryConfig{}};
  PacketNumber next = 0;

  PacketNumber send(Instant now, std::optional<PacketNumber> copy_of = std::nullopt) {
    OutgoingPacket packet;
    packet.copy_of = copy_of;
    if (copy_of) packet.purpose = PacketPurpose::probe;
    return send(now, packet, copy_of.value_or(next));
  }
  PacketNumber send_ack_only(Instant now) {
    OutgoingPacket packet;
    packet.ack_eliciting = false;
    packet.in_flight = false;
    return send(now, packet, next);
  }
  PacketNumber send(Instant now, OutgoingPacket packet, std::uint64_t id) {
    packet.number = next++;
    packet.sent_at = now;
    packet.bytes = 1000;
    const SentFrame frames[] = {{.type = 7, .flags = 0, .length = 1, .id = id, .offset = 0}};
    recovery.on_packet_sent(packet, frames);
    return packet.number;
  }
  void send_many(Instant now, int count) {
    for (int i = 0; i < count; ++i) send(now);
  }
  AckOutcome ack(Instant now, std::vector<PacketRange> descending, Duration delay = 0ms) {
    Result<AckOutcome> outcome = recovery.on_ack_received(now, descending, delay);
    assert_true(outcome.has_value());
    return *outcome;
  }
  void refuse(std::vector<PacketRange> descending) {
    const Result<AckOutcome> outcome = recovery.on_ack_received(at(1s), descending, 0ms);
    assert_false(outcome.has_value());
    assert_true(outcome.error() == Error::protocol_violation);
  }
  // A first round trip of 100 ms, so that the estimates are no guesses; equal ones let rttvar go to nothing.
  void settle(Duration rtt = 100ms) {
    for (int i = 0; i < 60; ++i) recovery.on_rtt_sample(at(0ms), rtt);
  }
};

inline std::vector<std::uint64_t> ids(std::span<const SentFrame> frames) {
  std::vector<std::uint64_t> out;
  for (const SentFrame& frame : frames) out.push_back(frame.id);
  return out;
}

using Ids = std::vector<std::uint64_t>;

}  // namespace test
