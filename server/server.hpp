// rchatd: the chat service on a loop, between clients, disk and hash workers.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <rudp/uv_endpoint.hpp>

#include "chat/password_pool.hpp"
#include "chat/service.hpp"
#include "chat/storage/threaded_store.hpp"
#include "server/admin_socket.hpp"
#include "server/effects.hpp"
#include "server/foundation.hpp"
#include "server/loop.hpp"
#include "server/outgoing.hpp"
#include "server/status.hpp"

namespace server {

/// Everything happens on the thread that calls run(), but for the store's thread
/// and the hash workers, which only ever wake it.
class Server final : private Connections {
 public:
  /// Stopping takes no longer than both, and what the disk needs for what it was given.
  static constexpr rudp::Duration kFinishMax = std::chrono::seconds(2);  // requests under way
  static constexpr rudp::Duration kDrainMax = std::chrono::seconds(2);   // answers on their way
  static constexpr std::uint32_t kRetryAfterFailureMs = 5'000;

  /// Opens everything and listens. Errors: a sentence.
  static rudp::Result<std::unique_ptr<Server>, std::string> open(const Config& config);
  ~Server() override;

  /// One line for each address that it listens on, without line feeds.
  std::vector<std::string> ready_lines() const;
  /// Until it was stopped. Answers why it could not go on, or nothing when it stopped as asked.
  std::string run();

 private:
  Server(const Config& config, Foundation base);
  rudp::Result<void, std::string> start_endpoint();
  rudp::Result<void, std::string> start_admin();
  rudp::uv::Options endpoint_options() const;
  void log_started();

  // Inputs of the service. Each ends with pump().
  void on_connect(rudp::uv::Connection connection);
  void on_message(rudp::uv::Connection connection, const rudp::Message& message);
  void on_writable(rudp::uv::Connection connection);
  void on_close(rudp::uv::Connection connection, const rudp::uv::Closed& closed);
  void on_completions();
  void on_timer();
  void pump();
  std::optional<rudp::Instant> next_timeout() const;

  // Connections.
  rudp::SendStatus send(chat::SessionId session, rudp::Bytes bytes) override;
  void close(chat::SessionId session, std::uint64_t code, std::string_view reason,
             rudp::Duration drain) override;

  // Administration.
  void on_request(AdminSocket::ClientId client, const AdminRequest& request);
  void count_rows(AdminSocket::ClientId client, StatusFormat format);
  void on_rows_counted(chat::OperationId operation, const chat::StoreReply& reply);
  Status status(const chat::StoreCounts& stored) const;

  // The end, in its steps: tell all, wait for requests under way, close the connections, then the rest.
  struct Stopping {
    rudp::Instant step_ends;
    bool is_draining = false;
    std::string failure;
  };
  void stop(const chat::ServerClosing& notice, const std::string& log_reason, const std::string& failure);
  void on_stop_signal();
  void continue_stop(rudp::Instant at);
  void close_rest();
  void log_own(rudp::LogLevel level, std::string_view event, const JsonObject& fields);

  /// Operations of the server itself; the service counts its own from 1.
  static constexpr chat::OperationId kFirstOwnOperation = chat::OperationId{1} << 63;
  struct StatusQuestion {
    AdminSocket::ClientId client = 0;
    StatusFormat format = StatusFormat::table;
  };

  const Config config_;
  const rudp::Instant started_at_;
  Foundation base_;
  Loop loop_;
  WakeUp wake_;
  Timer timer_;
  Signals stop_signals_;
  Signals broken_pipe_;
  std::unique_ptr<chat::PasswordPool> passwords_;
  std::unique_ptr<chat::ThreadedStore> store_;
  chat::Service service_;
  Outgoing outgoing_;
  Effects effects_;
  std::unordered_map<chat::SessionId, rudp::uv::Connection> connections_;
  std::map<chat::OperationId, StatusQuestion> status_questions_;
  chat::OperationId next_own_operation_ = kFirstOwnOperation;
  std::optional<Stopping> stopping_;
  bool is_pumping_ = false;
  std::unique_ptr<AdminSocket> admin_;
  std::unique_ptr<rudp::uv::Endpoint> endpoint_;
};

}  // namespace server
