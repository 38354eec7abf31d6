// The log file: one JSON object a line, rotated by size, written by a thread of its own.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <rudp/config.hpp>
#include <rudp/error.hpp>

#include "chat/effects.hpp"
#include "chat/rate_limiter.hpp"
#include "server/config.hpp"
#include "server/json.hpp"

namespace server {

/// One line without its end: {"time":"2026-01-31T23:59:59.999Z","level":"info","event":"logged_in",...}.
std::string log_line(rudp::LogLevel level, chat::UnixMs at, std::string_view event, const JsonObject& fields);
/// The event's name in the log, and its level.
std::string_view name_of(chat::LogKind kind);
rudp::LogLevel level_of(chat::LogKind kind);

class Log {
 public:
  /// What strangers can cause: at most so many lines of each kind; the next one
  /// says how many were left out (threat O6).
  static constexpr chat::Rate kStrangersRate{std::chrono::milliseconds(100), 10};
  /// The same for what users cause who come back and go: all of them after a restart, and no more in the long
  /// run than strangers.
  static constexpr chat::Rate kUsersRate{std::chrono::milliseconds(100), 5'000};

  /// `path` is where the file is. Errors: a sentence.
  static rudp::Result<std::unique_ptr<Log>, std::string> open(const std::string& path,
                                                              const LogOptions& options);
  /// Waits until everything is written.
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  /// What the chat has to say: who came, went, failed. Nothing secret is in it.
  void write(const chat::Now& now, const chat::LogLine& line);
  /// What the server itself has to say.
  void write(rudp::LogLevel level, chat::UnixMs at, std::string_view event, const JsonObject& fields);

 private:
  struct Sink;
  explicit Log(std::unique_ptr<Sink> sink);
  /// Nothing: the line is to be left out. Else how many before it were.
  std::optional<std::uint64_t> pass(rudp::Instant now, chat::LogKind kind);

  static constexpr std::size_t kKinds = static_cast<std::size_t>(chat::LogKind::storage_failed) + 1;
  struct Quota {
    chat::Bucket bucket;
    std::uint64_t left_out = 0;
  };
  std::unique_ptr<Sink> sink_;
  std::array<Quota, kKinds> quotas_;
};

}  // namespace server
