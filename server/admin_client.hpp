// Asks a running rchatd over its admin socket, and waits for all that it answers.
#pragma once

#include <string>

#include <rudp/types.hpp>

#include "server/admin_protocol.hpp"

namespace server {

/// A server answers at once, and ends within 5 seconds, whatever hangs on it.
constexpr rudp::Duration kAdminWaitMax = std::chrono::seconds(15);

/// The lines of the answer; or one sentence: no server runs there, none answered
/// in time, or the server's own refusal.
AdminAnswer ask_server(const std::string& socket_path, const AdminRequest& request,
                       rudp::Duration wait_max = kAdminWaitMax);

}  // namespace server
