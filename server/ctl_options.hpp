// The command line of rchatctl.
#pragma once

#include <string>
#include <variant>

#include "server/admin_protocol.hpp"
#include "server/options.hpp"

namespace server {

struct CtlOptions {
  std::string socket;
  AdminRequest request;
};

std::variant<CtlOptions, Exit> parse_ctl_options(int argc, const char* const* argv);

}  // namespace server
