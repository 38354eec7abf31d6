// What an idle, encrypted connection holds of the heap, on either end.
//
//   idle_memory [CONNECTIONS]     10,000 unless told otherwise
//
// One server and one client endpoint without sockets. Every connection shakes hands, says one message of 64
// bytes each way, and then rests for a minute of virtual time with keep-alives. What is counted is everything
// that operator new has given and not taken back: the usable size of each block and the allocator's header.
// The arena of secrets is part of it; the endpoints' own tables are, too.
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <vector>

#include <rudp/endpoint.hpp>

#include "connection/connection.hpp"
#include "crypto/secret_slab.hpp"
#include "support/heap.hpp"
#include "support/scripted_random.hpp"

namespace {

using namespace rudp;
using namespace std::chrono_literals;

/// Bytes of the heap, per end: what is allocated while an endpoint is at work is its own.
struct Side {
  Side(const EndpointConfig& config, Address at, std::uint64_t seed) : address(at), random(seed) {
    const std::uint64_t before = test::heap.live_bytes;
    endpoint = std::move(Endpoint::create(config, random)).value();
    empty_bytes = test::heap.live_bytes - before;
  }

  template <class Work>
  void measured(Work&& work) {
    const std::uint64_t bytes = test::heap.live_bytes, blocks = test::heap.live;
    work(*endpoint);
    held_bytes += static_cast<std::int64_t>(test::heap.live_bytes - bytes);
    held_blocks += static_cast<std::int64_t>(test::heap.live - blocks);
  }

  Address address;
  test::ScriptedRandom random;
  std::unique_ptr<Endpoint> endpoint;
  std::uint64_t empty_bytes = 0;
  std::int64_t held_bytes = 0, held_blocks = 0;
  std::vector<ConnectionHandle> connected;
  std::uint64_t messages = 0, closed = 0;
};

struct Datagram {
  Instant at;
  Side* to;
  Side* from;
  std::uint32_t bytes;
  std::array<std::uint8_t, 1500> content;
};

constexpr Duration kDelay = 10ms;
constexpr std::size_t kMessageBytes = 64;

class IdleWorld {
 public:
  IdleWorld()
      : identity_(make_identity()),
        server_(server_config(), Address::v4(10, 0, 0, 1, 9000), 1),
        client_(client_config(), Address::v4(10, 0, 0, 2, 5000), 2) {}

  void open(int connections) {
    for (int made = 0; made < connections; ++made) {
      client_.measured([&](Endpoint& endpoint) {
        ConnectOptions options;
        options.server_key = identity_.public_key();
        if (!endpoint.connect(now_, server_.address, options)) std::abort();
      });
      drain(client_);
      run_for(1ms);  // not more handshakes at once than a server takes
    }
    run_for(1s);
  }

  void say_one_message_each() {
    for (Side* side : {&client_, &server_}) {
      const std::vector<std::uint8_t> message(kMessageBytes, 0x55);
      for (const ConnectionHandle peer : side->connected) {
        side->measured([&](Endpoint& endpoint) {
          if (!endpoint.send(now_, peer, 0, message)) std::abort();
        });
        drain(*side);
        run_for(0ms);
      }
      run_for(1s);
    }
  }

  void run_for(Duration length) {
    const Instant end = now_ + length;
    for (Instant due = next_due(); due <= end; due = next_due()) step(due);
    now_ = end;
  }

  Side& server() { return server_; }
  Side& client() { return client_; }

 private:
  static Identity make_identity() {
    test::ScriptedRandom random(3);
    return Identity::generate(random);
  }
  EndpointConfig server_config() const {
    EndpointConfig config;
    config.identity = identity_;
    config.accept = true;
    config.source_handshakes_per_second = 100'000;  // they all come from one address here
    config.source_handshakes_burst = 100'000;
    return config;
  }
  static EndpointConfig client_config() { return {}; }

