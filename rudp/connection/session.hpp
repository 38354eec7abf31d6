// What a handshake leaves behind: keys, ids and the peer's parameters.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include <rudp/config.hpp>
#include <rudp/identity.hpp>
#include <rudp/pre_shared_key.hpp>

#include "base/connection_id.hpp"
#include "base/units.hpp"
#include "connection/environment.hpp"
#include "crypto/noise.hpp"
#include "crypto/packet_protection.hpp"
#include "wire/transport_parameters.hpp"

namespace rudp::connection {

/// Of the peer's parameters what is asked for after the handshake: there is one of these for each idle
/// connection, and the whole of wire::TransportParameters is more than three times as large.
struct PeerLimits {
  /// Those that hold where nothing is said.
  PeerLimits() : PeerLimits(wire::TransportParameters{}) {}
  /// REQUIRES: what parse_transport_parameters() takes.
  explicit PeerLimits(const wire::TransportParameters& parameters);

  std::uint64_t max_message_bytes;
  std::uint64_t initial_data;         ///< bytes of credit for all streams
  std::uint64_t initial_stream_data;  ///< bytes of credit for each stream
  std::uint64_t max_streams;
  std::uint32_t max_idle_ms;  ///< 0: never
  std::uint16_t max_ack_delay_ms;
  std::uint16_t max_udp_payload;              ///< bytes; no datagram is larger than this can say
  std::optional<AddressToken> address_token;  ///< clients only
};

/// Whether a peer that is asked a second time allows less of anything than it did at first: what was begun in
/// between may not fit any more. It must not, as with the limits that 0-RTT remembers (RFC 9000 7.4.1).
bool takes_back(const wire::TransportParameters& before, const wire::TransportParameters& now);

/// The outcome of a handshake, on either side.
struct Session {
  crypto::SlabPtr<crypto::PacketProtection> protection;
  PeerLimits peer;
  ConnectionId local_cid;   ///< in packets to us
  ConnectionId remote_cid;  ///< in packets to the peer
  crypto::Hash handshake_hash{};
  std::optional<PublicKey> peer_key;
  CipherSuite suite = CipherSuite::chacha20_poly1305;
};

/// Takes the keys, the hash and the peer's key out of a finished handshake. REQUIRES: noise.finished(), and
/// session.suite is chosen.
void take_keys(Environment& environment, const crypto::NoiseHandshake& noise, crypto::Role role,
               Session& session);

/// The key that psk patterns ask for, in their order; all zero where there is none.
std::array<crypto::Secret<32>, 1> psks_of(const PreSharedKey& key);

/// The suites to offer and to take, a bit each (suite_bit). Zero: this machine cannot do what is asked.
std::uint8_t offered_suites(const TransportOptions& options);

/// The part of the transport parameters that follows from the options alone, the same on both sides.
wire::TransportParameters to_parameters(const TransportOptions& options);

}  // namespace rudp::connection
