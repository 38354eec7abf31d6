// rudp on a libuv loop: what programs use.
#pragma once

#include <uv.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <rudp/endpoint.hpp>
#include <rudp/known_servers.hpp>
#include <rudp/url.hpp>

namespace rudp::uv {

class Endpoint;
class Stream;
class Driver;  // what stands behind an Endpoint

/// Makes `text` usable where bytes are wanted; valid as long as the text is.
inline Bytes as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
/// The reverse, for messages known to be text.
inline std::string_view as_text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// For main(): the value, or the failure's sentence on standard error and the end of the program (status 1).
template <class T>
T or_exit(Result<T, Failure> result) {
  if (result) return *std::move(result);
  std::fprintf(stderr, "%s\n", result.error().sentence().c_str());
  std::exit(1);
}

/// Reads a key file, or creates one (mode 0600, whole or not at all, fsynced).
/// Errors: bad_key_file (not 32 bytes of key, readable by others), permission_denied,
/// io_error; `what` names the path.
RUDP_API Result<Identity, Failure> load_or_create_identity(const std::string& path,
                                                           Random& random = system_random());

struct Options {
  std::uint32_t struct_size = sizeof(Options);
  /// "ADDR:PORT", one socket each. An IPv6 address is bound for IPv6 only, so that
  /// "0.0.0.0:8000" and "[::]:8000" go together. Port 0: any free port. Answers leave through the socket that
  /// the client wrote to, and clients may move from one address to another. Behind 0.0.0.0 and [::] they
  /// leave from the address that was written to on Linux; elsewhere the system chooses one, so that a machine
  /// with several addresses of one family has to be bound to each of them by name. Empty: an endpoint that
  /// only connects, with a socket per address family made when needed.
  std::vector<std::string> bind{};
  Identity identity{};
  TransportOptions transport{};
  /// Asked of the system for each socket, 4 KiB to 1 GiB; what was granted is in Endpoint::sockets().
  int socket_buffer_bytes = 4 << 20;
  /// The next four are EndpointConfig's, and hold for all bound addresses together.
  std::uint32_t max_connections = 100'000;
  std::uint32_t max_half_open = 1024;
  std::uint32_t cookie_free_handshakes_per_second = 0;
  std::uint64_t message_budget_bytes = 64u << 20;
  LogSink log{};
  TraceSink trace{};
  /// EndpointConfig's, of sockets that the app bound.
  PreSharedKey pre_shared_key{};
  bool require_pre_shared_key = true;
  bool require_client_key = false;
  std::uint32_t source_handshakes_per_second = 20;
  std::uint32_t source_handshakes_burst = 5;
  /// EndpointConfig's; empty: made of the bound addresses, which tells endpoints of one machine apart.
  /// Several machines that share an identity and bind to 0.0.0.0 or [::] each need one of their own.
  std::string reset_label{};
  /// Where set, connections by an address without a key believe the key that the server had the first time,
  /// and keep it then: known_servers_file(PATH). Connections by numeric Addresses alone do not ask it.
  KnownServers known_servers{};
  /// A connection that this endpoint started moves to another socket by itself, as Connection::migrate does,
  /// when the system refuses to send through its own (no route, the interface is down, its address is gone)
  /// or would send from another address now: at once, then again after 50 ms to 1 s, until it is idle for too
  /// long. on_path_change tells; nothing is to be done. False: the app calls migrate when it sees fit.
  bool automatic_migration = true;
};

/// What a bound socket got from the system, and what the system refused since.
struct SocketInfo {
  std::uint32_t struct_size = sizeof(SocketInfo);
  Address local;                 ///< with the real port
  int receive_buffer_bytes = 0;  ///< in the measure of Options::socket_buffer_bytes
  int send_buffer_bytes = 0;
  bool segmentation_offload = false;    ///< a run of datagrams leaves in one system call (Linux, UDP_SEGMENT)
  bool receive_offload = false;         ///< and arrives in one (Linux, UDP_GRO)
  std::uint64_t datagrams_refused = 0;  ///< the system would not send them; they count as lost
  std::uint64_t datagrams_truncated = 0;  ///< arrived longer than fits, and were dropped
};

/// Names a connection of an Endpoint; a small value, freely copied. It must not
/// outlive the Endpoint; after the connection has ended every call answers closed.
class RUDP_API Connection {
 public:
  Connection() = default;

