// The local socket on which rchatctl asks.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include <rudp/error.hpp>

#include "server/admin_protocol.hpp"
#include "server/loop.hpp"

namespace server {

/// The longest path that every system's local sockets take.
constexpr std::size_t kSocketPathBytesMax = 103;

class AdminSocket {
 public:
  /// Names who asked; never reused.
  using ClientId = std::uint64_t;
  using OnRequest = std::function<void(ClientId, const AdminRequest&)>;

  static constexpr std::size_t kClientsMax = 16;  // only the owner gets here; more are a mistake

  /// Listens on `path` (mode 0600), in place of a socket that an earlier run left
  /// over. REQUIRES: no other process serves that path; the caller holds the lock.
  /// Errors: a sentence.
  static rudp::Result<std::unique_ptr<AdminSocket>, std::string> open(Loop& loop, const std::string& path,
                                                                      OnRequest on_request);
  /// Closes every connection and removes the socket's file.
  ~AdminSocket();
  AdminSocket(const AdminSocket&) = delete;
  AdminSocket& operator=(const AdminSocket&) = delete;

  /// Nobody new gets in, and the path is free for another process.
  void stop_listening();
  /// Sends `answer` and closes; with `stay`, only this object's end closes.
  /// Harmless when the client is gone.
  void answer(ClientId client, std::string answer, bool stay = false);

 private:
  struct Client;
  AdminSocket(std::string path, OnRequest on_request);
  int listen(Loop& loop);
  void accept();
  void on_line(Client& client, const std::string& line);
  void drop(ClientId id);

  std::string path_;
  OnRequest on_request_;
  Handle<uv_pipe_t> listener_;
  std::map<ClientId, std::unique_ptr<Client>> clients_;
  ClientId last_id_ = 0;
};

}  // namespace server
