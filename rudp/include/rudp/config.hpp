// Everything that can be chosen, each with its unit, its range and its default.
//
// Every struct here begins with its own size, so that later versions can add
// fields at the end without breaking programs built against this one.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <rudp/error.hpp>
#include <rudp/identity.hpp>
#include <rudp/pre_shared_key.hpp>
#include <rudp/trace.hpp>
#include <rudp/types.hpp>

namespace rudp {

/// How one message is to travel.
struct SendOptions {
  std::uint32_t struct_size = sizeof(SendOptions);
  Delivery delivery = Delivery::reliable_ordered;
  std::uint8_t priority = 4;           ///< 0 (first) to 7 (last)
  std::optional<Duration> deadline{};  ///< from the call of send; absent: as long as the connection lives
  bool receipt = false;                ///< report delivered, expired or lost as an event
};

/// Which congestion controller a connection uses.
enum class ControllerKind : std::uint8_t {
  cubic_floor = 0,  ///< CUBIC (RFC 9438) with a bandwidth floor: holds a lossy link, shares fairly
  cubic = 1,        ///< CUBIC (RFC 9438) with HyStart++ (RFC 9406)
  new_reno = 2,     ///< NewReno (RFC 9002, appendix B)
};

/// Limits and timers of a connection. Both sides may differ; what concerns the
/// peer is told to it in the handshake.
struct TransportOptions {
  std::uint32_t struct_size = sizeof(TransportOptions);
  /// Silence after which a connection is given up; 1 s to 10 min. The smaller of both sides' holds.
  Duration max_idle = std::chrono::seconds(30);
  /// Silence after which a PING keeps the connection and its NAT binding alive; 0 turns it off, else less
  /// than max_idle.
  Duration keep_alive = std::chrono::seconds(10);
  /// How long connect keeps trying; 1 s to 10 min.
  Duration handshake_timeout = std::chrono::seconds(45);
  /// Longest an ack is held back; 1 to 1,000 ms.
  Duration max_ack_delay = std::chrono::milliseconds(25);
  /// Largest message accepted from the peer, in bytes; 1 KiB to 1 GiB.
  std::uint64_t max_message_bytes = 16u << 20;
  /// Credit for messages granted at the start, in bytes; 16 KiB to 64 MiB.
  std::uint64_t initial_message_credit_bytes = 256u << 10;
  /// Payload that send may queue before it answers would_block, in bytes; 4 KiB to 1 GiB. The same again is
  /// for what was written to streams.
  std::uint64_t send_queue_bytes = 1u << 20;
  /// Channels ever used on a connection, in each direction, where the other side allows as many; 1 to 65,536.
  std::uint32_t max_channels = 1024;
  /// UDP payload of the packets sent, at most, in bytes; 1,200 to 1,472. With discover_mtu (and IPv6, 1,452 at
  /// most) packets begin with 1,200 and have what the path was found to carry; without it, this from the start,
  /// whether the path carries it or not.
  std::uint16_t max_datagram_bytes = 1472;
  ControllerKind controller = ControllerKind::cubic_floor;
  /// The only cipher to offer and to take; absent: all that this machine is good at. An endpoint cannot be
  /// made (invalid_config) with AES-256-GCM alone on a processor without instructions for it.
  std::optional<Cipher> only_cipher{};
  /// Packets after which a side renews its keys, 16 to 2^32; 0: when the cipher asks for it, which is earlier
  /// than 2^32 with AES-256-GCM only (2^22). Endpoint::update_keys does it at any time.
  std::uint64_t key_update_packets = 0;
  /// Credit for all streams together at the start, in bytes; 16 KiB to 64 MiB.
  std::uint64_t initial_data_bytes = 256u << 10;
  /// Credit for each stream at the start, in bytes; 4 KiB to 64 MiB.
  std::uint64_t initial_stream_data_bytes = 64u << 10;
  /// How far these may grow while they hold the peer back, in bytes; initial_data_bytes to 1 GiB. What goes
  /// beyond the start is taken from EndpointConfig::message_budget_bytes, half of which streams leave alone.
  std::uint64_t max_stream_window_bytes = 8u << 20;
  /// Streams of each direction that the peer may have open at a time; 0 to 65,536.
  std::uint32_t max_streams = 128;
  /// Find out how large packets the path carries (RFC 8899), and notice where it no longer does. Costs a padded
  /// packet now and then while packets are full, and nothing where they are not.
  bool discover_mtu = true;
  /// Mark packets as ECN-capable (RFC 3168) where the path passes the marks on unharmed; routers can then ask
  /// for less without dropping anything.
  bool ecn = true;
  /// For flows of small messages that cannot wait for a round trip, as of games and talk: a packet with a new
  /// message of at most 512 bytes carries the one before it again while that is not acknowledged, and so does
  /// a probe. Three bytes are repeated for two new ones at most, none where data waits or half of the window
  /// is in use. An end with it also acknowledges such flows twice, so choose it at both ends; it works with one.
  bool low_latency = false;
};

enum class LogLevel : std::uint8_t { debug, info, warning, error };

/// Receives one line of English without secrets. Called from inside the
/// endpoint's functions: it must not call back into the endpoint.
using LogSink = std::function<void(LogLevel, std::string_view)>;

/// What an endpoint is and how much it may use.
struct EndpointConfig {
  std::uint32_t struct_size = sizeof(EndpointConfig);
  /// The long-term key. Needed to accept connections; an endpoint without one can only connect. Where several
  /// share one, each needs a reset_label of its own.
  Identity identity{};
  /// Answer INITs of others. Needs an identity.
  bool accept = false;
  TransportOptions transport{};
  /// Connections in all, half-open ones included; 1 to 1,000,000.
  std::uint32_t max_connections = 100'000;
  /// Accepted connections whose client has not been heard with its new keys yet; 1 to 100,000.
  std::uint32_t max_half_open = 1024;
  /// Handshakes a second that are answered without a cookie, for the first round trip of new clients; 0:
  /// always a cookie.
  std::uint32_t cookie_free_handshakes_per_second = 0;
  /// Memory for partial and unread messages beyond each connection's first credit, in bytes, for all
  /// connections together. Who asked for it and does not send keeps it for ten seconds; what comes later all
  /// the same may take as much again, and ends its connection beyond that (Error::out_of_memory).
  std::uint64_t message_budget_bytes = 64u << 20;
  LogSink log{};      ///< may be empty
  TraceSink trace{};  ///< may be empty; costs a branch per event then
  /// A secret that this server's clients have, too; only they can connect then.
  PreSharedKey pre_shared_key{};
  /// Of a server with a pre_shared_key: turn away clients that do not use it. False: answer both kinds.
  bool require_pre_shared_key = true;
  /// Turn away clients that do not prove a key of their own (ConnectOptions::identity). Which of them are
  /// welcome is the application's decision, by ConnectionInfo::peer_key when it is connected.
  bool require_client_key = false;
  /// Handshakes that one IPv4 address, or one IPv6 /64, gets in a second, and at once after a rest; each 1 to
  /// 100,000. They hold under load only: when half of max_half_open is in use, or after 1,000 handshakes a
  /// second (2,000 at once) of all clients together.
  std::uint32_t source_handshakes_per_second = 20;
  std::uint32_t source_handshakes_burst = 5;
  /// Tells endpoints that accept with one identity from one another, and is the same after a restart: the
  /// address it is reached at, or a name. Any bytes. With the label of another one an endpoint would answer
  /// for ids of that one's connections with the RESET that ends them (threat M6; RFC 9000 21.11).
  std::string reset_label{};

