// What an idle, encrypted connection holds of the heap, on either end.
//
//   idle_memory [CONNECTIONS]     10,000 unless told otherwise
//
// One server and one client endpoint without sockets. Every connection shakes hands, says one message of 64
// bytes each way, and then rests for 65 s of virtual time with keep-alives. What is counted is everything
// that operator new has given and not taken back: the usable size of each block and the allocator's header.
// The arena of secrets is part of it; the endpoints' own tables are, too.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "congestion/cubic_floor.hpp"
#include "connection/connection.hpp"
#include "crypto/secret_slab.hpp"
#include "support/heap.hpp"
#include "support/two_sides.hpp"

namespace {

using namespace rudp;
using namespace std::chrono_literals;

constexpr std::size_t kMessageBytes = 64;

/// What one end holds more than before its connections.
struct Held {
  std::int64_t bytes = 0, blocks = 0;
};

class IdleWorld {
 public:
  IdleWorld()
      : sides_([this](test::Side& side, const test::TwoSides::Work& work) {
          const std::uint64_t bytes = test::heap.live_bytes, blocks = test::heap.live;
          work(*side.endpoint);
          Held& held = held_by(side);
          held.bytes += static_cast<std::int64_t>(test::heap.live_bytes - bytes);
          held.blocks += static_cast<std::int64_t>(test::heap.live - blocks);
        }) {}

  void open(int connections) {
    for (int made = 0; made < connections; ++made) {
      if (!sides_.connect()) std::abort();
      sides_.run_for(1ms);  // not more handshakes at once than a server takes
    }
    sides_.run_for(1s);
  }

  void say_one_message_each() {
    const std::vector<std::uint8_t> message(kMessageBytes, 0x55);
    for (test::Side* side : {&sides_.client, &sides_.server}) {
      for (const ConnectionHandle peer : side->connected) {
        if (!sides_.send(*side, peer, message)) std::abort();
        sides_.run_for(0ms);
      }
      sides_.run_for(1s);
    }
  }

  void rest(Duration length) { sides_.run_for(length); }

  void print(const char* when) {
    for (const test::Side* side : {&sides_.client, &sides_.server}) {
      const auto count = static_cast<double>(side->connected.size());
      const Held& held = held_by(*side);
      std::printf("%s  %-20s %6zu connections  %8.1f bytes in %5.2f blocks each\n",
                  side == &sides_.client ? "client" : "server", when, side->connected.size(),
                  static_cast<double>(held.bytes) / count, static_cast<double>(held.blocks) / count);
    }
  }

  bool is_whole(int connections) const {
    const auto all = static_cast<std::uint64_t>(connections);
    return sides_.client.messages == all && sides_.server.messages == all && sides_.client.closed.empty() &&
           sides_.server.closed.empty();
  }

 private:
  Held& held_by(const test::Side& side) { return &side == &sides_.client ? at_client_ : at_server_; }

  Held at_client_, at_server_;
  test::TwoSides sides_;
};

}  // namespace

int main(int argc, char** argv) {
  const int connections = argc > 1 ? std::atoi(argv[1]) : 10'000;
  if (connections <= 0) {
    std::fputs("usage: idle_memory [CONNECTIONS]\n", stderr);
    return 2;
  }
  std::printf(
      "sizeof(Connection) %zu bytes, its controller %zu; a slot of %zu bytes in the arena of secrets\n",
      sizeof(connection::Connection), sizeof(congestion::CubicFloor), crypto::kSecretSlotBytes.front());
  IdleWorld world;
  world.open(connections);
  world.print("after the handshake");
  world.say_one_message_each();
  world.rest(65s);
  world.print("idle");
  if (world.is_whole(connections)) return 0;
  std::fputs("not every connection was made and used\n", stderr);
  return 1;
}
