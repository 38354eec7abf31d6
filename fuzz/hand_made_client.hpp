// A client made by hand: it does the handshake, keeps the keys, and then seals whatever it is told to.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include <rudp/endpoint.hpp>
#include <rudp/sim.hpp>

#include "base/assert.hpp"
#include "connection/client_handshake.hpp"
#include "connection/environment.hpp"
#include "connection/session.hpp"
#include "fuzz/input.hpp"
#include "wire/packet_header.hpp"
#include "wire/packet_number.hpp"
#include "wire/short_header.hpp"

namespace fuzz {

using namespace rudp;

inline constexpr std::size_t kDatagramBytesMax = 1452;
inline constexpr std::size_t kSealedPayloadBytesMax = 1200;
inline const Address kServerAddress = Address::v4(10, 0, 0, 1, 9000);
inline const Address kClientAddress = Address::v4(10, 0, 0, 2, 5000);

/// Made once: a key pair costs more than most inputs.
inline const Identity& server_identity() {
  static const Identity identity = [] {
    // Apart from every seed in use: a client with the same key would be refused as a reflection.
    sim::SeededRandom random(1'000'000);
    return Identity::generate(random);
  }();
  return identity;
}

/// The client's half of one connection.
class HandMadeClient {
 public:
  /// Every second seed is a client of small means.
  explicit HandMadeClient(std::uint64_t seed) : random_(seed), environment_(config_, random_) {
    if (seed % 2 == 1) {
      config_.transport.max_message_bytes = 1024;
      config_.transport.initial_message_credit_bytes = 16u << 10;
      config_.transport.max_idle = std::chrono::seconds(1);
      config_.transport.max_ack_delay = std::chrono::seconds(1);
    }
    std::array<std::uint8_t, 8> id{};
    random_.public_fill(id);
    auto started = connection::ClientHandshake::start(environment_, ConnectionId(id), 4, {});
    RUDP_ASSERT(started.has_value());
    handshake_.emplace(std::move(started).value());
  }

  std::vector<std::uint8_t> init() {
    std::vector<std::uint8_t> datagram(kDatagramBytesMax);
    datagram.resize(handshake_->write_init(datagram));
    return datagram;
  }
  /// What the server answered to init. True: there are keys now.
  bool take_answer(Instant now, Bytes datagram) {
    const auto packet = wire::parse_long_packet(datagram);
    if (!packet) return false;
    if (const auto* retry = std::get_if<wire::RetryPacket>(&*packet)) handshake_->take_retry(now, *retry);
    const auto* answer = std::get_if<wire::RespPacket>(&*packet);
    if (!answer) return false;
    auto session = handshake_->read_answer(*answer);
    if (!session) return false;
    session_.emplace(std::move(session).value());
    return true;
  }

  /// Seals any payload. `reserved` goes into the reserved bits of the header.
  /// REQUIRES: take_answer was true, payload of at most kSealedPayloadBytesMax.
  std::vector<std::uint8_t> seal(Bytes payload, std::uint8_t reserved = 0) {
    std::vector<std::uint8_t> datagram(kDatagramBytesMax);
    wire::Writer writer{MutableBytes(datagram)};
    crypto::PacketProtection& protection = *session_->protection;
    const std::uint64_t number = next_number_++;
    wire::write_short_header(writer, session_->remote_cid, protection.send_phase(), number, 4);
    const std::size_t header_bytes = writer.size();
    datagram[0] = static_cast<std::uint8_t>(datagram[0] | (reserved & 3) << 3);
    std::copy(payload.begin(), payload.end(), datagram.begin() + static_cast<std::ptrdiff_t>(header_bytes));
    datagram.resize(header_bytes + payload.size() + wire::kPacketTagBytes);
    const MutableBytes all(datagram);
    RUDP_ASSERT(protection.seal(number, all.first(header_bytes), all.subspan(header_bytes)).has_value());
    const std::size_t number_offset = header_bytes - 4;
    const Bytes sample = wire::header_sample(datagram, number_offset);
    wire::protect_short_header(all, number_offset,
                               protection.send_mask(crypto::HeaderSample(sample.data(), sample.size())));
    return datagram;
  }

  /// The frames of a packet to this client. Empty: it does not open. REQUIRES: take_answer was true.
  std::vector<std::uint8_t> open(MutableBytes datagram) {
    const auto location = wire::locate_short_header(datagram, session_->local_cid.size());
    if (!location) return {};
    crypto::PacketProtection& protection = *session_->protection;
    const crypto::HeaderSample sample(location->sample.data(), crypto::kHeaderSampleBytes);
    const auto header =
        wire::unprotect_short_header(datagram, location->number_offset, protection.receive_mask(sample));
    const std::uint64_t number =
        wire::expand_packet_number(expected_number_, header.truncated_number, header.number_length);
    const MutableBytes sealed = datagram.subspan(header.header_bytes);
    const auto opened =
        protection.open(number, header.key_phase, datagram.first(header.header_bytes), sealed);
    if (!opened) return {};
    expected_number_ = std::max(expected_number_, number + 1);
    last_opened_ = number;
    return {sealed.begin(), sealed.begin() + static_cast<std::ptrdiff_t>(*opened)};
  }

  /// The number of the packet that open took last.
  std::uint64_t last_opened() const { return last_opened_; }

  void skip_numbers(std::uint64_t count) { next_number_ += count; }
  /// Moves to the next key without asking whether it may.
  void acked(std::uint64_t number) { session_->protection->on_acked(number); }
  void update_key() { static_cast<void>(session_->protection->initiate_key_update()); }
  ConnectionId server_cid() const { return session_->remote_cid; }
  /// Another id of the server's, for the packets to come.
  void use_server_cid(const ConnectionId& id) { session_->remote_cid = id; }

 private:
  EndpointConfig config_;
  sim::SeededRandom random_;
  connection::Environment environment_;
  std::optional<connection::ClientHandshake> handshake_;
  std::optional<connection::Session> session_;
  std::uint64_t next_number_ = 0;
  std::uint64_t expected_number_ = 0;
  std::uint64_t last_opened_ = 0;
};

/// Takes everything out of an endpoint, as the contract of the door asks. Counts, so that a drain that
/// never ends is a finding.
class Drain {
 public:
  /// `on_datagram` sees each datagram that was sent.
  void operator()(Endpoint& endpoint, Instant now,
                  const std::function<void(MutableBytes)>& on_datagram = {}) {
    constexpr int kStepsMax = 100'000;
    int steps = 0;
    bool more = true;
    while (more) {
      RUDP_ASSERT(++steps < kStepsMax);
      Transmit transmit;
      more = endpoint.poll_transmit(now, buffer_, transmit);
      if (more && on_datagram) split(transmit, on_datagram);
      Event event;
      while (endpoint.poll_event(event)) {
        more = true;
        if (event.type == EventType::connected) connection = event.connection;
        if (event.type == EventType::closed) ++closed;
      }
    }
  }

  std::optional<ConnectionHandle> connection;  ///< the last that was confirmed
  int closed = 0;

 private:
  void split(const Transmit& transmit, const std::function<void(MutableBytes)>& on_datagram) {
    for (std::size_t at = 0; at < transmit.bytes; at += transmit.segment_bytes) {
      const std::size_t bytes = std::min(transmit.segment_bytes, transmit.bytes - at);
      on_datagram(MutableBytes(buffer_).subspan(at, bytes));
    }
  }

  std::vector<std::uint8_t> buffer_ = std::vector<std::uint8_t>(65'536);
};

}  // namespace fuzz
