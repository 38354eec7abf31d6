// A server in front of clients that were made by hand, in virtual time.
#pragma once

#include <array>
#include <chrono>
#include <initializer_list>
#include <memory>
#include <optional>
#include <vector>

#include "fuzz/hand_made_client.hpp"

#include "support/cmocka.hpp"

namespace test {

/// The server's outputs are split into datagrams, which go back to whoever gave the datagram before.
class HostileWorld {
 public:
  explicit HostileWorld(rudp::EndpointConfig config = {}) : random_(3) {
    config.identity = fuzz::server_identity();
    config.accept = true;
    config.cookie_free_handshakes_per_second = 1'000;
    server = std::move(rudp::Endpoint::create(config, random_)).value();
  }

  /// What the server sent.
  std::vector<std::vector<std::uint8_t>> deliver(std::vector<std::uint8_t> datagram,
                                                 const rudp::Address& from = fuzz::kClientAddress) {
    server->handle_datagram(now, from, datagram);
    return take_outputs();
  }

  std::vector<std::vector<std::uint8_t>> take_outputs() {
    std::vector<std::vector<std::uint8_t>> sent;
    rudp::Transmit transmit;
    bool more = true;
    while (more) {
      more = server->poll_transmit(now, buffer_, transmit);
      for (std::size_t at = 0; more && at < transmit.bytes; at += transmit.segment_bytes) {
        const auto bytes = rudp::Bytes(buffer_).subspan(at, std::min(transmit.segment_bytes, transmit.bytes - at));
        sent.emplace_back(bytes.begin(), bytes.end());
      }
      for (rudp::Event event; server->poll_event(event); more = true) note(event);
    }
    return sent;
  }

  /// INIT and answer; the connection is open for the client alone until it sends something.
  void shake_hands(fuzz::HandMadeClient& client, const rudp::Address& from = fuzz::kClientAddress) {
    for (const auto& answer : deliver(client.init(), from)) client.take_answer(now, answer);
  }
  void open(fuzz::HandMadeClient& client, const rudp::Address& from = fuzz::kClientAddress) {
    shake_hands(client, from);
    deliver(client.seal(std::array<std::uint8_t, 1>{0x01}), from);
  }

  const rudp::EndpointStatistics& statistics() const { return server->statistics(); }

  std::unique_ptr<rudp::Endpoint> server;
  rudp::Instant now = rudp::Instant() + std::chrono::hours(1);
  std::optional<rudp::Error> closed;
  std::size_t connected = 0;
  std::size_t messages = 0;

 private:
  void note(const rudp::Event& event) {
    connected += event.type == rudp::EventType::connected ? 1 : 0;
    messages += event.type == rudp::EventType::message ? 1 : 0;
    if (event.type == rudp::EventType::closed) closed = event.error;
  }

  rudp::sim::SeededRandom random_;
  std::vector<std::uint8_t> buffer_ = std::vector<std::uint8_t>(65'536);
};

inline rudp::Address client_address(std::uint32_t number) {
  return rudp::Address::v4(10, static_cast<std::uint8_t>(2 + (number >> 16)),
                           static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number), 5000);
}

}  // namespace test
