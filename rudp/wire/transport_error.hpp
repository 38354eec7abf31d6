// The numbers by which a transport CLOSE says why.
#pragma once

#include <cstdint>

#include <rudp/error.hpp>

namespace rudp::wire {

/// Those up to no_viable_path are those of RFC 9000 20.1, where the name is the same.
enum class TransportError : std::uint64_t {
  no_error = 0x00,
  internal_error = 0x01,
  server_busy = 0x02,
  flow_control = 0x03,
  stream_limit = 0x04,
  stream_state = 0x05,
  final_size = 0x06,
  frame_encoding = 0x07,
  transport_parameter = 0x08,
  connection_id_limit = 0x09,
  protocol_violation = 0x0a,
  message_limit = 0x0b,
  handshake = 0x0d,
  key_update = 0x0e,
  aead_limit = 0x0f,
  no_viable_path = 0x10,
  unknown_frame = 0x11,
};

/// The number to close with when `error` was found in a peer's packet or ended the connection here.
TransportError to_transport_error(Error error);

/// What a peer's number means to the application; numbers that this version does not know are
/// closed_by_peer.
Error from_transport_error(std::uint64_t code);

}  // namespace rudp::wire
