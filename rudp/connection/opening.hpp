// What a connection keeps until it is open, on either side; it is gone from then on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <rudp/config.hpp>
#include <rudp/types.hpp>

#include "base/connection_id.hpp"
#include "base/network_path.hpp"
#include "connection/client_handshake.hpp"
#include "connection/handshake_binding.hpp"
#include "crypto/noise.hpp"
#include "crypto/secret_slab.hpp"

namespace rudp::connection {

/// PING of an unconfirmed client (PROTOCOL.md, "Handshake timers").
inline constexpr Duration kConfirmFirst = std::chrono::milliseconds(100);
inline constexpr Duration kConfirmMax = std::chrono::milliseconds(400);
/// How soon an attempt ends after a server said that it speaks other versions only.
inline constexpr Duration kVersionHintWait = std::chrono::seconds(3);
/// How long a client that found no one under the pinned key asks which key is there.
inline constexpr Duration kKeyProbeTime = std::chrono::seconds(3);
/// Short packets that a server keeps while it waits for the third handshake message (H18).
inline constexpr std::size_t kEarlyPacketsMax = 4;
inline constexpr std::size_t kEarlyPacketBytesMax = 1500;

/// A short packet that came before the third handshake message.
struct EarlyPacket {
  NetworkPath from;
  std::vector<std::uint8_t> datagram;
  Ecn ecn = Ecn::not_ect;
};

/// What a server keeps until it hears its client with the new keys.
struct HalfOpen {
  ConnectionId client_cid;
  InitHash init_hash{};
  std::vector<std::uint8_t> response;
  Instant expires_at_the_latest;
  Instant response_sent_at{};
  std::uint32_t responses_sent = 0;
  bool response_due = true;
  crypto::SlabPtr<crypto::NoiseHandshake> unfinished;  ///< null: no third message is awaited
  std::vector<EarlyPacket> early;
};

/// What a client keeps until it hears the server with the new keys: until then the attempt may start over.
struct Attempt {
  ClientHandshake handshake;
  ConnectOptions options;
  Instant last_init_at;
  Instant ends_at;
  std::uint32_t confirms_sent = 0;  ///< PINGs, and third handshake messages where there are such
  bool init_due = true;
  bool fin_due = false;  ///< the third handshake message, where there is one
  bool probing_key = false;
  bool version_refused = false;
};

}  // namespace rudp::connection
