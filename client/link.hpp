// The connection to the server, kept up: connects, sends, comes back after a loss.
#pragma once

#include <uv.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include <rudp/uv_endpoint.hpp>

#include "client/loop_handle.hpp"
#include "client/retry_pace.hpp"

namespace client {

class Link {
 public:
  struct Callbacks {
    std::function<void()> on_up;
    std::function<void(const rudp::uv::Closed&)> on_down;
    std::function<void(rudp::Bytes)> on_message;
    std::function<void()> on_writable;
  };
  /// A dead server is told within max_idle, a missing one within handshake_timeout,
  /// one with another key within half of that.
  static constexpr rudp::Duration kMaxIdle = std::chrono::seconds(15);
  static constexpr rudp::Duration kKeepAlive = std::chrono::seconds(4);
  static constexpr rudp::Duration kHandshakeTimeout = std::chrono::seconds(8);

  /// Opens nothing but a local endpoint. Errors: as uv::Endpoint::open.
  static rudp::Result<std::unique_ptr<Link>, rudp::Failure> open(uv_loop_t* loop, const rudp::Url& server,
                                                                 Callbacks callbacks);
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  /// Tries once; on_up or on_down follows.
  void connect();
  /// Tries again after a while, see RetryPace.
  void connect_later();
  /// The server asks for so long a pause before the next connection.
  void pause(rudp::Duration least) { pace_.pause(least); }
  bool is_up() const { return is_up_; }

  /// The key by which every further connection is known.
  void pin(const rudp::PublicKey& key) { server_.key = key; }
  /// The key that the server showed. REQUIRES: is_up().
  rudp::PublicKey peer_key() const;

  /// False: full; on_writable follows. REQUIRES: is_up().
  bool send(const std::vector<std::uint8_t>& message);
  /// Ends this connection, as a loss does.
  void drop() { connection_.close_now(); }
  /// Ends everything politely; `done` follows once.
  void close(std::function<void()> done);
  rudp::Instant now() const { return endpoint_->now(); }

 private:
  Link(uv_loop_t* loop, const rudp::Url& server, Callbacks callbacks);
  void listen();
  void handle_down(const rudp::uv::Closed& closed);

  rudp::Url server_;
  Callbacks callbacks_;
  std::unique_ptr<rudp::uv::Endpoint> endpoint_;
  rudp::uv::Connection connection_;
  LoopTimer retry_;
  bool is_up_ = false, is_closing_ = false;
  RetryPace pace_;
};

}  // namespace client
