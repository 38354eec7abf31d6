// A server whose client speaks by hand: any frame, from any address; and what the server answers, opened.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "fuzz/hand_made_client.hpp"
#include "wire/frame_reader.hpp"
#include "wire/frame_writer.hpp"

#include "support/cmocka.hpp"

namespace scenario {

using namespace rudp;
using namespace std::chrono_literals;

/// A datagram of the server's, opened.
struct Sent {
  Instant at;
  PacketNumber number = 0;
  Address to;
  std::size_t bytes = 0;
  std::vector<std::array<std::uint8_t, 8>> challenges{};
  int responses = 0;
  bool has_more = false;  ///< frames other than challenges, answers and padding
};

/// A server and what a client that speaks by hand sees of it.
struct HandMadeWorld {
  HandMadeWorld() {
    EndpointConfig config;
    config.identity = fuzz::server_identity();
    config.accept = true;
    config.cookie_free_handshakes_per_second = 10;
    server = std::move(Endpoint::create(config, random)).value();
    deliver(client.init());
    assert_true(has_keys);
    send({wire::PingFrame{}});
    assert_true(drain.connection.has_value());
  }

  void deliver(std::vector<std::uint8_t> datagram, const Address& from = fuzz::kClientAddress) {
    server->handle_datagram(now, from, datagram);
    take_outputs();
  }

  void take_outputs() {
    std::array<std::uint8_t, 65536> buffer;
    Transmit transmit;
    bool more = true;
    while (more) {
      more = server->poll_transmit(now, buffer, transmit);
      for (std::size_t at = 0; more && at < transmit.bytes; at += transmit.segment_bytes)
        take(transmit.to,
             MutableBytes(buffer).subspan(at, std::min(transmit.segment_bytes, transmit.bytes - at)));
      Event event;
      while (server->poll_event(event)) {
        more = true;
        if (event.type == EventType::connected) drain.connection = event.connection;
        if (event.type == EventType::closed) closed = event.error;
      }
    }
  }

  void take(const Address& to, MutableBytes datagram) {
    if (!has_keys) {
      has_keys = client.take_answer(now, datagram);
      return;
    }
    Sent seen{.at = now, .to = to, .bytes = datagram.size()};
    const auto payload = client.open(datagram);
    seen.number = client.last_opened();
    wire::FrameReader frames{Bytes(payload)};
    for (wire::Frame frame; frames.next(frame);) {
      if (const auto* given = std::get_if<wire::NewConnectionIdFrame>(&frame))
        offered[given->sequence] = *given;
      if (const auto* retired = std::get_if<wire::RetireConnectionIdFrame>(&frame))
        retirements.push_back(retired->sequence);
      const auto* challenge = std::get_if<wire::PathChallengeFrame>(&frame);
      if (challenge) seen.challenges.push_back(challenge->data);
      const bool is_answer = std::holds_alternative<wire::PathResponseFrame>(frame);
      if (is_answer) ++seen.responses;
      if (!challenge && !is_answer && !std::holds_alternative<wire::PaddingFrame>(frame))
        seen.has_more = true;
    }
    sent.push_back(std::move(seen));
  }

  void send(const std::vector<wire::Frame>& list, const Address& from = fuzz::kClientAddress) {
    std::array<std::uint8_t, 1200> payload;
    wire::Writer writer(payload);
    for (const wire::Frame& frame : list) {
      std::visit(
          [&writer](const auto& known) {
            if constexpr (requires { wire::write(writer, known); }) assert_true(wire::write(writer, known));
          },
          frame);
    }
    deliver(client.seal(writer.written()), from);
  }

  /// Acknowledges every packet of the server's so far but those that went to `nowhere`: the newest ranges.
  void acknowledge_all_but(const Address& nowhere) {
    std::vector<PacketRange> ranges;
    for (auto seen = sent.rbegin(); seen != sent.rend() && ranges.size() < kAckRangesMax; ++seen) {
      if (seen->to == nowhere || seen->bytes == 0) continue;
      if (!ranges.empty() && ranges.back().first == seen->number + 1)
        ranges.back().first = seen->number;
      else
        ranges.push_back({seen->number, seen->number});
    }
    std::array<std::uint8_t, 1200> payload;
    wire::Writer writer(payload);
    assert_true(wire::write_ack(writer, ranges, 0, nullptr));
    deliver(client.seal(writer.written()));
  }

  void wait(Duration length) {
    now += length;
    server->handle_timeout(now);
    take_outputs();
  }

  sim::SeededRandom random{3};
  fuzz::HandMadeClient client{2};
  std::unique_ptr<Endpoint> server;
  Instant now = Instant() + 1h;
  bool has_keys = false;
  fuzz::Drain drain;
  std::optional<Error> closed;
  std::map<std::uint64_t, wire::NewConnectionIdFrame> offered;
  std::vector<std::uint64_t> retirements;
  std::vector<Sent> sent;
};

}  // namespace scenario
