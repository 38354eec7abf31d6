// One message through a network that does not exist.
#include <rudp/sim.hpp>

int main() {
  rudp::sim::World world(7);
  rudp::EndpointConfig config;
  auto random = world.random("server key");
  config.identity = rudp::Identity::generate(random);
  config.accept = true;
  const auto server = world.add_node(rudp::Address::v4(10, 0, 0, 1, 9000), config);
  const auto client = world.add_node(rudp::Address::v4(10, 0, 0, 2, 5000), {});
  if (!server || !client) return 1;

  bool arrived = false;
  world.on_event(*server,
                 [&](const rudp::Event& event) { arrived |= event.type == rudp::EventType::message; });
  const auto peer = world.connect(*client, *server, {});
  if (!peer) return 1;
  const std::uint8_t hello[] = {'h', 'i'};
  if (!world.send(*client, *peer, 0, hello)) return 1;
  return world.run_until([&] { return arrived; }, std::chrono::seconds(10)) ? 0 : 1;
}