  /// Checks every range above. Errors: invalid_config; `what` begins with the
  /// field's name, e.g. "transport.max_idle: 0 s, must be 1 s to 600 s".
  RUDP_API Result<void, Failure> validate() const;
};

/// When a client with an identity shows its public key. Nobody who listens sees it either way.
enum class IdentityPattern : std::uint8_t {
  /// After the server has proved its own key: an impostor learns nothing, not even later, with the server's
  /// stolen key. Costs a third handshake message, which travels with the first data.
  xk = 0,
  /// In the first message: two messages suffice, but whoever steals the server's key can tell from a recording
  /// who connected.
  ik = 1,
};

/// What a server gave a client to prove its address with the next time (ConnectionInfo::address_token).
using AddressToken = std::array<std::uint8_t, 40>;

/// How to reach a server.
struct ConnectOptions {
  std::uint32_t struct_size = sizeof(ConnectOptions);
  /// The server's key. Present: pattern NK, and only the holder of that key can
  /// answer. Absent: pattern NX, trust on first use; the key that answered is in
  /// ConnectionInfo::peer_key for the app to pin.
  std::optional<PublicKey> server_key{};
  /// When a pinned handshake has had no answer for 2 s, ask once beside it (NX, where it began late for at
  /// most 3 s after the timeout) which key the server has, to tell key_changed, within 4 s or so, from
  /// handshake_timeout. It never connects.
  bool probe_changed_key = true;
  /// The client's own key, which it proves to the server; needs server_key. Empty: the client stays anonymous.
  Identity identity{};
  IdentityPattern identity_pattern = IdentityPattern::xk;
  /// The secret that the server has, too (EndpointConfig::pre_shared_key). A server without it does not answer.
  PreSharedKey pre_shared_key{};
  /// Of an earlier connection to the same server from the same address, at most a day old: saves a round trip.
  /// One that is not good any more does no harm. Use each once, or observers can link the connections.
  std::optional<AddressToken> address_token{};
  /// The caller's socket to send through, where it has several.
  SocketId socket = 0;
};

}  // namespace rudp
