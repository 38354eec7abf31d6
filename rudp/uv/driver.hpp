// What stands behind a uv::Endpoint: its bindings, its connections and its callbacks, and the order in which
// a turn of the loop serves them.
//
//   driver.cpp           opening, the turn, closing
//   driver_connect.cpp   from an address to a core connection
//   driver_send.cpp      what the app asks of a connection
//   driver_streams.cpp   streams, both ways
//   driver_paths.cpp     connections that move
//   driver_relocate.cpp  and those that have to, since their network is gone
//   driver_events.cpp    what the core tells, to the app's callbacks
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <rudp/uv_endpoint.hpp>

#include "base/slot_map.hpp"
#include "uv/binding.hpp"
#include "uv/callback.hpp"
#include "uv/handle.hpp"
#include "uv/network_watch.hpp"
#include "uv/peer.hpp"
#include "uv/timer.hpp"
#include "uv/token_cache.hpp"

namespace rudp::uv {

class Driver final : private BindingOwner {
 public:
  static Result<std::unique_ptr<Driver>, Failure> open(uv_loop_t* loop, Options options);
  ~Driver();
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;

  /// The address that Connections carry. REQUIRES: called once, before the loop runs.
  void set_endpoint(Endpoint* endpoint) { endpoint_ = endpoint; }

  Callback<Connection> on_connect;
  Callback<Connection, const Message&> on_message;
  Callback<Connection> on_writable;
  Callback<Connection, MessageId, ReceiptStatus> on_receipt;
  Callback<Connection, const Closed&> on_close;
  Callback<Connection, const Address&> on_path_change;
  Callback<Stream> on_stream;
  Callback<Stream> on_readable;
  Callback<Stream> on_stream_writable;
  Callback<Stream, std::uint64_t> on_stream_reset;
  Callback<Stream, std::uint64_t> on_stream_stopped;
  Callback<Stream> on_stream_finished;
  Callback<Connection> on_streams_available;

  Connection connect(const Url& url, ConnectOptions options);
  Connection connect(std::vector<Address> addresses, const ConnectOptions& options);
  void close(std::uint64_t code, std::string_view reason, Duration drain, std::function<void()> done);

  SendResult send(PeerId id, ChannelId channel, Bytes message, const SendOptions& options);
  Result<void> update_keys(PeerId id);
  Result<void> migrate(PeerId id, const std::optional<Address>& to);
  Result<StreamId> open_stream(PeerId id, const StreamOptions& options);
  StreamWriteResult write(PeerId id, StreamId stream, Bytes bytes, bool fin);
  Result<StreamRead> read(PeerId id, StreamId stream, MutableBytes out);
  Result<void> reset_stream(PeerId id, StreamId stream, std::uint64_t code);
  Result<void> stop_sending(PeerId id, StreamId stream, std::uint64_t code);
  Result<void> set_stream_priority(PeerId id, StreamId stream, std::uint8_t priority);
  void close_peer(PeerId id, std::uint64_t code, std::string_view reason, Duration drain);
  void close_peer_now(PeerId id, std::uint64_t code, std::string_view reason);
  Result<ConnectionInfo> info(PeerId id) const;
  Result<ConnectionStatistics> statistics(PeerId id) const;

  const std::vector<SocketInfo>& sockets();
  std::string url(std::size_t index);
  const EndpointStatistics& statistics();

 private:
  /// Events that no core gave.
  struct Writable {};
  struct Receipt {
    MessageId id = 0;
    ReceiptStatus status = ReceiptStatus::lost;
  };
  struct Local {
    PeerId peer = 0;
    std::variant<Closed, Receipt, Writable> what;
  };
  struct Closing {
    std::uint64_t code = 0;
    std::string reason;
    std::optional<Instant> linger_until;  // set when the last connection has ended
    std::vector<std::function<void()>> done;
  };
  enum class State { running, closing, closed };

  Driver(uv_loop_t* loop, Options options);
  Result<void, Failure> start();
  Result<void, Failure> bind();
  EndpointConfig core_config(bool accept) const;
  void log(LogLevel level, const std::string& line) const;
  void log_grants(const Binding& binding) const;

  // The turn.
  void on_work() override { note_work(); }
  void on_due() override;
  /// There is something for a turn to do. The loop does not sleep before it, wherever in its round this is
  /// called: the prepare handle of this driver may have had its call already.
  void note_work();
  void stay_awake();
  void turn_after_poll();
  void turn();
  void drain_all();
  void keep_loop_alive();
  void linger(Instant now);
  bool is_quiet() const;
  void finish();

