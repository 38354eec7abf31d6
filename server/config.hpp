// What an operator can choose, each with its default; docs are printed by --print-config.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <rudp/config.hpp>
#include <rudp/types.hpp>

#include "chat/passwords.hpp"
#include "chat/service.hpp"

namespace server {

struct LogOptions {
  std::string file = "rchatd.log";  ///< relative to the data folder
  rudp::LogLevel level = rudp::LogLevel::info;
  std::size_t file_bytes_max = 16u << 20;
  std::size_t files_kept = 5;

  friend bool operator==(const LogOptions&, const LogOptions&) = default;
};

struct PasswordOptions {
  chat::PasswordCost cost;
  std::size_t workers = 0;  ///< 0: one for two processors
  rudp::Duration wait_max = std::chrono::seconds(2);

  friend bool operator==(const PasswordOptions&, const PasswordOptions&) = default;
};

struct TransportOptions {
  /// Both sides notice a peer that vanished within this time, a client well
  /// within the 30 seconds in which a person waits.
  rudp::Duration max_idle = std::chrono::seconds(15);
  rudp::Duration keep_alive = std::chrono::seconds(4);
  std::uint32_t connections_max = 100'000;
  std::uint32_t half_open_max = 1024;
  std::uint32_t socket_buffer_bytes = 4u << 20;
  std::size_t send_queue_bytes = 1u << 20;
  /// What may wait for one slow client beyond that, and for all of them together.
  std::size_t backlog_bytes_max = 8u << 20;
  std::size_t backlog_total_bytes_max = 256u << 20;

  friend bool operator==(const TransportOptions&, const TransportOptions&) = default;
};

struct Config {
  std::vector<std::string> listen{"0.0.0.0:8000", "[::]:8000"};
  std::string data;                         ///< empty: default_data_folder()
  std::string database = "sqlite:chat.db";  ///< see database_url.hpp; relative to the data folder
  PasswordOptions passwords;
  chat::ServiceOptions service;
  TransportOptions transport;
  LogOptions log;
};

/// What no single value shows: values that do not go together. Empty: all is well.
std::string problem_of(const Config& config);

}  // namespace server
