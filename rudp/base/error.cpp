// The names and sentences of errors. Both switches have no default, so that the compiler asks for the new
// case whenever an enumerator is added.
#include <rudp/error.hpp>

namespace rudp {

std::string_view to_sentence(Error error) {
  switch (error) {
    case Error::invalid_argument:
      return "an argument of the call is not valid";
    case Error::invalid_config:
      return "the configuration is not valid";
    case Error::unknown_connection:
      return "there is no such connection (any more)";
    case Error::would_block:
      return "the queue is full for now; try again when it is writable";
    case Error::too_large:
      return "the message is larger than the limit";
    case Error::closed:
      return "the connection is closed";
    case Error::unsupported:
      return "this is not supported here";
    case Error::out_of_memory:
      return "there is not enough memory";
    case Error::too_many_connections:
      return "there are too many connections already";
    case Error::buffer_too_small:
      return "the buffer is too small for the result";
    case Error::truncated:
      return "the received data ends too early";
    case Error::malformed:
      return "the received data is malformed";
    case Error::unknown_packet:
      return "the received datagram is not a rudp packet";
    case Error::unknown_frame:
      return "a frame of an unknown type was sent";
    case Error::authentication_failed:
      return "the received data is not authentic";
    case Error::unsupported_version:
      return "the peer speaks a version of the protocol that is not supported";
    case Error::bad_key:
      return "the key is not valid";
    case Error::invalid_state:
      return "this is not possible at this moment of the connection";
    case Error::handshake_timeout:
      return "the server did not answer in time";
    case Error::idle_timeout:
      return "the connection was lost: nothing was heard from the peer for too long";
    case Error::closed_by_peer:
      return "the peer closed the connection";
    case Error::closed_locally:
      return "the connection was closed on this side";
    case Error::reset_by_peer:
      return "the peer does not know this connection any more";
    case Error::key_changed:
      return "the server's key is not the one expected";
    case Error::no_common_version:
      return "client and server have no protocol version in common";
    case Error::protocol_violation:
      return "a rule of the protocol was broken";
    case Error::flow_control_violation:
      return "more was sent than the receiver allowed";
    case Error::limit_exceeded:
      return "a limit of the connection was exceeded";
    case Error::integrity_limit:
      return "too many forged packets arrived for the connection to stay safe";
    case Error::no_common_suite:
      return "client and server have no cipher in common";
    case Error::packet_numbers_exhausted:
      return "the connection has sent as many packets as it ever may";
    case Error::address_in_use:
      return "the address is already in use";
    case Error::permission_denied:
      return "permission denied";
    case Error::name_not_resolved:
      return "the host name could not be resolved";
    case Error::network_unreachable:
      return "the network cannot be reached";
    case Error::io_error:
      return "reading or writing failed";
    case Error::bad_address:
      return "this is not a valid address";
    case Error::bad_key_file:
      return "the key file cannot be used";
    case Error::randomness_unavailable:
      return "the system has no randomness to give";
  }
  return "an error that this version does not know";
}

std::string_view to_name(Error error) {
  switch (error) {
    case Error::invalid_argument:
      return "invalid_argument";
    case Error::invalid_config:
      return "invalid_config";
    case Error::unknown_connection:
      return "unknown_connection";
    case Error::would_block:
      return "would_block";
    case Error::too_large:
      return "too_large";
    case Error::closed:
      return "closed";
    case Error::unsupported:
      return "unsupported";
    case Error::out_of_memory:
      return "out_of_memory";
    case Error::too_many_connections:
      return "too_many_connections";
    case Error::buffer_too_small:
      return "buffer_too_small";
    case Error::truncated:
      return "truncated";
    case Error::malformed:
      return "malformed";
    case Error::unknown_packet:
      return "unknown_packet";
    case Error::unknown_frame:
      return "unknown_frame";
    case Error::authentication_failed:
      return "authentication_failed";
    case Error::unsupported_version:
      return "unsupported_version";
    case Error::bad_key:
      return "bad_key";
    case Error::invalid_state:
      return "invalid_state";
    case Error::handshake_timeout:
      return "handshake_timeout";
    case Error::idle_timeout:
      return "idle_timeout";
    case Error::closed_by_peer:
      return "closed_by_peer";
    case Error::closed_locally:
      return "closed_locally";
    case Error::reset_by_peer:
      return "reset_by_peer";
    case Error::key_changed:
      return "key_changed";
    case Error::no_common_version:
      return "no_common_version";
    case Error::protocol_violation:
      return "protocol_violation";
    case Error::flow_control_violation:
      return "flow_control_violation";
    case Error::limit_exceeded:
      return "limit_exceeded";
    case Error::integrity_limit:
      return "integrity_limit";
    case Error::no_common_suite:
      return "no_common_suite";
    case Error::packet_numbers_exhausted:
      return "packet_numbers_exhausted";
    case Error::address_in_use:
      return "address_in_use";
    case Error::permission_denied:
      return "permission_denied";
    case Error::name_not_resolved:
      return "name_not_resolved";
    case Error::network_unreachable:
      return "network_unreachable";
    case Error::io_error:
      return "io_error";
    case Error::bad_address:
      return "bad_address";
    case Error::bad_key_file:
      return "bad_key_file";
    case Error::randomness_unavailable:
      return "randomness_unavailable";
  }
  return "unknown_error";
}

std::string Failure::sentence() const {
  std::string out = what;
  if (!out.empty()) out += ": ";
  return out += to_sentence(code);
}

}  // namespace rudp
