// Feeds a controller round by round, as a path without surprises would.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

#include "congestion/controller.hpp"

namespace test {

struct WindowDriver {
  static constexpr std::uint32_t kDatagram = 1200;

  explicit WindowDriver(rudp::ControllerKind kind)
      : controller(rudp::congestion::make_controller(kind, kDatagram)) {}

  std::unique_ptr<rudp::congestion::Controller> controller;
  rudp::PacketNumber next = 0;
  rudp::PacketNumber acked = 0;
  rudp::Instant now = rudp::Instant::from_ns(1'000'000'000);
  rudp::Duration rtt = std::chrono::milliseconds(50);
  rudp::Duration min_rtt = std::chrono::milliseconds(50);
  std::optional<rudp::congestion::RateSample> rate;

  std::uint64_t window() const { return controller->congestion_window(); }

  void send(std::uint64_t packets) {
    for (std::uint64_t i = 1; i <= packets; ++i) controller->on_packet_sent({now, next++, i * kDatagram});
  }
  void send_window() { send(window() / kDatagram); }

  // One round trip later all that was sent is acked.
  void ack_all() {
    now += rtt;
    for (; acked < next; ++acked) {
      const std::uint64_t left = (next - acked - 1) * kDatagram;
      controller->on_ack({now, acked, kDatagram, left, rtt, rtt, min_rtt, rate});
    }
  }
  void round() {
    send_window();
    ack_all();
  }
  void lose(rudp::PacketNumber number, std::uint32_t packets = 1) {
    controller->on_loss({now, number, std::uint64_t{packets} * kDatagram, packets, 0, rtt, min_rtt});
  }
  // Leaves slow start by a loss; what was sent before is acked, so that the recovery period is over.
  void lose_and_recover() {
    send_window();
    lose(next - 1);
    ack_all();
  }
};

}  // namespace test
