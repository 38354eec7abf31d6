// The sans-IO door of rudp: datagrams, commands and time go in; datagrams, events
// and the next deadline come out. No socket, no clock, no thread.
//
// The contract: every handle_*, connect, send and close is followed by draining
// poll_transmit and poll_event until they answer false, then by reading
// poll_timeout, before the next input. `now` never has to be real: it only should
// not run backwards (where it does, it is taken for the latest seen).
//
// Where memory runs out, the connection that was at work ends: the call answers out_of_memory (send and write:
// closed), EventType::closed with out_of_memory follows, without the receipts that were still owed, and the peer
// is told. All other connections go on.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include <rudp/address.hpp>
#include <rudp/config.hpp>
#include <rudp/error.hpp>
#include <rudp/event.hpp>
#include <rudp/export.hpp>
#include <rudp/random.hpp>
#include <rudp/stream.hpp>
#include <rudp/types.hpp>

namespace rudp {

enum class ConnectionState : std::uint8_t {
  handshaking,  ///< client: INIT sent, no answer yet
  unconfirmed,  ///< client: keys known, the server not heard with them; server: half-open
  open,
  closing,   ///< CLOSE sent, answering stragglers
  draining,  ///< CLOSE received, silent
};

enum class Role : std::uint8_t { client, server };

/// What is known about a connection.
struct ConnectionInfo {
  std::uint32_t struct_size = sizeof(ConnectionInfo);
  Role role = Role::client;
  ConnectionState state = ConnectionState::handshaking;
  Address remote;
  /// The key that the peer has proved. On the client the server's; on the server the client's, an identity to
  /// know it by again, or empty where it stayed anonymous.
  std::optional<PublicKey> peer_key;
  /// Binds an application's login to this connection (Noise 11.2); zeros before the handshake ends.
  std::array<std::uint8_t, 64> handshake_hash{};
  /// Largest message the peer takes, in bytes; 0 before the handshake ends.
  std::uint64_t peer_max_message_bytes = 0;
  /// On the client: what saves a round trip the next time (ConnectOptions::address_token); absent before the
  /// handshake ends, and where the server gave none.
  std::optional<AddressToken> address_token{};
  /// What encrypts the packets; meaningful when the handshake has ended.
  Cipher cipher = Cipher::chacha20_poly1305;
};

/// Counters since the start and gauges of the moment.
struct ConnectionStatistics {
  std::uint32_t struct_size = sizeof(ConnectionStatistics);
  std::uint64_t packets_sent = 0, packets_received = 0;
  std::uint64_t bytes_sent = 0, bytes_received = 0;  ///< UDP payload
  std::uint64_t packets_lost = 0, packets_spuriously_lost = 0, probes_sent = 0;
  std::uint64_t packets_duplicate = 0, packets_forged = 0;
  std::uint64_t messages_sent = 0, messages_received = 0;
  std::uint64_t congestion_window_bytes = 0, bytes_in_flight = 0, pacing_rate_bytes_per_s = 0;
  Duration smoothed_rtt{0}, min_rtt{0}, latest_rtt{0};
  std::uint64_t send_queue_bytes = 0;
  std::uint64_t path_challenges_sent = 0, path_moves = 0;
  std::uint64_t key_updates = 0;  ///< of either side's making, as this side's sending keys went through them
  std::uint64_t datagram_bytes_max = 0;      ///< what packets may have on this path now, UDP payload
  std::uint64_t mtu_probes_sent = 0, mtu_probes_lost = 0;  ///< not among packets_lost
  std::uint64_t mtu_black_holes = 0;         ///< times that packets had to become small again
  std::uint64_t ecn_marks_reported = 0;      ///< packets that came to the peer with a router's mark (CE)
  bool ecn_capable = false;                  ///< packets are marked as ECN-capable, and the path leaves that be
  /// How fast the path delivers, in bytes per second: the highest rate of the last rounds; 0 while unknown.
  std::uint64_t bandwidth_bytes_per_s = 0;
};

/// Counters of the endpoint: what came in, and what was dropped for which reason.
struct EndpointStatistics {
  std::uint32_t struct_size = sizeof(EndpointStatistics);
  std::uint64_t datagrams_received = 0, datagrams_sent = 0;
  std::uint64_t dropped_malformed = 0;  ///< no packet of ours, truncated, or of an unknown kind
  std::uint64_t dropped_unknown_connection = 0;
  std::uint64_t dropped_unauthenticated = 0;  ///< AEAD or Noise refused it
  std::uint64_t dropped_duplicate = 0;
  std::uint64_t dropped_limit = 0;       ///< a table was full or a rate was used up
  std::uint64_t dropped_unexpected = 0;  ///< well-formed, but not in this state
  std::uint64_t inits_received = 0, retries_sent = 0, cookies_refused = 0;
  std::uint64_t key_agreements = 0;  ///< Noise messages that cost Diffie-Hellman operations
  std::uint64_t connections_accepted = 0, connections_opened = 0;
  std::uint32_t connections = 0, half_open = 0;  ///< now
  std::uint64_t half_open_evicted = 0;  ///< to make room for clients that came with a cookie
};

enum class SendStatus : std::uint8_t {
  queued,           ///< the message was copied and will be sent
  would_block,      ///< the queue is full: EventType::writable follows when it is not
  too_large,        ///< more than SendResult::limit_bytes
  closed,           ///< no such connection, or it is closing
  unsupported,      ///< this version cannot send with these options
  out_of_channels,  ///< a channel not used before, and either side's max_channels are
};

struct [[nodiscard]] SendResult {
  SendStatus status = SendStatus::queued;
  MessageId id = 0;               ///< of queued
  std::uint64_t limit_bytes = 0;  ///< of too_large
  explicit operator bool() const { return status == SendStatus::queued; }
};

/// A run of datagrams to one destination, as poll_transmit writes it.
struct Transmit {
  Address to;
  std::size_t bytes = 0;          ///< of the whole run, at the start of the buffer
  std::size_t segment_bytes = 0;  ///< each datagram but the last, which may be shorter
  Ecn ecn = Ecn::not_ect;
  SocketId socket = 0;  ///< the one to send through
};

/// Where a connection is to go on.
struct MigrateOptions {
  std::uint32_t struct_size = sizeof(MigrateOptions);
  std::optional<Address> to{};  ///< another address of the server; absent: the one in use
  SocketId socket = 0;          ///< the caller's socket to use from now on
};

/// Many connections on one local address; the protocol object behind a socket.
/// Not thread-safe; several endpoints may live on several threads.
class RUDP_API Endpoint {
 public:
  /// `random` must outlive the endpoint. Errors: invalid_config with the field's name.
  static Result<std::unique_ptr<Endpoint>, Failure> create(const EndpointConfig& config, Random& random);
  ~Endpoint();
  Endpoint(const Endpoint&) = delete;
  Endpoint& operator=(const Endpoint&) = delete;

