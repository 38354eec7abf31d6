// The protocol alone: an endpoint without sockets, with randomness from the system.
#include <rudp/endpoint.hpp>

int main() {
  rudp::EndpointConfig config;
  config.identity = rudp::Identity::generate(rudp::system_random());
  config.accept = true;
  const auto endpoint = rudp::Endpoint::create(config, rudp::system_random());
  return endpoint && endpoint.value()->connection_count() == 0 ? 0 : 1;
}
