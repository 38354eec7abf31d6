#include "server/log.hpp"

#include <spdlog/async.h>
#include <spdlog/sinks/rotating_file_sink.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "server/log_level.hpp"

namespace server {
namespace {

// Lines that wait for a slow disk; then the oldest are lost rather than the loop held up.
constexpr std::size_t kLinesWaitingMax = 8'192;

spdlog::level::level_enum to_spdlog(rudp::LogLevel level) {
  switch (level) {
    case rudp::LogLevel::debug:
      return spdlog::level::debug;
    case rudp::LogLevel::info:
      return spdlog::level::info;
    case rudp::LogLevel::warning:
      return spdlog::level::warn;
    case rudp::LogLevel::error:
      break;
  }
  return spdlog::level::err;
}

std::string utc_text(chat::UnixMs at) {
  using namespace std::chrono;
  const sys_time<milliseconds> time{milliseconds(at)};
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss<milliseconds> clock{time - day};
  char text[40];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", int(date.year()),
                unsigned(date.month()), unsigned(date.day()), int(clock.hours().count()),
                int(clock.minutes().count()), int(clock.seconds().count()), int(clock.subseconds().count()));
  return text;
}

// Names and addresses are nobody else's business; also after a rotation.
spdlog::file_event_handlers for_owner_alone() {
  spdlog::file_event_handlers handlers;
  handlers.after_open = [](const spdlog::filename_t& path, std::FILE*) {
    std::error_code ignored;
    std::filesystem::permissions(
        path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write, ignored);
  };
  return handlers;
}

/// What can be caused without a password being hashed; nothing for what cannot.
std::optional<chat::Rate> rate_of(chat::LogKind kind) {
  switch (kind) {
    case chat::LogKind::login_failed:
    case chat::LogKind::refused_bytes:
    case chat::LogKind::storage_failed:
      return Log::kStrangersRate;
    case chat::LogKind::resumed:
    case chat::LogKind::replaced:
    case chat::LogKind::quit:
    case chat::LogKind::disconnected:
      return Log::kUsersRate;
    case chat::LogKind::registered:
    case chat::LogKind::logged_in:
      break;
  }
  return std::nullopt;
}

void add_if_any(JsonObject& fields, std::string_view name, const std::string& text) {
  if (!text.empty()) fields.add(name, text);
}

}  // namespace

std::string log_line(rudp::LogLevel level, chat::UnixMs at, std::string_view event,
                     const JsonObject& fields) {
  JsonObject line;
  line.add("time", utc_text(at)).add("level", name_of(level)).add("event", event);
  std::string text = line.text();
  const std::string rest = fields.text();
  if (rest == "{}") return text;
  text.back() = ',';
  return text + rest.substr(1);
}

std::string_view name_of(chat::LogKind kind) {
  switch (kind) {
    case chat::LogKind::registered:
      return "registered";
    case chat::LogKind::logged_in:
      return "logged_in";
    case chat::LogKind::resumed:
      return "resumed";
    case chat::LogKind::login_failed:
      return "login_failed";
    case chat::LogKind::replaced:
      return "replaced";
    case chat::LogKind::quit:
      return "quit";
    case chat::LogKind::disconnected:
      return "disconnected";
    case chat::LogKind::refused_bytes:
      return "refused_bytes";
    case chat::LogKind::storage_failed:
      break;
  }
  return "storage_failed";
}

rudp::LogLevel level_of(chat::LogKind kind) {
  if (kind == chat::LogKind::storage_failed) return rudp::LogLevel::error;
  return kind == chat::LogKind::refused_bytes ? rudp::LogLevel::warning : rudp::LogLevel::info;
}

// The thread ends first, having written every line: the file is closed by who opened it, with nobody else there.
struct Log::Sink {
  std::shared_ptr<spdlog::async_logger> logger;
  std::shared_ptr<spdlog::details::thread_pool> thread;
};

rudp::Result<std::unique_ptr<Log>, std::string> Log::open(const std::string& path,
                                                          const LogOptions& options) {
  auto sink = std::make_unique<Sink>();
  try {
    auto file = std::make_shared<spdlog::sinks::rotating_file_sink_mt>(
        path, options.file_bytes_max, options.files_kept, false, for_owner_alone());
    sink->thread = std::make_shared<spdlog::details::thread_pool>(kLinesWaitingMax, 1);
    sink->logger = std::make_shared<spdlog::async_logger>("rchatd", std::move(file), sink->thread,
                                                          spdlog::async_overflow_policy::overrun_oldest);
  } catch (const spdlog::spdlog_ex& error) {
    return "cannot write the log: " + std::string(error.what());
  }
  sink->logger->set_pattern("%v");
  sink->logger->set_level(to_spdlog(options.level));
  sink->logger->flush_on(spdlog::level::debug);
  return std::unique_ptr<Log>(new Log(std::move(sink)));
}

Log::Log(std::unique_ptr<Sink> sink) : sink_(std::move(sink)) {}
Log::~Log() = default;

std::optional<std::uint64_t> Log::pass(rudp::Instant now, chat::LogKind kind) {
  const auto rate = rate_of(kind);
  if (!rate) return 0;
  Quota& quota = quotas_[static_cast<std::size_t>(kind)];
  if (quota.bucket.take(now, *rate)) {
    ++quota.left_out;
    return std::nullopt;
  }
  return std::exchange(quota.left_out, 0);
}

void Log::write(const chat::Now& now, const chat::LogLine& line) {
  const auto left_out = pass(now.instant, line.kind);
  if (!left_out) return;
  JsonObject fields;
  add_if_any(fields, "name", line.name);
  add_if_any(fields, "address", line.address);
  add_if_any(fields, "detail", line.detail);
  if (*left_out > 0) fields.add("left_out_before", *left_out);
  write(level_of(line.kind), line.at_unix_ms, name_of(line.kind), fields);
}

void Log::write(rudp::LogLevel level, chat::UnixMs at, std::string_view event, const JsonObject& fields) {
  if (!sink_->logger->should_log(to_spdlog(level))) return;
  const std::string line = log_line(level, at, event, fields);
  sink_->logger->log(to_spdlog(level), spdlog::string_view_t(line));
}

}  // namespace server
