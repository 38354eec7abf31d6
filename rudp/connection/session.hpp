// What a handshake leaves behind: keys, ids and the peer's parameters.
#pragma once

#include <array>
#include <optional>

#include <rudp/config.hpp>
#include <rudp/identity.hpp>

#include "base/connection_id.hpp"
#include "base/units.hpp"
#include "crypto/noise.hpp"
#include "crypto/packet_protection.hpp"
#include "wire/transport_parameters.hpp"

namespace rudp::connection {

/// The outcome of a handshake, on either side.
struct Session {
  crypto::SlabPtr<crypto::PacketProtection> protection;
  ConnectionId local_cid;   ///< in packets to us
  ConnectionId remote_cid;  ///< in packets to the peer
  wire::TransportParameters peer;
  crypto::Hash handshake_hash{};
  std::optional<PublicKey> peer_key;
};

/// Takes the keys out of a finished handshake. REQUIRES: noise.finished().
crypto::SlabPtr<crypto::PacketProtection> make_protection(crypto::SecretSlab& secrets,
                                                          const crypto::NoiseHandshake& noise,
                                                          crypto::Role role, CipherSuite suite);

/// The part of the transport parameters that follows from the options alone, the same on both sides.
wire::TransportParameters to_parameters(const TransportOptions& options);

}  // namespace rudp::connection
