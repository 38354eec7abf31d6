// A server and a client endpoint in virtual time, whose calls somebody watches: what the endpoints ask of the
// heap is told from what the test itself does.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <deque>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include <rudp/endpoint.hpp>

#include "support/scripted_random.hpp"

namespace test {

/// An endpoint and what its application was told.
struct Side {
  Side(const rudp::EndpointConfig& config, rudp::Address at, std::uint64_t seed) : address(at), random(seed) {
    auto made = rudp::Endpoint::create(config, random);
    if (!made) std::abort();
    endpoint = std::move(made).value();
  }

  rudp::Address address;
  ScriptedRandom random;
  std::unique_ptr<rudp::Endpoint> endpoint;
  std::vector<rudp::ConnectionHandle> connected;
  std::vector<std::pair<rudp::ConnectionHandle, rudp::Error>> closed;
  std::uint64_t messages = 0, message_bytes = 0;
};

class TwoSides {
 public:
  using Work = std::function<void(rudp::Endpoint&)>;
  /// Has to do `work` with the side's endpoint.
  using Watch = std::function<void(Side&, const Work&)>;

  /// Changes what an endpoint is before it is made.
  using Change = std::function<void(rudp::EndpointConfig&)>;

  explicit TwoSides(Watch watch, const Change& change = {})
      : identity(make_identity()),
        server(server_config(change), rudp::Address::v4(10, 0, 0, 1, 9000), 1),
        client(client_config(change), rudp::Address::v4(10, 0, 0, 2, 5000), 2),
        watch_(std::move(watch)) {}

  rudp::Result<rudp::ConnectionHandle> connect() {
    rudp::ConnectOptions options;
    options.server_key = identity.public_key();
    rudp::Result<rudp::ConnectionHandle> made = rudp::Error::closed;
    watched(client, [&](rudp::Endpoint& endpoint) { made = endpoint.connect(now, server.address, options); });
    drain(client);
    return made;
  }
  rudp::SendResult send(Side& from, rudp::ConnectionHandle connection, rudp::Bytes message,
                        const rudp::SendOptions& options = {}, rudp::ChannelId channel = 0) {
    rudp::SendResult result;
    watched(from, [&](rudp::Endpoint& endpoint) {
      result = endpoint.send(now, connection, channel, message, options);
    });
    drain(from);
    return result;
  }
  /// Any other call.
  void call(Side& side, const Work& work) {
    watched(side, work);
    drain(side);
  }

  void run_for(rudp::Duration length) {
    const rudp::Instant end = now + length;
    for (rudp::Instant due = next_due(); due <= end; due = next_due()) step(due);
    now = end;
  }
  Side& other(const Side& side) { return &side == &server ? client : server; }

  rudp::Identity identity;
  Side server;
  Side client;
  rudp::Instant now = rudp::Instant::from_ns(1'000'000'000);
  rudp::Duration delay = std::chrono::milliseconds(10);
  /// Whether a datagram that the side sends gets through; empty: all do.
  std::function<bool(const Side&, rudp::Bytes)> passes;
  /// Sees what each side is told, before the next call.
  std::function<void(Side&, const rudp::Event&)> on_event;

 private:
  struct Datagram {
    rudp::Instant at;
    Side* to;
    Side* from;
    std::size_t bytes;
    std::array<std::uint8_t, 1500> content;
  };

  static rudp::Identity make_identity() {
    ScriptedRandom random(3);
    return rudp::Identity::generate(random);
  }
  static rudp::EndpointConfig client_config(const Change& change) {
    rudp::EndpointConfig config;
    if (change) change(config);
    return config;
  }
  rudp::EndpointConfig server_config(const Change& change) const {
    rudp::EndpointConfig config;
    config.identity = identity;
    config.accept = true;
    config.source_handshakes_per_second = 100'000;  // they all come from one address here
    config.source_handshakes_burst = 100'000;
    if (change) change(config);
    return config;
  }

  void watched(Side& side, const Work& work) { watch_(side, work); }

  rudp::Instant next_due() const {
    rudp::Instant next = wire_.empty() ? rudp::Instant::max() : wire_.front()->at;
    for (const Side* side : {&client, &server}) {
      const auto due = side->endpoint->poll_timeout();
      if (due && *due < next) next = *due;
    }
    return next;
  }

  void step(rudp::Instant due) {
    if (due > now) now = due;
    while (!wire_.empty() && wire_.front()->at <= now) {
      const std::unique_ptr<Datagram> datagram = std::move(wire_.front());
      wire_.pop_front();
      const auto bytes = rudp::MutableBytes(datagram->content).first(datagram->bytes);
      call(*datagram->to,
           [&](rudp::Endpoint& endpoint) { endpoint.handle_datagram(now, datagram->from->address, bytes); });
    }
    for (Side* side : {&client, &server})
      call(*side, [&](rudp::Endpoint& endpoint) { endpoint.handle_timeout(now); });
  }

  void drain(Side& side) {
    while (transmit_one(side) || take_event(side)) continue;
  }

  bool transmit_one(Side& side) {
    rudp::Transmit transmit;
    bool sent = false;
    watched(side, [&](rudp::Endpoint& endpoint) { sent = endpoint.poll_transmit(now, buffer_, transmit); });
    for (std::size_t at = 0; sent && at < transmit.bytes; at += transmit.segment_bytes)
      carry(side, rudp::Bytes(buffer_).subspan(at, std::min(transmit.segment_bytes, transmit.bytes - at)));
    return sent;
  }

  void carry(Side& from, rudp::Bytes bytes) {
    if (passes && !passes(from, bytes)) return;
    auto datagram = std::make_unique<Datagram>();
    datagram->at = now + delay;
    datagram->to = &other(from);
    datagram->from = &from;
    datagram->bytes = bytes.size();
    std::copy(bytes.begin(), bytes.end(), datagram->content.begin());
    wire_.push_back(std::move(datagram));
  }

  bool take_event(Side& side) {
    rudp::Event event;
    bool told = false;
    watched(side, [&](rudp::Endpoint& endpoint) { told = endpoint.poll_event(event); });
    if (!told) return false;
    if (event.type == rudp::EventType::connected) side.connected.push_back(event.connection);
    if (event.type == rudp::EventType::closed) side.closed.emplace_back(event.connection, event.error);
    if (event.type == rudp::EventType::message) {
      ++side.messages;
      side.message_bytes += event.message.bytes.size();
    }
    if (on_event) on_event(side, event);
    return true;
  }

  Watch watch_;
  std::deque<std::unique_ptr<Datagram>> wire_;
  std::vector<std::uint8_t> buffer_ = std::vector<std::uint8_t>(16'384);
};

}  // namespace test
