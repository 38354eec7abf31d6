// What an endpoint tells its application.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include <rudp/address.hpp>
#include <rudp/error.hpp>
#include <rudp/identity.hpp>
#include <rudp/stream.hpp>
#include <rudp/types.hpp>

namespace rudp {

/// A message that arrived. The bytes belong to the endpoint.
struct Message {
  ChannelId channel = 0;
  Delivery delivery = Delivery::reliable_ordered;
  Bytes bytes;
};

enum class ReceiptStatus : std::uint8_t {
  delivered = 0,  ///< proof: the peer's rudp has all of it and, where ordered, all before it
  expired = 1,    ///< given up at its deadline, or replaced by a newer value; no proof of absence
  /// The connection ended, or an unreliable message was lost: no proof of absence. Or, of a message sent
  /// before the handshake ended, the peer takes none so large, or no more channels: it never left.
  lost = 2,
};

enum class EventType : std::uint8_t {
  connected,     ///< keys are confirmed by the peer; server and client alike
  message,       ///< `message`
  writable,      ///< send would take data again after it answered would_block
  receipt,       ///< `message_id`, `receipt`
  closed,        ///< the last event of a connection; its handle is stale from now on
  path_changed,  ///< `remote`: where the connection goes from now on; nothing is to be done
  // `stream` names the stream of the next six.
  stream_opened,      ///< by the peer
  stream_readable,    ///< bytes or the end are there; told again only after read has taken all there was
  stream_writable,    ///< write would take more after it answered would_block
  stream_reset,       ///< the peer has given up sending, with `stream_code`; what was not read is gone
  stream_stopped,     ///< the peer reads no more, with `stream_code`; what was not sent is dropped
  stream_finished,    ///< the peer's rudp has everything that was written, the end too
  streams_available,  ///< open_stream would succeed after it answered too_many_streams
};

/// One thing that happened. Views in it (message.bytes, reason) stay valid until
/// the next poll_event on the same endpoint, or its end; other calls leave them alone.
struct Event {
  std::uint32_t struct_size = sizeof(Event);
  EventType type = EventType::connected;
  ConnectionHandle connection;
  Message message;           ///< of EventType::message
  MessageId message_id = 0;  ///< of EventType::receipt
  ReceiptStatus receipt = ReceiptStatus::delivered;
  Error error = Error::closed_locally;  ///< of EventType::closed: why
  std::uint64_t close_code = 0;         ///< of closed_by_peer: the code the peer's app gave to close
  std::string_view
      reason;  ///< of closed_by_peer: the peer's words, valid UTF-8, at most 512 bytes, untrusted
  std::optional<PublicKey>
      offered_key;  ///< of key_changed: the key that the server has now (unauthenticated)
  Address remote;   ///< of path_changed: the peer's address
  StreamId stream = 0;
  std::uint64_t stream_code = 0;  ///< of stream_reset and stream_stopped: the peer's application's number
};

}  // namespace rudp