  // From an address to a route.
  PeerId new_peer();
  Connection connect_named(const Url& url, const ConnectOptions& options);
  Connection refuse(Closed why);
  Peer* peer(PeerId id);
  const Peer* peer(PeerId id) const { return const_cast<Driver*>(this)->peer(id); }
  void on_resolved(PeerId id, Result<std::vector<Address>, Failure> addresses);
  void begin_attempts(PeerId id, Peer& peer, std::vector<Address> addresses);
  Result<Binding*, Failure> binding_for(const Address& to);
  void attempt(PeerId id, Peer& peer, Instant now);
  void start_attempt(PeerId id, Peer& peer, const Address& to, Instant now);
  void attempt_failed(PeerId id, Peer& peer, const std::optional<Route>& route, Closed why);
  void adopt(PeerId id, Peer& peer, const Route& route);
  void keep_token(const Route& route);
  bool keep_key(PeerId id, Peer& peer, const Route& route);
  Result<void, Failure> pin(const std::string& name, const PublicKey& key);
  void abandon_attempts(Peer& peer, const Route* winner);
  void end(PeerId id, Peer& peer, Closed why);
  void wait_for(PeerId id, Instant now);
  void poll_waiting();
  std::optional<Instant> poll_waiting(PeerId id, Instant now);

  // Streams.
  const Route* route_of(PeerId id);

  // What was asked before it could be done.
  void forward_early(PeerId id, Peer& peer);
  bool forward(PeerId id, Peer& peer, const EarlyMessage& message);
  void drop_early(PeerId id, Peer& peer);
  void give_receipt(PeerId id, const EarlyMessage& message, ReceiptStatus status);
  void pass_on_close(Peer& peer);
  void deliver_local();

  // What the core tells.
  void on_event(Binding& binding, const Event& event) override;
  void on_connected(PeerId id, const Route& route);
  void on_accepted(const Route& route);
  void on_core_writable(PeerId id);
  void on_path_changed(PeerId id, const Event& event);
  void close_sockets(Peer& peer);
  Result<void> begin_move(Peer& peer, SocketId socket, const std::optional<Address>& to);

  // Connections whose network is gone.
  void on_unreachable(Binding& binding, SocketId socket, const Address& to) override;
  void watch_network(Peer& peer);
  void look_for_lost();
  void tell_refusals(Peer& peer, Instant now);
  void tell_change(Peer& peer, Instant now);
  void relocate(Peer& peer, Instant now);
  Result<SocketId, Failure> socket_to_relocate(const Peer& peer, bool is_v4, Instant now);
  std::optional<Address> source_of(const Peer& peer);
  void on_stream_event(PeerId id, const Event& event);
  void on_receipt_event(PeerId id, const Event& event);
  void on_closed(PeerId id, const Route& route, const Event& event);
  Connection connection(PeerId id) const { return Connection(endpoint_, id); }

  uv_loop_t* loop_;
  Options options_;
  Endpoint* endpoint_ = nullptr;
  State state_ = State::running;
  std::optional<Closing> closing_;
  bool has_work_ = false;
  bool is_due_ = false;   // of some binding
  bool serving_ = false;  // bound by the app, which keeps the loop alive

  base::SlotMap<std::unique_ptr<Peer>> peers_;
  std::deque<Local> local_;
  std::vector<PeerId> waiting_;  // peers with an attempt or a close to be seen to in time
  std::optional<Instant> waiting_due_;

  /// A send that the system refused since the last turn.
  struct Refusal {
    Binding* binding = nullptr;
    SocketId socket = 0;
    Address to;

    friend bool operator==(const Refusal&, const Refusal&) = default;
  };
  /// The socket that the last connection was moved to, for others that lose the same one in the same moment.
  struct Refuge {
    Binding* binding = nullptr;
    SocketId from = 0;
    SocketId socket = 0;
    bool is_v4 = false;
    Instant made_at;
  };
  std::vector<Refusal> refusals_;
  std::optional<Refuge> refuge_;
  bool network_changed_ = false;
  std::unique_ptr<NetworkWatch> network_watch_;  // from the first connection that may move by itself

  TokenCache tokens_;
  std::vector<SocketInfo> socket_infos_;
  EndpointStatistics statistics_;

  std::vector<std::unique_ptr<Binding>> bindings_;
  std::unique_ptr<Timer> timer_;
  Handle<uv_prepare_t> prepare_;
  Handle<uv_check_t> check_;
  Handle<uv_idle_t> again_;  // running: the loop does not sleep before the next turn
};

}  // namespace rudp::uv