  SendResult send(ChannelId channel, Bytes message, const SendOptions& options = {});
  SendResult send(ChannelId channel, std::string_view message, const SendOptions& options = {}) {
    return send(channel, as_bytes(message), options);
  }
  /// Errors: would_block (before on_connect), too_many_streams (on_streams_available follows), closed.
  Result<Stream> open_stream(const StreamOptions& options = {});
  /// As rudp::Endpoint::update_keys. Errors: closed, invalid_state, would_block.
  Result<void> update_keys();
  /// Moves a connection that this side has started to a socket of its own: to another port, and to the
  /// network that the system prefers now; with `to`, to another address of the server, of either family.
  /// Nothing is interrupted, and on_path_change follows when the new path has answered; see
  /// rudp::Endpoint::migrate. Errors: closed; invalid_state (not open, or accepted here); would_block (just
  /// connected or moved: ask again a round trip later); bad_address; what the system says of a new socket.
  Result<void> migrate(const std::optional<Address>& to = {});
  void close(std::uint64_t code = 0, std::string_view reason = {}, Duration drain = std::chrono::seconds(5));
  void close_now(std::uint64_t code = 0, std::string_view reason = {});
  Result<ConnectionInfo> info() const;
  Result<ConnectionStatistics> statistics() const;
  /// The same for the whole life of a connection; usable as a map key.
  std::uint64_t id() const { return id_; }
  friend bool operator==(const Connection&, const Connection&) = default;

 private:
  friend class Driver;
  friend class Stream;
  Connection(Endpoint* endpoint, std::uint64_t id) : endpoint_(endpoint), id_(id) {}
  Endpoint* endpoint_ = nullptr;
  std::uint64_t id_ = 0;
};

/// Names a stream of a connection; a small value, freely copied, with the lifetime of a Connection. After the
/// stream is over every call answers so. Each function as that of rudp::Endpoint.
class RUDP_API Stream {
 public:
  Stream() = default;

  /// Takes as many bytes as there is room for, and the end where all were taken and `fin` is set; after
  /// would_block, on_stream_writable says when to go on.
  StreamWriteResult write(Bytes bytes, bool fin = false);
  StreamWriteResult write(std::string_view text, bool fin = false) { return write(as_bytes(text), fin); }
  /// Nothing follows.
  StreamWriteResult finish() { return write(Bytes(), true); }
  /// Moves out what is there; nothing and no end: on_stream_readable says when there is more. Possible in
  /// every callback before on_close.
  Result<StreamRead> read(MutableBytes out);
  Result<void> reset(std::uint64_t code);
  Result<void> stop_sending(std::uint64_t code);
  Result<void> set_priority(std::uint8_t priority);

  Connection connection() const { return connection_; }
  /// The same at both ends, and for the whole life of the connection.
  StreamId id() const { return id_; }
  friend bool operator==(const Stream&, const Stream&) = default;

 private:
  friend class Connection;
  friend class Driver;
  Stream(Connection connection, StreamId id) : connection_(connection), id_(id) {}
  Connection connection_;
  StreamId id_ = 0;
};

/// Why a connection ended.
struct Closed {
  Error error = Error::closed_locally;
  std::uint64_t code = 0;                  ///< of closed_by_peer
  std::string reason{};                    ///< of closed_by_peer: untrusted UTF-8
  std::optional<PublicKey> offered_key{};  ///< of key_changed
};

/// Sockets, a timer and a sans-IO rudp::Endpoint on one loop. Not thread-safe:
/// everything happens on the loop's thread, callbacks included. A callback may
/// call anything here, close included, but not throw, and not destroy the Endpoint
/// (only close's `done` may do that).
///
/// What a callback or the program sends leaves when the loop's turn ends, so that
/// small messages share datagrams. A bound endpoint keeps the loop alive until it is
/// closed or destroyed; one that only connects, as long as it has a connection.
class RUDP_API Endpoint {
 public:
  /// The loop must outlive the endpoint and run once more after it (libuv frees
  /// handles in their close callbacks). Binding needs an identity. Errors: invalid_config, bad_address,
  /// address_in_use, permission_denied, io_error; `what` names the field or address.
  static Result<std::unique_ptr<Endpoint>, Failure> open(uv_loop_t* loop, Options options);
  /// Drops all connections without a word to their peers; close() is polite.
  ~Endpoint();
  Endpoint(const Endpoint&) = delete;
  Endpoint& operator=(const Endpoint&) = delete;

