// S7: a receiver that stops in the middle, over a path that loses and reorders.
#include <map>
#include <vector>

#include "duo.hpp"
#include "support/dice.hpp"

#include "support/cmocka.hpp"

namespace {

using namespace scenario;

const LinkOptions kBadPath{.delay = 20ms, .loss_ppm = 50'000, .reorder_ppm = 200'000, .reorder_delay = 30ms};
constexpr std::size_t kMessageBytes = 2'000;

/// A client that writes as much as it may, and a server whose application reads what the test tells it to.
class Stalled {
 public:
  explicit Stalled(std::uint64_t seed) : duo(seed, kBadPath) {
    duo.world.on_event(duo.server, [this](const Event& event) { at_server(event); });
    duo.world.on_event(duo.client, [this](const Event& event) { at_client(event); });
    assert_true(duo.connect());
  }

  StreamId open(std::size_t bytes) {
    const StreamId stream = duo.world.open_stream(duo.client, duo.at_client.connection).value();
    rest_[stream] = test::pattern(bytes, stream);
    write(stream);
    return stream;
  }

  void write(StreamId stream) {
    std::vector<std::uint8_t>& rest = rest_[stream];
    const auto result = duo.world.write(duo.client, duo.at_client.connection, stream, rest, true);
    written[stream] += result.bytes;
    rest.erase(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(result.bytes));
  }

  void read(StreamId stream) {
    std::uint8_t buffer[4'000];
    for (;;) {
      const auto taken = duo.world.read(duo.server, duo.at_server.connection, stream, buffer);
      if (!taken) return;
      got[stream].insert(got[stream].end(), buffer, buffer + taken->bytes);
      if (taken->fin) ended[stream] = true;
      if (taken->fin || taken->bytes == 0) return;
    }
  }

  Duo duo;
  std::optional<StreamId> unread;
  std::map<StreamId, std::size_t> written;
  std::map<StreamId, std::vector<std::uint8_t>> got;
  std::map<StreamId, bool> ended;

 private:
  void at_server(const Event& event) {
    duo.at_server.take(event);
    if (event.type == EventType::stream_readable && event.stream != unread) read(event.stream);
  }
  void at_client(const Event& event) {
    duo.at_client.take(event);
    if (event.type == EventType::stream_writable) write(event.stream);
  }

  std::map<StreamId, std::vector<std::uint8_t>> rest_;
};

// Threats S7, S9.
void a_stream_that_is_not_read_stops_itself_and_nothing_beside_it(void**) {
  Stalled world(1);
  world.unread = 0;  // the first that the client opens
  const StreamId stalled = world.open(3'000'000);
  assert_int_equal(stalled, 0);
  const StreamId beside = world.open(400'000);
  int said = 0;
  for (int i = 0; i < 200; ++i) {
    said += world.duo.say_bytes(test::pattern(kMessageBytes, static_cast<std::uint64_t>(i))) ? 1 : 0;
    world.duo.world.run_for(50ms);
  }
  world.duo.world.run_for(20s);
  assert_true(world.duo.is_well());
  assert_true(world.ended[beside]);
  assert_true(world.got[beside] == test::pattern(400'000, beside));
  assert_int_equal(said, 200);
  assert_int_equal(world.duo.at_server.messages.size(), 200);
  const TransportOptions options;
  assert_true(world.written[stalled] <= options.initial_stream_data_bytes + options.send_queue_bytes);

  world.unread.reset();
  world.read(stalled);
  assert_true(world.duo.world.run_until([&] { return world.ended[stalled]; }, 2min));
  assert_true(world.got[stalled] == test::pattern(3'000'000, stalled));
  assert_true(world.duo.is_well());
}

// Threat S7.
void an_application_that_stops_for_a_minute_gets_everything_afterwards(void**) {
  Stalled world(2);
  const StreamId stream = world.open(2'000'000);
  std::size_t said = 0;
  const auto say_more = [&] {
    while (said < 500 && world.duo.say_bytes(test::pattern(kMessageBytes, said))) ++said;
  };
  say_more();
  world.duo.world.run_for(300ms);
  world.duo.world.set_reading(world.duo.server, false);
  for (int second = 0; second < 60; ++second) {
    say_more();
    world.duo.world.run_for(1s);
  }
  assert_true(world.duo.is_well());
  assert_false(world.duo.at_client.closed.has_value());
  const TransportOptions options;
  const std::uint64_t room = options.initial_message_credit_bytes + options.send_queue_bytes;
  assert_true((said - world.duo.at_server.messages.size()) * kMessageBytes <= room);
  assert_true(world.written[stream] - world.got[stream].size() <=
              options.initial_data_bytes + options.send_queue_bytes);

  world.duo.world.set_reading(world.duo.server, true);
  assert_true(world.duo.world.run_until(
      [&] {
        say_more();
        return world.ended[stream] && world.duo.at_server.messages.size() == 500;
      },
      2min));
  assert_true(world.got[stream] == test::pattern(2'000'000, stream));
  assert_true(world.duo.is_well());
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_stream_that_is_not_read_stops_itself_and_nothing_beside_it),
      cmocka_unit_test(an_application_that_stops_for_a_minute_gets_everything_afterwards),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
