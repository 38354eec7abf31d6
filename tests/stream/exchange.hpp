// Two sides of streams without a connection: packets are values that a test delivers, acknowledges or loses.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "stream/streams.hpp"
#include "transfer/credit_budget.hpp"

#include "support/cmocka.hpp"

namespace test {

using namespace rudp;
using namespace rudp::stream;
using namespace std::chrono_literals;

struct Packet {
  struct Piece {
    StreamTag tag;
    std::uint64_t offset = 0;
    std::vector<std::uint8_t> bytes;
    bool fin = false;
  };
  std::vector<Piece> pieces;
  std::vector<ControlFrame> controls;
  bool empty() const { return pieces.empty() && controls.empty(); }
};

/// One side: Streams with the loops that a connection runs.
struct StreamSide : Streams {
  StreamSide(Side side, StreamsLimits limits, transfer::CreditBudget& shared) : Streams(side, limits, shared) {}

  /// The next packet; empty where there is nothing to say.
  Packet transmit(std::size_t space = 1100) {
    Packet packet;
    while (has_control_to_send()) {
      const auto frame = next_control();
      if (!frame) break;
      packet.controls.push_back(*frame);
    }
    for (std::uint8_t level = 0; level < transfer::kLevels; ++level) {
      while (const auto frame = next_frame(level, space)) {
        const StreamPiece& piece = frame->piece;
        packet.pieces.push_back(
            {frame->tag(), piece.offset, {piece.data.begin(), piece.data.end()}, piece.fin});
        space -= std::min(space, piece.data.size() + 20);
      }
    }
    return packet;
  }
  Result<void> receive(Instant now, const Packet& packet) {
    for (const ControlFrame& frame : packet.controls) {
      const Result<void> taken = receive(now, frame);
      if (!taken) return taken;
    }
    for (const Packet::Piece& piece : packet.pieces) {
      const Result<void> taken = on_data(now, piece.tag.stream, piece.offset, piece.bytes, piece.fin);
      if (!taken) return taken;
    }
    return {};
  }
  void acked(const Packet& packet) {
    for (const Packet::Piece& piece : packet.pieces) on_acked(piece.tag);
    for (const ControlFrame& frame : packet.controls) on_control_acked(frame.kind, frame.stream);
  }
  void lost(const Packet& packet) {
    for (const Packet::Piece& piece : packet.pieces) on_lost(piece.tag);
    for (const ControlFrame& frame : packet.controls) on_control_lost(frame.kind, frame.stream);
  }
  /// Events until there are none.
  std::vector<StreamEvent> events() {
    std::vector<StreamEvent> all;
    for (StreamEvent event; poll_event(event);) all.push_back(event);
    return all;
  }

 private:
  Result<void> receive(Instant now, const ControlFrame& frame) {
    switch (frame.kind) {
      case ControlKind::max_data:
        return on_max_data(frame.value), Result<void>();
      case ControlKind::max_streams_bidirectional:
        return on_max_streams(StreamDirection::bidirectional, frame.value), Result<void>();
      case ControlKind::max_streams_one_way:
        return on_max_streams(StreamDirection::one_way, frame.value), Result<void>();
      case ControlKind::max_stream_data:
        return on_max_stream_data(frame.stream, frame.value);
      case ControlKind::reset_stream:
        return on_reset(now, frame.stream, frame.value, frame.final_size);
      case ControlKind::stop_sending:
        return on_stop_sending(frame.stream, frame.value);
    }
    return {};
  }
};

struct StreamPair {
  explicit StreamPair(StreamsLimits limits = {})
      : client(Side::client, limits, budget), server(Side::server, limits, budget) {
    client.set_peer_limits(limits.data_bytes, limits.stream_data_bytes, limits.streams);
    server.set_peer_limits(limits.data_bytes, limits.stream_data_bytes, limits.streams);
    client.set_smoothed_rtt(50ms);
    server.set_smoothed_rtt(50ms);
  }
  /// Packets go both ways and are acknowledged until nobody has more to say.
  void settle() {
    while (pass(client, server) || pass(server, client)) {
    }
  }
  bool pass(StreamSide& from, StreamSide& to) {
    const Packet packet = from.transmit();
    if (packet.empty()) return false;
    assert_true(to.receive(now, packet).has_value());
    from.acked(packet);
    now += 1ms;
    return true;
  }

  Instant now = Instant() + 1h;
  transfer::CreditBudget budget{64u << 20};
  StreamSide client, server;
};

inline std::vector<std::uint8_t> read_all(Streams& streams, Instant now, StreamId id, bool* fin = nullptr) {
  std::vector<std::uint8_t> all;
  std::uint8_t buffer[3000];
  for (;;) {
    const auto taken = streams.read(now, id, buffer);
    if (!taken) return all;
    all.insert(all.end(), buffer, buffer + taken->bytes);
    if (taken->fin && fin) *fin = true;
    if (taken->fin || taken->bytes == 0) return all;
  }
}

}  // namespace test
