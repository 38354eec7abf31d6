// The sockets of a binding: the one it was opened with, which is 0, and one for each connection that moved.
#pragma once

#include <memory>
#include <vector>

#include "uv/socket.hpp"

namespace rudp::uv {

/// What sockets tell the binding. None of these may end the set.
class SocketSetOwner {
 public:
  virtual void on_received(SocketId socket, const Received& received) = 0;
  /// What waited in one of them has been sent.
  virtual void on_writable() = 0;

 protected:
  ~SocketSetOwner() = default;
};

class SocketSet {
 public:
  static Result<std::unique_ptr<SocketSet>, Failure> open(uv_loop_t* loop, const Address& local,
                                                          int buffer_bytes, SocketSetOwner& owner);
  SocketSet(const SocketSet&) = delete;
  SocketSet& operator=(const SocketSet&) = delete;

  /// One more, on a free port of whatever address the system prefers. Errors: as Socket::open.
  Result<SocketId, Failure> add(bool is_v4);
  /// Ends an added one when what its connection still says has left; see sweep().
  void close(SocketId socket);
  /// Call after each drain. True: some are about to close, so come again.
  bool sweep();
  std::size_t size() const { return members_.size(); }

  /// As those of Socket: runs are written to where the first socket sends from.
  MutableBytes space() { return first().space(); }
  /// Takes the run for the socket that it names; what that one has no room for is lost, as on a full link.
  void push(const Transmit& run);
  void flush();
  bool blocked() const { return members_.front()->socket->blocked(); }
  const SocketInfo& info() const { return members_.front()->socket->info(); }

 private:
  /// Passes on what its socket says, with the socket's name.
  struct Member final : SocketReceiver {
    Member(SocketSetOwner& its_owner, SocketId its_id) : owner(its_owner), id(its_id) {}
    void on_received(const Received& received) override { owner.on_received(id, received); }
    void on_writable() override { owner.on_writable(); }

    SocketSetOwner& owner;
    SocketId id;
    int drains_left = -1;  // until it is gone; negative: it stays
    std::unique_ptr<Socket> socket;
  };

  SocketSet(uv_loop_t* loop, int buffer_bytes, SocketSetOwner& owner)
      : loop_(loop), buffer_bytes_(buffer_bytes), owner_(owner) {}
  Result<SocketId, Failure> open_member(const Address& local);
  Socket& first() { return *members_.front()->socket; }
  Member* find(SocketId socket);

  uv_loop_t* loop_;
  int buffer_bytes_;
  SocketSetOwner& owner_;
  SocketId next_id_ = 0;
  std::vector<std::unique_ptr<Member>> members_;
};

}  // namespace rudp::uv
