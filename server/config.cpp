#include "server/config.hpp"

namespace server {

std::string problem_of(const Config& config) {
  if (config.listen.empty()) return "listen names no address";
  if (config.transport.keep_alive >= config.transport.max_idle)
    return "transport.keep_alive_ms must be less than transport.max_idle_ms";
  if (config.transport.half_open_max > config.transport.connections_max)
    return "transport.half_open_max must not be more than transport.connections_max";
  return {};
}

}  // namespace server
