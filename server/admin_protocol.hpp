// What rchatctl and rchatd say to each other over the admin socket: one line asks,
//
//   status table | status json | stop [REASON]
//
// one line answers, "ok" or "error SENTENCE", and after "ok" come the lines to
// show. The server closes when it has said everything; after a stop, that is when
// it has ended.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include <rudp/error.hpp>

namespace server {

constexpr std::size_t kAdminLineBytesMax = 4 * 1024;
/// Of a stop's reason.
constexpr std::size_t kReasonBytesMax = 1024;

enum class StatusFormat { table, json };

struct StatusRequest {
  StatusFormat format = StatusFormat::table;
  friend bool operator==(const StatusRequest&, const StatusRequest&) = default;
};

struct StopRequest {
  std::string reason;  ///< for the users; may be empty
  friend bool operator==(const StopRequest&, const StopRequest&) = default;
};

using AdminRequest = std::variant<StatusRequest, StopRequest>;

/// Both without the line feed. Errors: a sentence.
std::string format_admin_request(const AdminRequest& request);
rudp::Result<AdminRequest, std::string> parse_admin_request(std::string_view line);

std::string format_admin_success(std::string_view lines);
std::string format_admin_error(std::string_view sentence);

struct AdminAnswer {
  bool is_ok = false;
  std::string text;  ///< the lines to show, or the sentence of the error
};
AdminAnswer parse_admin_answer(std::string_view answer);

}  // namespace server