  // Inputs and commands.

  /// Takes one datagram; it is decrypted in place, so the bytes change. Whatever
  /// they are, at worst they are dropped and counted.
  /// `socket`: the one it came through. A connection answers through the socket where it hears its peer.
  void handle_datagram(Instant now, const Address& from, MutableBytes datagram, Ecn ecn = Ecn::not_ect,
                       SocketId socket = 0);
  /// Does what has become due. Calls before poll_timeout() are harmless.
  void handle_timeout(Instant now);
  /// Starts a handshake; EventType::connected or EventType::closed follows.
  /// Errors: too_many_connections, bad_key, bad_address, invalid_argument (an identity without a server_key).
  Result<ConnectionHandle> connect(Instant now, const Address& to, const ConnectOptions& options = {});
  /// Queues a message; the bytes are copied. Before the handshake has ended, too: what turns out to be larger
  /// than the peer takes, or on a channel more, is given up then, with a receipt that says lost where one was
  /// asked for, and a line in the log.
  SendResult send(Instant now, ConnectionHandle connection, ChannelId channel, Bytes message,
                  const SendOptions& options = {});
  /// Moves a connection that this side has started: to another of the caller's sockets, to another address of
  /// the server, or both. The new path is asked first, under a connection id that nobody has seen; data stays
  /// on the old one, where there still is one, until it answers, and then begins there with a new congestion
  /// window. EventType::path_changed follows; where nothing answers for some seconds, nothing does, and the
  /// old path stays. Another call takes the place of one under way. Errors: unknown_connection; invalid_state
  /// (not open, or the server's side); would_block (the server has not given an id to move with yet; it does
  /// within a round trip of `connected` or of a move); bad_address.
  Result<void> migrate(Instant now, ConnectionHandle connection, const MigrateOptions& options = {});
  /// Goes on with new keys, in both directions; the old ones are forgotten when packets under them cannot be
  /// under way any more. That happens by itself when keys are used up (TransportOptions::key_update_packets).
  /// Errors: unknown_connection; invalid_state (not open); would_block (the last update, of either side, is not
  /// over, which takes about three probe timeouts: ask again then).
  Result<void> update_keys(Instant now, ConnectionHandle connection);
  /// Ends a connection after what was queued has been sent and acknowledged, at the
  /// latest after `drain` (closing with code and reason then). EventType::closed
  /// (closed_locally) follows. `reason` is UTF-8, cut at 512 bytes.
  void close(Instant now, ConnectionHandle connection, std::uint64_t code = 0, std::string_view reason = {},
             Duration drain = std::chrono::seconds(5));
  /// As close, but at once: what was not yet acknowledged may be lost.
  void close_now(Instant now, ConnectionHandle connection, std::uint64_t code = 0,
                 std::string_view reason = {});