  /// Connects by "rudp://host:port/#KEY" or Url. What is sent before on_connect is kept for it. Names are
  /// resolved in the background; addresses of both families are tried, 250 ms apart, and the first that
  /// answers wins. on_connect or on_close follows, never from inside this call. Errors: bad_address, bad_key.
  /// The address's key, where it has one, goes before options.server_key. A server that this endpoint has
  /// been to before is shown the token that it gave then, unless options has another
  /// (ConnectionInfo::address_token).
  Result<Connection, Failure> connect(std::string_view url, const ConnectOptions& options = {});
  Connection connect(const Url& url, const ConnectOptions& options = {});
  /// The same with addresses that are known already, tried in their order. More than 8 are not tried.
  Connection connect(std::vector<Address> addresses, const ConnectOptions& options = {});

  /// Each may be set once or replaced at any time; an empty one ignores.
  void on_connect(std::function<void(Connection)> callback);
  /// The message's bytes are valid during the callback.
  void on_message(std::function<void(Connection, const Message&)> callback);
  /// After send answered would_block: try again. (It may answer would_block once more, and this follows
  /// again.)
  void on_writable(std::function<void(Connection)> callback);
  void on_receipt(std::function<void(Connection, MessageId, ReceiptStatus)> callback);
  void on_close(std::function<void(Connection, const Closed&)> callback);
  /// The connection goes another way from now on, to the peer's address `remote`: this side moved it, by
  /// itself (Options::automatic_migration) or on migrate, or the peer's address or port changed. Nothing is
  /// to be done.
  void on_path_change(std::function<void(Connection, const Address& remote)> callback);
  /// The peer has opened a stream.
  void on_stream(std::function<void(Stream)> callback);
  /// Bytes or the end are there. Told again only after read has taken all there was.
  void on_stream_readable(std::function<void(Stream)> callback);
  /// After write answered would_block: there is room.
  void on_stream_writable(std::function<void(Stream)> callback);
  /// The peer has given up sending; what was not read is gone.
  void on_stream_reset(std::function<void(Stream, std::uint64_t code)> callback);
  /// The peer reads no more; what was not sent is dropped.
  void on_stream_stopped(std::function<void(Stream, std::uint64_t code)> callback);
  /// The peer's rudp has everything that was written, the end too.
  void on_stream_finished(std::function<void(Stream)> callback);
  /// After open_stream answered too_many_streams: there is room.
  void on_streams_available(std::function<void(Connection)> callback);

  /// Closes every connection with `code` and `reason` as Connection::close does, and
  /// those that still arrive at once; then closes the sockets and calls `done` once,
  /// from the loop. After that connect answers with on_close (Error::closed).
  void close(std::uint64_t code, std::string_view reason, Duration drain, std::function<void()> done);

  /// Where it is bound, and what buffers the system granted.
  const std::vector<SocketInfo>& sockets() const;
  /// The address to hand to clients of socket `index`: rudp://ADDR:PORT/#KEY. Where the socket is bound
  /// to every address of the machine, ADDR is the loopback's. Empty: there is no such socket.
  std::string url(std::size_t index = 0) const;
  /// The sum over all sockets.
  const EndpointStatistics& statistics() const;
  /// The loop's time as rudp sees it.
  Instant now() const;

 private:
  friend class Connection;
  friend class Stream;
  explicit Endpoint(std::unique_ptr<Driver> driver);
  std::unique_ptr<Driver> driver_;
};

}  // namespace rudp::uv
