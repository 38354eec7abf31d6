#include "server/admin_protocol.hpp"

#include "chat/text.hpp"

namespace server {
namespace {

bool takes(std::string_view& line, std::string_view word) {
  if (line.substr(0, word.size()) != word) return false;
  if (line.size() > word.size() && line[word.size()] != ' ') return false;
  line.remove_prefix(line.size() > word.size() ? word.size() + 1 : word.size());
  return true;
}

}  // namespace

std::string format_admin_request(const AdminRequest& request) {
  if (const auto* const status = std::get_if<StatusRequest>(&request))
    return status->format == StatusFormat::json ? "status json" : "status table";
  const std::string& reason = std::get<StopRequest>(request).reason;
  return reason.empty() ? "stop" : "stop " + reason;
}

rudp::Result<AdminRequest, std::string> parse_admin_request(std::string_view line) {
  if (line == "status table") return AdminRequest(StatusRequest{StatusFormat::table});
  if (line == "status json") return AdminRequest(StatusRequest{StatusFormat::json});
  if (!takes(line, "stop")) return std::string("this server does not know that request");
  // The reason goes to every screen, under the rules of every other text.
  if (!line.empty() && chat::check_text(line, kReasonBytesMax))
    return std::string("the reason holds what cannot be shown to the users");
  return AdminRequest(StopRequest{std::string(line)});
}

std::string format_admin_success(std::string_view lines) { return "ok\n" + std::string(lines); }
std::string format_admin_error(std::string_view sentence) { return "error " + std::string(sentence) + "\n"; }

AdminAnswer parse_admin_answer(std::string_view answer) {
  const std::size_t end = answer.find('\n');
  std::string_view first = answer.substr(0, end);
  if (end == std::string_view::npos) return {false, "the server gave no answer"};
  if (first == "ok") return {true, std::string(answer.substr(end + 1))};
  if (takes(first, "error")) return {false, std::string(first)};
  return {false, "what answers there is no rchatd"};
}

}  // namespace server