  // Streams: bytes in order, as much of them as the peer reads. Commands like the others.

  /// Opens a stream; the peer learns of it with the first bytes. Errors: would_block (before there
  /// are keys), too_many_streams (streams_available follows), closed, invalid_argument.
  Result<StreamId> open_stream(Instant now, ConnectionHandle connection, const StreamOptions& options = {});
  /// Takes bytes to send, as many as there is room for; they are copied. `fin`, where all were taken: nothing
  /// follows. What streams hold is bounded by TransportOptions::send_queue_bytes, of which one stream alone
  /// takes two thirds at most.
  StreamWriteResult write(Instant now, ConnectionHandle connection, StreamId stream, Bytes bytes,
                          bool fin = false);
  /// Moves the next bytes out, as many as are there and fit; the peer may send as many again. Whoever waits
  /// for one stream must read the others too, or stop them: they share the credit of the connection. Possible
  /// until EventType::closed is taken. Errors: unknown_stream, stream_reset, closed (nothing more to read, or
  /// never was), unknown_connection.
  Result<StreamRead> read(Instant now, ConnectionHandle connection, StreamId stream, MutableBytes out);
  /// Gives up sending: what the peer has not got it may never get, and it is told `code`. Errors:
  /// unknown_stream, closed (nothing to give up).
  Result<void> reset_stream(Instant now, ConnectionHandle connection, StreamId stream, std::uint64_t code);
  /// Reads no more, and asks the peer to send no more. Errors: unknown_stream, closed (as of read).
  Result<void> stop_sending(Instant now, ConnectionHandle connection, StreamId stream, std::uint64_t code);
  /// For what is sent from now on. Errors: unknown_stream, invalid_argument.
  Result<void> set_stream_priority(Instant now, ConnectionHandle connection, StreamId stream,
                                   std::uint8_t priority);

  // Outputs, to be drained after every input.

  /// Writes the next run of datagrams into `buffer` (at least 1,500 bytes; more
  /// lets runs grow, to 64 KiB). False: nothing may be sent at this time.
  bool poll_transmit(Instant now, MutableBytes buffer, Transmit& transmit);
  /// Takes the next event. False: none.
  bool poll_event(Event& event);
  /// When handle_timeout is due; absent: only an input can change anything.
  std::optional<Instant> poll_timeout() const;

  // Getters.

  Result<ConnectionInfo> info(ConnectionHandle connection) const;
  Result<ConnectionStatistics> statistics(ConnectionHandle connection) const;
  const EndpointStatistics& statistics() const;
  /// Connections that have not ended, handshaking ones included.
  std::size_t connection_count() const;

 private:
  struct Impl;
  explicit Endpoint(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace rudp
