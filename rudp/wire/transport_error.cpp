#include "wire/transport_error.hpp"

namespace rudp::wire {

TransportError to_transport_error(Error error) {
  switch (error) {
    case Error::closed_locally:
    case Error::idle_timeout:
      return TransportError::no_error;
    case Error::truncated:
    case Error::malformed:
      return TransportError::frame_encoding;
    case Error::unknown_frame:
      return TransportError::unknown_frame;
    case Error::flow_control_violation:
      return TransportError::flow_control;
    case Error::unsupported:
    case Error::protocol_violation:
      return TransportError::protocol_violation;
    case Error::limit_exceeded:
      return TransportError::message_limit;
    case Error::stream_limit_exceeded:
      return TransportError::stream_limit;
    case Error::stream_state_violation:
      return TransportError::stream_state;
    case Error::final_size_violation:
      return TransportError::final_size;
    case Error::connection_id_limit:
      return TransportError::connection_id_limit;
    case Error::integrity_limit:
      return TransportError::aead_limit;
    case Error::too_many_connections:
      return TransportError::server_busy;
    case Error::no_common_version:
    case Error::no_common_suite:
    case Error::key_changed:
    case Error::bad_key:
      return TransportError::handshake;
    default:
      return TransportError::internal_error;
  }
}

Error from_transport_error(std::uint64_t code) {
  switch (static_cast<TransportError>(code)) {
    case TransportError::server_busy:
      return Error::too_many_connections;
    case TransportError::flow_control:
      return Error::flow_control_violation;
    case TransportError::stream_limit:
      return Error::stream_limit_exceeded;
    case TransportError::stream_state:
      return Error::stream_state_violation;
    case TransportError::final_size:
      return Error::final_size_violation;
    case TransportError::message_limit:
      return Error::limit_exceeded;
    case TransportError::connection_id_limit:
      return Error::connection_id_limit;
    case TransportError::frame_encoding:
    case TransportError::transport_parameter:
    case TransportError::protocol_violation:
    case TransportError::handshake:
    case TransportError::key_update:
    case TransportError::unknown_frame:
      return Error::protocol_violation;
    case TransportError::aead_limit:
      return Error::integrity_limit;
    case TransportError::no_viable_path:
      return Error::network_unreachable;
    case TransportError::no_error:
    case TransportError::internal_error:
      break;
  }
  return Error::closed_by_peer;
}

}  // namespace rudp::wire
