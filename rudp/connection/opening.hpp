// What a connection keeps until it is open, on either side; it is gone from then on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <rudp/config.hpp>
#include <rudp/identity.hpp>
#include <rudp/types.hpp>

#include "base/connection_id.hpp"
#include "base/network_path.hpp"
#include "connection/client_handshake.hpp"
#include "connection/handshake_binding.hpp"
#include "crypto/noise.hpp"
#include "crypto/secret_slab.hpp"
#include "wire/transport_parameters.hpp"

namespace rudp::connection {

/// PING of an unconfirmed client (PROTOCOL.md, "Handshake timers").
inline constexpr Duration kConfirmFirst = std::chrono::milliseconds(100);
inline constexpr Duration kConfirmMax = std::chrono::milliseconds(400);
/// How soon an attempt ends after a server said that it speaks other versions only.
inline constexpr Duration kVersionHintWait = std::chrono::seconds(3);
/// A client that had no answer under the pinned key for so long asks beside it which key is there, for as
/// long at least, and in so many INITs.
inline constexpr Duration kKeyProbeAfter = std::chrono::seconds(2);
inline constexpr Duration kKeyProbeTime = std::chrono::seconds(3);
inline constexpr std::uint32_t kKeyProbeInitsMax = 4;
/// How soon an attempt ends after another key was shown, or three times what that took: the server of the
/// pinned one may answer still.
inline constexpr Duration kKeyHintWait = std::chrono::seconds(1);
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

/// Which key is there? It never connects.
struct KeyProbe {
  ClientHandshake handshake;
  Instant begun_at;
  std::uint32_t inits_sent = 0;
  std::uint32_t waits = 0;  ///< times that the attempt's INIT was sent again since
  bool init_due = true;
};

/// What a client keeps until it hears the server with the new keys: until then the attempt may start over.
struct Attempt {
  ClientHandshake handshake;
  ConnectOptions options;
  Instant last_init_at;
  Instant ends_at;
  Instant begun_at{};
  std::unique_ptr<KeyProbe> probe{};     ///< beside the attempt
  std::optional<PublicKey> shown_key{};  ///< the probe found another than the pinned one
  /// Of the answer before the attempt started over: what is under way was measured by it.
  std::optional<wire::TransportParameters> promised{};
  std::uint32_t confirms_sent = 0;  ///< PINGs, and third handshake messages where there are such
  bool has_probed = false;
  bool init_due = true;
  bool fin_due = false;  ///< the third handshake message, where there is one
  bool probing_key = false;
  bool version_refused = false;
};

}  // namespace rudp::connection
