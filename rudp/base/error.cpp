// The names and sentences of errors, in one table.
#include <rudp/error.hpp>

namespace rudp {

namespace {

struct Words {
  Error error;
  std::string_view name;
  std::string_view sentence;
};

/// tests/base/test_error.cpp reads the enumerators of the header and asks for each of them here.
constexpr Words kWords[] = {
    {Error::invalid_argument, "invalid_argument", "an argument of the call is not valid"},
    {Error::invalid_config, "invalid_config", "the configuration is not valid"},
    {Error::unknown_connection, "unknown_connection", "there is no such connection (any more)"},
    {Error::would_block, "would_block", "the queue is full for now; try again when it is writable"},
    {Error::too_large, "too_large", "the message is larger than the limit"},
    {Error::closed, "closed", "the connection is closed"},
    {Error::unsupported, "unsupported", "this is not supported here"},
    {Error::out_of_memory, "out_of_memory", "there is not enough memory"},
    {Error::too_many_connections, "too_many_connections", "there are too many connections already"},
    {Error::buffer_too_small, "buffer_too_small", "the buffer is too small for the result"},
    {Error::unknown_stream, "unknown_stream", "there is no such stream (any more)"},
    {Error::stream_reset, "stream_reset", "the peer has given the stream up"},
    {Error::too_many_streams, "too_many_streams", "the peer allows no more streams for now"},
    {Error::truncated, "truncated", "the received data ends too early"},
    {Error::malformed, "malformed", "the received data is malformed"},
    {Error::unknown_packet, "unknown_packet", "the received datagram is not a rudp packet"},
    {Error::unknown_frame, "unknown_frame", "a frame of an unknown type was sent"},
    {Error::authentication_failed, "authentication_failed", "the received data is not authentic"},
    {Error::unsupported_version, "unsupported_version",
     "the peer speaks a version of the protocol that is not supported"},
    {Error::bad_key, "bad_key", "the key is not valid"},
    {Error::invalid_state, "invalid_state", "this is not possible at this moment of the connection"},
    {Error::handshake_timeout, "handshake_timeout", "the server did not answer in time"},
    {Error::idle_timeout, "idle_timeout",
     "the connection was lost: nothing was heard from the peer for too long"},
    {Error::closed_by_peer, "closed_by_peer", "the peer closed the connection"},
    {Error::closed_locally, "closed_locally", "the connection was closed on this side"},
    {Error::reset_by_peer, "reset_by_peer", "the peer does not know this connection any more"},
    {Error::key_changed, "key_changed", "the server's key is not the one expected"},
    {Error::no_common_version, "no_common_version", "client and server have no protocol version in common"},
    {Error::protocol_violation, "protocol_violation", "a rule of the protocol was broken"},
    {Error::flow_control_violation, "flow_control_violation", "more was sent than the receiver allowed"},
    {Error::limit_exceeded, "limit_exceeded", "a limit of the connection was exceeded"},
    {Error::integrity_limit, "integrity_limit",
     "too many forged packets arrived for the connection to stay safe"},
    {Error::no_common_suite, "no_common_suite", "client and server have no cipher in common"},
    {Error::packet_numbers_exhausted, "packet_numbers_exhausted",
     "the connection has sent as many packets as it ever may"},
    {Error::connection_id_limit, "connection_id_limit",
     "more connection ids were given or retired than allowed"},
    {Error::stream_limit_exceeded, "stream_limit_exceeded", "the peer opened more streams than it may"},
    {Error::stream_state_violation, "stream_state_violation",
     "the peer sent something about a stream that its state forbids"},
    {Error::final_size_violation, "final_size_violation", "the peer changed the length of a stream"},
    {Error::address_in_use, "address_in_use", "the address is already in use"},
    {Error::permission_denied, "permission_denied", "permission denied"},
    {Error::name_not_resolved, "name_not_resolved", "the host name could not be resolved"},
    {Error::network_unreachable, "network_unreachable", "the network cannot be reached"},
    {Error::io_error, "io_error", "reading or writing failed"},
    {Error::bad_address, "bad_address", "this is not a valid address"},
    {Error::bad_key_file, "bad_key_file", "the key file cannot be used"},
    {Error::randomness_unavailable, "randomness_unavailable", "the system has no randomness to give"},
};

constexpr Words kUnknown = {Error::invalid_argument, "unknown_error",
                            "an error that this version does not know"};

const Words& words_of(Error error) {
  for (const Words& words : kWords) {
    if (words.error == error) return words;
  }
  return kUnknown;
}

}  // namespace

std::string_view to_sentence(Error error) { return words_of(error).sentence; }

std::string_view to_name(Error error) { return words_of(error).name; }

std::string Failure::sentence() const {
  std::string out = what;
  if (!out.empty()) out += ": ";
  return out += to_sentence(code);
}

}  // namespace rudp
