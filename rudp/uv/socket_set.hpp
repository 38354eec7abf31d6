// The sockets of a binding: those that it was opened with, which are 0, 1, 2... and stay, and one for each
// connection that moved.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "uv/socket.hpp"

namespace rudp::uv {

/// What sockets tell the binding. None of these may end the set.
class SocketSetOwner {
 public:
  /// `socket` names the address of ours, too, where that is known: see with_local().
  virtual void on_received(SocketId socket, const Received& received) = 0;
  /// What waited in one of them has been sent.
  virtual void on_writable() = 0;
  /// As SocketReceiver::on_unreachable.
  virtual void on_unreachable(SocketId socket, const Address& to) = 0;

 protected:
  ~SocketSetOwner() = default;
};

class SocketSet {
 public:
  /// One socket for each address. REQUIRES: one at least. Errors: as Socket::open.
  static Result<std::unique_ptr<SocketSet>, Failure> open(uv_loop_t* loop, std::span<const Address> locals,
                                                          int buffer_bytes, SocketSetOwner& owner,
                                                          Source source = Source::chosen_by_system);
  SocketSet(const SocketSet&) = delete;
  SocketSet& operator=(const SocketSet&) = delete;

  /// One more, on a free port of whatever address the system prefers. Errors: as Socket::open.
  Result<SocketId, Failure> add(bool is_v4);
  /// An added one serves one connection more, and has to be closed once more. False: it is gone.
  bool share(SocketId socket);
  /// Ends an added one when the last that it serves has closed it and all of them have said what they still
  /// have to say, until `at`; see sweep(). It takes nobody new.
  void close(SocketId socket, Instant at);
  /// Call after each drain: closes those whose time has come. When it comes for the next; absent: for none.
  std::optional<Instant> sweep(Instant now);
  std::size_t size() const { return members_.size(); }

  /// As those of Socket. Runs are written to where the last one left from, as the next often does, too.
  MutableBytes space();
  /// Takes the run for the socket that it names, with an address of ours or without, from the start of
  /// space(). What that one has no room for is lost, as on a full link.
  void push(const Transmit& run);
  void flush();
  /// While no connection has a socket of its own, one that takes nothing holds all back, so that nothing is
  /// lost. Beside such sockets it does not: the network that a connection left may never take anything again.
  bool blocked() const;
  /// Those that it was opened with.
  std::size_t bound_count() const { return bound_count_; }
  /// REQUIRES: at < bound_count().
  const SocketInfo& info(std::size_t at) const { return members_[at]->socket->info(); }

 private:
  /// Passes on what its socket says, with the socket's name.
  struct Member final : SocketReceiver {
    Member(SocketSetOwner& its_owner, SocketId its_id) : owner(its_owner), id(its_id) {}
    void on_received(const Received& received) override {
      owner.on_received(with_local(id, received.local), received);
    }
    void on_writable() override { owner.on_writable(); }
    void on_unreachable(const Address& to) override { owner.on_unreachable(id, to); }

    SocketSetOwner& owner;
    SocketId id;
    int users = 1;
    Instant needed_until = Instant::min();  // for what those that closed it still say
    std::unique_ptr<Socket> socket;
  };

  SocketSet(uv_loop_t* loop, int buffer_bytes, SocketSetOwner& owner)
      : loop_(loop), buffer_bytes_(buffer_bytes), owner_(owner) {}
  Result<SocketId, Failure> open_member(const Address& local, Source source);
  Member* find(SocketId socket);
  Member* find_open(SocketId socket);

  uv_loop_t* loop_;
  int buffer_bytes_;
  SocketSetOwner& owner_;
  SocketId next_id_ = 0;
  std::size_t bound_count_ = 0;
  std::vector<std::unique_ptr<Member>> members_;  // by rising id
  SocketId writing_ = 0;                          // where space() is
};

}  // namespace rudp::uv
