// In the steady state no packet costs an allocation, of whatever it is made: counted at operator new.
#include <array>
#include <chrono>
#include <cstdio>
#include <vector>

#include "support/heap.hpp"

#include "support/two_sides.hpp"

#include "support/cmocka.hpp"

using namespace rudp;
using namespace std::chrono_literals;
using test::Side;
using test::TwoSides;

namespace {

// Until every ring and window has its size; the one against replay has it after 4,096 packets.
constexpr int kWarmUpRounds = 5'000;
constexpr int kRounds = 2'000;

/// A connection both of whose ends say something again and again; what the endpoints allocate is counted.
class Talk {
 public:
  Talk()
      : sides_([](Side& side, const TwoSides::Work& work) {
          test::heap.watched = true;
          work(*side.endpoint);
          test::heap.watched = false;
        }) {
    sides_.on_event = [this](Side& at, const Event& event) {
      if (event.type == EventType::stream_readable) read_all(at, event);
      if (event.type == EventType::receipt) ++receipts_;
    };
    sides_.connect().value();
    sides_.run_for(1s);
    sides_.now += 1s;
  }

  /// Runs both ends through `rounds` of 5 ms, in each of which `say` is called for each of them.
  template <class Say>
  std::uint64_t allocations_in(int rounds, Say&& say) {
    const std::uint64_t before = test::heap.watched_allocations;
    for (int round = 0; round < rounds; ++round) {
      for (Side* side : {&sides_.client, &sides_.server}) say(*side, side->connected[0]);
      sides_.run_for(5ms);
    }
    return test::heap.watched_allocations - before;
  }

  template <class Say>
  void assert_steady(const char* what, Say&& say) {
    allocations_in(kWarmUpRounds, say);
    const std::uint64_t packets = packets_sent();
    const std::uint64_t allocations = allocations_in(kRounds, say);
    std::printf("%s: %llu allocations for %llu packets\n", what, static_cast<unsigned long long>(allocations),
                static_cast<unsigned long long>(packets_sent() - packets));
    assert_true(packets_sent() - packets >= 1'000);
    assert_int_equal(allocations, 0);
  }

  void send(Side& from, ConnectionHandle connection, std::size_t bytes, const SendOptions& options) {
    assert_true(static_cast<bool>(sides_.send(from, connection, Bytes(content_).first(bytes), options)));
  }
  StreamId open(Side& from) {
    Result<StreamId> opened = Error::closed;
    sides_.call(from,
                [&](Endpoint& endpoint) { opened = endpoint.open_stream(sides_.now, from.connected[0]); });
    return opened.value();
  }
  void write(Side& from, StreamId stream, std::size_t bytes) {
    sides_.call(from, [&](Endpoint& endpoint) {
      assert_true(static_cast<bool>(
          endpoint.write(sides_.now, from.connected[0], stream, Bytes(content_).first(bytes))));
    });
  }

  Side& client() { return sides_.client; }
  Side& server() { return sides_.server; }
  std::uint64_t messages() const { return sides_.client.messages + sides_.server.messages; }
  std::uint64_t receipts() const { return receipts_; }
  std::uint64_t bytes_read() const { return bytes_read_; }

 private:
  std::uint64_t packets_sent() const {
    return sides_.client.endpoint->statistics(sides_.client.connected[0]).value().packets_sent +
           sides_.server.endpoint->statistics(sides_.server.connected[0]).value().packets_sent;
  }

  void read_all(Side& at, const Event& event) {
    std::array<std::uint8_t, 16'384> out;
    for (bool more = true; more;) {
      test::heap.watched = true;
      const auto got = at.endpoint->read(sides_.now, event.connection, event.stream, out);
      test::heap.watched = false;
      more = got && got->bytes > 0;
      if (got) bytes_read_ += got->bytes;
    }
  }

  std::vector<std::uint8_t> content_ = std::vector<std::uint8_t>(20'000, 0x5a);
  TwoSides sides_;
  std::uint64_t receipts_ = 0, bytes_read_ = 0;
};

void assert_messages_are_free(const char* what, std::size_t bytes, const SendOptions& options) {
  Talk talk;
  talk.assert_steady(
      what, [&](Side& side, ConnectionHandle connection) { talk.send(side, connection, bytes, options); });
  assert_true(talk.messages() >= 2 * kRounds);
  if (options.receipt) assert_true(talk.receipts() >= 2 * kRounds);
}

void small_reliable_messages_are_free(void**) {
  assert_messages_are_free("64 bytes, reliable_ordered", 64, {.receipt = true});
  assert_messages_are_free("64 bytes, reliable_unordered", 64, {.delivery = Delivery::reliable_unordered});
}

void small_unreliable_messages_are_free(void**) {
  assert_messages_are_free("64 bytes, unreliable", 64, {.delivery = Delivery::unreliable});
  assert_messages_are_free("64 bytes, latest", 64, {.delivery = Delivery::latest});
}

void messages_with_deadlines_are_free(void**) {
  assert_messages_are_free("64 bytes, with a deadline", 64, {.deadline = 1s});
}

void messages_of_many_packets_are_free(void**) {
  assert_messages_are_free("3,000 bytes, reliable_ordered", 3'000, {});
  assert_messages_are_free("3,000 bytes, unreliable", 3'000, {.delivery = Delivery::unreliable});
  assert_messages_are_free("20,000 bytes, reliable_unordered", 20'000,
                           {.delivery = Delivery::reliable_unordered});
}

void streams_are_free(void**) {
  Talk talk;
  const StreamId up = talk.open(talk.client()), down = talk.open(talk.server());
  talk.assert_steady("3,000 bytes of a stream", [&](Side& side, ConnectionHandle) {
    talk.write(side, &side == &talk.client() ? up : down, 3'000);
  });
  assert_true(talk.bytes_read() >= 2 * kRounds * 3'000);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(small_reliable_messages_are_free),
      cmocka_unit_test(small_unreliable_messages_are_free),
      cmocka_unit_test(messages_with_deadlines_are_free),
      cmocka_unit_test(messages_of_many_packets_are_free),
      cmocka_unit_test(streams_are_free),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
