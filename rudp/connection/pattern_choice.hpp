// Which Noise pattern a handshake follows: what the client asks for, and what the server answers.
#pragma once

#include <rudp/config.hpp>
#include <rudp/error.hpp>

#include "base/units.hpp"

namespace rudp::connection {

/// What the options call for. Errors: invalid_argument (an identity without the server's key: XK and IK need it).
Result<HandshakePattern> choose_pattern(const ConnectOptions& options);

/// Whether a server with this configuration answers it.
bool is_accepted(const EndpointConfig& config, HandshakePattern pattern);

bool mixes_pre_shared_key(HandshakePattern pattern);
/// The client proves a key of its own.
bool identifies_client(HandshakePattern pattern);

}  // namespace rudp::connection