  Instant next_due() const {
    Instant next = wire_.empty() ? Instant::max() : wire_.front()->at;
    for (const Side* side : {&client_, &server_}) {
      const auto due = side->endpoint->poll_timeout();
      if (due && *due < next) next = *due;
    }
    return next;
  }

  void step(Instant due) {
    if (due > now_) now_ = due;
    while (!wire_.empty() && wire_.front()->at <= now_) {
      const std::unique_ptr<Datagram> datagram = std::move(wire_.front());
      wire_.pop_front();
      datagram->to->measured([&](Endpoint& endpoint) {
        endpoint.handle_datagram(now_, datagram->from->address,
                                 MutableBytes(datagram->content).first(datagram->bytes));
      });
      drain(*datagram->to);
    }
    for (Side* side : {&client_, &server_}) {
      side->measured([&](Endpoint& endpoint) { endpoint.handle_timeout(now_); });
      drain(*side);
    }
  }

  void drain(Side& side) {
    while (transmit_one(side) || take_event(side)) continue;
  }

  bool transmit_one(Side& side) {
    Transmit transmit;
    bool sent = false;
    side.measured([&](Endpoint& endpoint) { sent = endpoint.poll_transmit(now_, buffer_, transmit); });
    if (!sent) return false;
    Side* const to = &side == &server_ ? &client_ : &server_;
    for (std::size_t at = 0; at < transmit.bytes; at += transmit.segment_bytes) {
      auto datagram = std::make_unique<Datagram>();
      const std::size_t bytes = std::min(transmit.segment_bytes, transmit.bytes - at);
      *datagram = {now_ + kDelay, to, &side, static_cast<std::uint32_t>(bytes), {}};
      std::copy_n(buffer_.begin() + static_cast<std::ptrdiff_t>(at), bytes, datagram->content.begin());
      wire_.push_back(std::move(datagram));
    }
    return true;
  }

  bool take_event(Side& side) {
    Event event;
    bool told = false;
    side.measured([&](Endpoint& endpoint) { told = endpoint.poll_event(event); });
    if (!told) return false;
    if (event.type == EventType::connected) side.connected.push_back(event.connection);
    if (event.type == EventType::message) ++side.messages;
    if (event.type == EventType::closed) ++side.closed;
    return true;
  }

  Identity identity_;
  Side server_;
  Side client_;
  Instant now_ = Instant::from_ns(1'000'000'000);
  std::deque<std::unique_ptr<Datagram>> wire_;
  std::vector<std::uint8_t> buffer_ = std::vector<std::uint8_t>(1500);
};

void print(const char* name, const Side& side, const char* when) {
  const auto count = static_cast<double>(side.connected.size());
  std::printf("%-7s %-22s %8zu connections  %8.1f bytes  %5.2f blocks each\n", name, when,
              side.connected.size(), static_cast<double>(side.held_bytes) / count,
              static_cast<double>(side.held_blocks) / count);
}

}  // namespace

int main(int argc, char** argv) {
  const int connections = argc > 1 ? std::atoi(argv[1]) : 10'000;
  if (connections <= 0) {
    std::fputs("usage: idle_memory [CONNECTIONS]\n", stderr);
    return 2;
  }
  std::printf("sizeof(Connection) %zu bytes, of each a slot of %zu bytes in the arena of secrets\n",
              sizeof(connection::Connection), crypto::kSecretSlotBytes);
  IdleWorld world;
  world.open(connections);
  print("client", world.client(), "after the handshake");
  print("server", world.server(), "after the handshake");
  world.say_one_message_each();
  world.run_for(60s);
  print("client", world.client(), "idle for a minute");
  print("server", world.server(), "idle for a minute");
  const bool whole = world.server().messages == world.client().messages &&
                     world.server().messages == static_cast<std::uint64_t>(connections) &&
                     world.server().closed == 0;
  if (!whole) std::fputs("not every connection was made and used\n", stderr);
  return whole ? 0 : 1;
}
