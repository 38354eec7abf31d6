// Two endpoints and the wire between them, in virtual time: the smallest world in
// which a connection lives. For more of a network, see <rudp/sim.hpp>.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <rudp/endpoint.hpp>

#include "support/scripted_random.hpp"

namespace test {

inline rudp::Bytes bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// An endpoint, its address, and what its application saw.
struct Host {
  Host(const rudp::EndpointConfig& config, rudp::Address at, std::uint64_t seed) : address(at), random(seed) {
    endpoint = std::move(rudp::Endpoint::create(config, random)).value();
  }

  std::size_t count(rudp::EventType type) const {
    std::size_t found = 0;
    for (const auto& event : events) found += event.type == type ? 1 : 0;
    return found;
  }

  rudp::Address address;
  ScriptedRandom random;
  std::unique_ptr<rudp::Endpoint> endpoint;
  std::vector<rudp::Event> events;    ///< views in them are not valid any more
  std::vector<std::string> messages;  ///< as they came
  rudp::ConnectionHandle peer;        ///< of the last `connected`
};

/// Client and server on a wire with a delay each way and a filter.
class EndpointPair {
 public:
  struct Datagram {
    rudp::Instant at;
    Host* to;
    rudp::Address from;
    std::vector<std::uint8_t> bytes;
  };

  /// Changes what the server is before it is made.
  using Change = std::function<void(rudp::EndpointConfig& server)>;

  explicit EndpointPair(rudp::TransportOptions transport = {}, std::uint64_t seed = 1,
                        const Change& change = {})
      : identity(make_identity(seed)),
        server(server_config(transport, identity, change), rudp::Address::v4(10, 0, 0, 1, 9000), seed * 2),
        client(client_config(transport), rudp::Address::v4(10, 0, 0, 2, 5000), seed * 2 + 1) {}

  rudp::ConnectionHandle connect(bool pinned = true) {
    rudp::ConnectOptions options;
    if (pinned) options.server_key = identity.public_key();
    return connect_with(options);
  }
  rudp::ConnectionHandle connect_with(const rudp::ConnectOptions& options) {
    const auto handle = client.endpoint->connect(now, server.address, options);
    drain(client);
    return handle.value();
  }

  /// Takes everything out of a host, as the door's contract asks after every input.
  void drain(Host& host) {
    std::vector<std::uint8_t> buffer(65536);
    for (bool more = true; more;) {
      more = false;
      for (rudp::Transmit transmit; host.endpoint->poll_transmit(now, buffer, transmit); more = true)
        carry(host, transmit, buffer);
      for (rudp::Event event; host.endpoint->poll_event(event); more = true) note(host, event);
    }
  }

  /// Runs to the next thing that is due; false where nothing is before `end`.
  bool step(rudp::Instant end) {
    const rudp::Instant next = next_due();
    if (next > end) return false;
    if (next > now) now = next;
    while (!wire.empty() && wire.front().at <= now) {
      Datagram datagram = std::move(wire.front());
      wire.pop_front();
      datagram.to->endpoint->handle_datagram(now, datagram.from, datagram.bytes);
      drain(*datagram.to);
    }
    for (Host* host : {&client, &server}) {
      const auto due = host->endpoint->poll_timeout();
      if (!due || *due > now) continue;
      host->endpoint->handle_timeout(now);
      drain(*host);
    }
    return true;
  }

  void run_for(rudp::Duration length) {
    const rudp::Instant end = now + length;
    while (step(end)) continue;
    now = end;
  }

  rudp::Identity identity;
  Host server;
  Host client;
  rudp::Instant now = rudp::Instant::from_ns(1'000'000'000);
  rudp::Duration delay = std::chrono::milliseconds(10);
  /// False drops the datagram; it may change the bytes.
  std::function<bool(Host& from, std::vector<std::uint8_t>& bytes)> filter;
  std::deque<Datagram> wire;

 private:
  static rudp::Identity make_identity(std::uint64_t seed) {
    ScriptedRandom random(seed + 1000);
    return rudp::Identity::generate(random);
  }
  static rudp::EndpointConfig client_config(const rudp::TransportOptions& transport) {
    rudp::EndpointConfig config;
    config.transport = transport;
    return config;
  }
  static rudp::EndpointConfig server_config(const rudp::TransportOptions& transport,
                                            const rudp::Identity& identity, const Change& change) {
    rudp::EndpointConfig config;
    config.identity = identity;
    config.accept = true;
    config.transport = transport;
    if (change) change(config);
    return config;
  }

  rudp::Instant next_due() const {
    rudp::Instant next = wire.empty() ? rudp::Instant::max() : wire.front().at;
    for (const Host* host : {&client, &server}) {
      const auto due = host->endpoint->poll_timeout();
      if (due && *due < next) next = *due;
    }
    return next;
  }

  void carry(Host& from, const rudp::Transmit& transmit, const std::vector<std::uint8_t>& buffer) {
    for (std::size_t at = 0; at < transmit.bytes; at += transmit.segment_bytes) {
      const std::size_t end = std::min(transmit.bytes, at + transmit.segment_bytes);
      std::vector<std::uint8_t> bytes(buffer.begin() + static_cast<std::ptrdiff_t>(at),
                                      buffer.begin() + static_cast<std::ptrdiff_t>(end));
      if (filter && !filter(from, bytes)) continue;
      Host* to = transmit.to == server.address ? &server : &client;
      wire.push_back({now + delay, to, from.address, std::move(bytes)});
    }
  }

  static void note(Host& host, const rudp::Event& event) {
    host.events.push_back(event);
    if (event.type == rudp::EventType::connected) host.peer = event.connection;
    if (event.type != rudp::EventType::message) return;
    host.messages.emplace_back(reinterpret_cast<const char*>(event.message.bytes.data()),
                               event.message.bytes.size());
  }
};

}  // namespace test
