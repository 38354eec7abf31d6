// What `rchatctl status` tells, as values; for people a table, for programs JSON.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <rudp/endpoint.hpp>

#include "chat/service.hpp"
#include "chat/storage/store.hpp"
#include "chat/storage/store_health.hpp"

namespace server {

/// One address that the server listens on.
struct ListenStatus {
  std::string address;
  std::uint64_t receive_buffer_bytes = 0;  ///< granted by the system
  std::uint64_t send_buffer_bytes = 0;
  std::uint64_t datagrams_refused = 0;  ///< the system would not send them
};

/// What waits, and how much may.
struct QueueStatus {
  std::uint64_t store_requests = 0, store_requests_max = 0;
  std::uint64_t hash_requests = 0, hash_requests_max = 0;
  std::uint64_t backlog_bytes = 0, backlog_bytes_max = 0;  ///< for slow clients
};

struct Status {
  std::string version;
  std::string key;
  std::string data;
  std::uint64_t uptime_s = 0;
  std::vector<ListenStatus> listen;
  chat::Service::Statistics chat;
  /// Zeros where the store did not answer.
  chat::StoreCounts stored;
  QueueStatus queues;
  rudp::EndpointStatistics transport;
  /// Only with a database server.
  std::optional<chat::StoreHealth> database;
};

/// Lines for people, each with its line feed.
std::string to_table(const Status& status);
/// One object on one line, with its line feed.
std::string to_json(const Status& status);

}  // namespace server
