// R4: connections of which nobody says anything hold little and do little. bench/idle_memory prints the same
// for 10,000 of them.
#include <array>
#include <chrono>
#include <cstdio>
#include <utility>
#include <vector>

#include "support/heap.hpp"

#include "support/two_sides.hpp"

#include "support/cmocka.hpp"

using namespace rudp;
using namespace std::chrono_literals;
using test::Side;
using test::TwoSides;

namespace {

constexpr int kConnections = 1'000;
/// Tables of the endpoint, keys and allocator's headers counted in, both ends apart.
constexpr std::uint64_t kBytesMax = 4 * 1024;
/// A PING and its ack for each side's keep-alive of 10 s, and what the ids need at first.
constexpr std::uint64_t kCallsMaxPerMinute = 150;

enum class Talk { messages, streams };

/// Many connections that said something once.
class Crowd {
 public:
  explicit Crowd(Talk talk)
      : sides_([this](Side& side, const TwoSides::Work& work) {
          const std::uint64_t bytes = test::heap.live_bytes;
          work(*side.endpoint);
          (&side == &sides_.client ? client_bytes_ : server_bytes_) += test::heap.live_bytes - bytes;
          ++calls_;
        }) {
    for (int made = 0; made < kConnections; ++made) {
      sides_.connect().value();
      sides_.run_for(10ms);  // their keep-alives are spread over 10 s
    }
    sides_.run_for(1s);  // until the last of them is connected
    sides_.on_event = [this](Side& side, const Event& event) {
      if (event.type == EventType::stream_readable) readable_.push_back({&side, event.connection, event.stream});
    };
    for (Side* side : {&sides_.client, &sides_.server}) {
      for (const ConnectionHandle peer : side->connected) {
        talk == Talk::messages ? say(*side, peer) : write(*side, peer);
        sides_.run_for(10ms);
        read_all();
      }
    }
    sides_.run_for(15s);
    read_all();
  }

  void rest() {
    calls_ = 0;
    sides_.run_for(60s);
  }

  bool are_all_there() const {
    return sides_.client.connected.size() == kConnections && sides_.server.connected.size() == kConnections &&
           sides_.client.closed.empty() && sides_.server.closed.empty();
  }
  std::uint64_t client_bytes() const { return client_bytes_ / kConnections; }
  std::uint64_t server_bytes() const { return server_bytes_ / kConnections; }
  std::uint64_t calls() const { return calls_ / kConnections; }
  int streams_read() const { return streams_read_; }

 private:
  struct Readable {
    Side* side;
    ConnectionHandle connection;
    StreamId stream;
  };

  void say(Side& side, ConnectionHandle peer) {
    assert_true(static_cast<bool>(sides_.send(side, peer, kWords)));
  }
  void write(Side& side, ConnectionHandle peer) {
    sides_.call(side, [&](Endpoint& endpoint) {
      const auto stream = endpoint.open_stream(sides_.now, peer, {.direction = StreamDirection::one_way});
      assert_true(endpoint.write(sides_.now, peer, stream.value(), kWords, true).status == WriteStatus::taken);
    });
  }
  void read_all() {
    for (const Readable& one : std::exchange(readable_, {})) {
      std::array<std::uint8_t, kWords.size()> bytes;
      sides_.call(*one.side, [&](Endpoint& endpoint) {
        assert_true(endpoint.read(sides_.now, one.connection, one.stream, bytes)->fin);
      });
      ++streams_read_;
    }
  }

  static constexpr std::array<std::uint8_t, 64> kWords{};

  std::vector<Readable> readable_;
  int streams_read_ = 0;
  std::uint64_t client_bytes_ = 0, server_bytes_ = 0, calls_ = 0;
  TwoSides sides_;
};

void rest_holds_little(Crowd& crowd) {
  crowd.rest();
  assert_true(crowd.are_all_there());
  std::printf(
      "an idle connection: %llu bytes at the client, %llu at the server; %llu calls a minute of both\n",
      static_cast<unsigned long long>(crowd.client_bytes()),
      static_cast<unsigned long long>(crowd.server_bytes()), static_cast<unsigned long long>(crowd.calls()));
  assert_in_range(crowd.client_bytes(), 1'024, kBytesMax);
  assert_in_range(crowd.server_bytes(), 1'024, kBytesMax);
  assert_true(crowd.calls() <= kCallsMaxPerMinute);
}

// Threat R4.
void idle_connections_hold_little_and_do_little(void**) {
  Crowd crowd(Talk::messages);
  rest_holds_little(crowd);
}

// Threat R4.
void connections_whose_streams_have_ended_hold_little_too(void**) {
  Crowd crowd(Talk::streams);
  rest_holds_little(crowd);
  assert_int_equal(crowd.streams_read(), 2 * kConnections);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(idle_connections_hold_little_and_do_little),
      cmocka_unit_test(connections_whose_streams_have_ended_hold_little_too),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
