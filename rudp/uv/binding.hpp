// Sockets and the sans-IO endpoint behind them: those that were bound, and those that connections moved to.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include <rudp/uv_endpoint.hpp>

#include "uv/peer.hpp"
#include "uv/socket_set.hpp"
#include "uv/timer.hpp"

namespace rudp::uv {

/// What the driver does with what comes out of a core endpoint.
class BindingOwner {
 public:
  /// May call anything but the binding's drain.
  virtual void on_event(Binding& binding, const Event& event) = 0;
  /// The binding has work: drain it before the loop's turn ends.
  virtual void on_work() = 0;
  /// A deadline of the binding is over: call handle_due once what has arrived by now was taken.
  virtual void on_due() = 0;
  /// As SocketReceiver::on_unreachable. May call nothing of the binding.
  virtual void on_unreachable(Binding& binding, SocketId socket, const Address& to) = 0;

 protected:
  ~BindingOwner() = default;
};

/// Feeds datagrams and time to a rudp::Endpoint, and carries away what it gives.
class Binding final : private SocketSetOwner {
 public:
  /// With a socket for each address, one at least.
  static Result<std::unique_ptr<Binding>, Failure> open(uv_loop_t* loop, std::span<const Address> locals,
                                                        int buffer_bytes, EndpointConfig config,
                                                        BindingOwner& owner);
  Binding(const Binding&) = delete;
  Binding& operator=(const Binding&) = delete;

  const rudp::Endpoint& core() const { return *core_; }
  /// For a command to the core; it will be drained.
  rudp::Endpoint& command();
  /// The bound sockets. REQUIRES: at < socket_count().
  std::size_t socket_count() const { return sockets_->bound_count(); }
  const SocketInfo& info(std::size_t at) const { return sockets_->info(at); }
  /// The first bound socket that reaches addresses of that family.
  std::optional<SocketId> socket_for(bool is_v4) const;

  /// Another socket for one connection of the core. Errors: as Socket::open.
  Result<SocketId, Failure> add_socket(bool is_v4) { return sockets_->add(is_v4); }
  /// The same socket for one more; see SocketSet::share.
  bool share_socket(SocketId socket) { return sockets_->share(socket); }
  /// Closes an added one, after `linger`; a bound one stays.
  void close_socket(SocketId socket, Duration linger = Duration::zero());

  /// Which peer a connection of the core belongs to; 0: none yet.
  PeerId peer_of(ConnectionHandle handle) const;
  void assign(ConnectionHandle handle, PeerId peer);

  /// Does what the deadline was for; nothing where there was none. Inputs go before timers, so that an ack
  /// that is here is not overtaken by the timer that waits for it.
  void handle_due();

  bool has_work() const { return has_work_; }
  /// Hands on events and sends, until nothing is left or its share of the loop's turn is used up; then, as
  /// where a callback made new work, has_work stays.
  void drain();

 private:
  explicit Binding(BindingOwner& owner) : owner_(owner) {}
  void on_received(SocketId socket, const Received& received) override;
  void on_writable() override;
  void on_unreachable(SocketId socket, const Address& to) override {
    owner_.on_unreachable(*this, socket, to);
  }
  void note_work();
  bool dispatch();  // whether there was anything
  void transmit(Instant now);
  bool transmit_run(Instant now);
  void set_timer(Instant now);

  struct Owned {
    std::uint32_t generation = 0;
    PeerId peer = 0;
  };

  BindingOwner& owner_;
  bool has_work_ = false;
  bool is_due_ = false;
  std::vector<Owned> owned_;  // by ConnectionHandle::index
  std::unique_ptr<rudp::Endpoint> core_;
  std::unique_ptr<Timer> timer_;
  std::unique_ptr<SocketSet> sockets_;
};

}  // namespace rudp::uv
