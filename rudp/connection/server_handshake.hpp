// The server's side of the handshake: one INIT in, one RESP out, all in one step.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <rudp/error.hpp>
#include <rudp/types.hpp>

#include "connection/environment.hpp"
#include "connection/handshake_binding.hpp"
#include "connection/session.hpp"
#include "crypto/reset_token.hpp"
#include "wire/packet_header.hpp"

namespace rudp::connection {

/// How long a half-open connection waits for its client, and how long at most
/// when duplicates of its INIT keep it.
inline constexpr Duration kHalfOpenLifetime = std::chrono::seconds(5);
inline constexpr Duration kHalfOpenLifetimeMax = std::chrono::seconds(30);

/// A handshake that the server has answered but whose client it has not heard since.
struct Accepted {
  Session session;
  wire::TransportParameters parameters;  ///< the client's
  ConnectionId client_cid;
  InitHash init_hash{};
  std::vector<std::uint8_t> response;  ///< the RESP datagram, for every duplicate of the INIT
  /// Patterns with a third message: what reads it. The session has no keys until then.
  crypto::SlabPtr<crypto::NoiseHandshake> unfinished;
};

struct AcceptOptions {
  ConnectionId server_cid;           ///< 8 bytes, not in use
  crypto::ResetToken reset_token{};  ///< of server_cid
  bool retry_used = false;
  std::optional<AddressToken> address_token{};  ///< for the client's next INIT
};

/// Reads msg 1 and writes msg 2. Costs the Diffie-Hellman operations, so it comes
/// after the cookie has been checked. Errors: unsupported (pattern),
/// authentication_failed, malformed, unsupported_version, no_common_suite, bad_key, ...
Result<Accepted> accept(Environment& environment, const wire::InitPacket& init, const AcceptOptions& options);

/// Reads msg 3 and completes the session. An error leaves everything as it was: the genuine message may still
/// come. Errors: authentication_failed, bad_key, truncated, too_large.
Result<void> finish(Environment& environment, crypto::NoiseHandshake& unfinished, const wire::FinPacket& fin,
                    Session& session);

}  // namespace rudp::connection
