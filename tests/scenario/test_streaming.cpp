// Streams over a simulated path.
#include <algorithm>
#include <map>
#include <vector>

#include "scenario/duo.hpp"
#include "support/dice.hpp"

#include "support/cmocka.hpp"

namespace {

using namespace scenario;

/// What the application of one side does with its streams: reads all there is, answers where it is told to,
/// and writes as there is room.
class Talker {
 public:
  Talker(World& world, NodeId node) : world_(world), node_(node) {}

  void take(const Event& event) {
    connection = event.connection;
    if (event.type == EventType::stream_readable && reads) read(event.stream);
    if (event.type == EventType::stream_writable) write_more(event.stream);
    if (event.type == EventType::stream_finished) ++finished;
    if (event.type == EventType::stream_reset) resets[event.stream] = event.stream_code;
    if (event.type == EventType::stream_stopped) stops[event.stream] = event.stream_code;
    if (event.type == EventType::stream_opened) ++opened;
    if (event.type == EventType::streams_available) ++available;
  }

  StreamId send(std::vector<std::uint8_t> bytes, const StreamOptions& options = {}) {
    const StreamId stream = world_.open_stream(node_, connection, options).value();
    give(stream, std::move(bytes));
    return stream;
  }
  /// Writes all of it and the end, now and as there is room.
  void give(StreamId stream, std::vector<std::uint8_t> bytes) {
    waiting_[stream] = std::move(bytes);
    write_more(stream);
  }
  void read(StreamId stream) {
    std::uint8_t buffer[5000];
    for (;;) {
      const auto taken = world_.read(node_, connection, stream, buffer);
      if (!taken) return;
      auto& bytes = got[stream];
      bytes.insert(bytes.end(), buffer, buffer + taken->bytes);
      if (taken->fin) ended.push_back(stream);
      if (taken->fin && echoes && direction_of(stream) == StreamDirection::bidirectional) give(stream, bytes);
      if (taken->fin || taken->bytes == 0) return;
    }
  }

  ConnectionHandle connection;
  bool reads = true, echoes = false;
  int finished = 0, opened = 0, available = 0;
  std::map<StreamId, std::vector<std::uint8_t>> got;
  std::vector<StreamId> ended;
  std::map<StreamId, std::uint64_t> resets, stops;

 private:
  void write_more(StreamId stream) {
    std::vector<std::uint8_t>& rest = waiting_[stream];
    const StreamWriteResult result = world_.write(node_, connection, stream, rest, true);
    rest.erase(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(result.bytes));
  }

  World& world_;
  NodeId node_;
  std::map<StreamId, std::vector<std::uint8_t>> waiting_;
};

struct Streaming : Duo {
  explicit Streaming(std::uint64_t seed, const LinkOptions& path = {}, const TransportOptions& transport = {})
      : Duo(seed, path, transport), at_client_side(world, client), at_server_side(world, server) {
    world.on_event(server, [this](const Event& event) { at_server.take(event), at_server_side.take(event); });
    world.on_event(client, [this](const Event& event) { at_client.take(event), at_client_side.take(event); });
    assert_true(connect());
  }

  Talker at_client_side, at_server_side;
};

const LinkOptions kBadPath{.delay = 20ms,
                               .jitter = 10ms,
                               .loss_ppm = 50'000,
                               .duplicate_ppm = 20'000,
                               .reorder_ppm = 50'000,
                               .corrupt_ppm = 10'000};

void a_stream_arrives_whole_over_a_bad_path_and_comes_back(void**) {
  Streaming duo(1, kBadPath);
  duo.at_server_side.echoes = true;
  const auto body = test::pattern(3'000'000, 1);
  const StreamId stream = duo.at_client_side.send(body);
  assert_true(duo.world.run_until([&] { return duo.at_client_side.ended.size() == 1; }, 120s));
  assert_true(duo.at_server_side.got[stream] == body);
  assert_true(duo.at_client_side.got[stream] == body);
  assert_true(duo.world.run_until([&] { return duo.at_server_side.finished == 1; }, 5s));
  assert_int_equal(duo.at_client_side.finished, 1);
  assert_true(duo.is_well());
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_stream_arrives_whole_over_a_bad_path_and_comes_back),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
