// Streams over a simulated path.
#include <algorithm>
#include <map>
#include <utility>
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

// Threat S10.
void two_thousand_streams_share_a_connection_beside_messages(void**) {
  Streaming duo(2, kBadPath);
  duo.at_server_side.echoes = true;
  constexpr std::size_t kCount = 1999;
  std::map<StreamId, std::vector<std::uint8_t>> sent;
  std::uint64_t messages = 0;
  // As many as the peer allows at a time, more as others are over.
  while (duo.at_client_side.ended.size() < kCount) {
    while (sent.size() < kCount) {
      const auto stream = duo.world.open_stream(duo.client, duo.at_client_side.connection);
      if (!stream) break;
      sent[*stream] = test::pattern(100 + *stream % 3000, *stream);
      duo.at_client_side.give(*stream, sent[*stream]);
      if (duo.say("beside").status == SendStatus::queued) ++messages;
    }
    const auto done = duo.at_client_side.ended.size();
    assert_true(duo.world.run_until([&] { return duo.at_client_side.ended.size() > done; }, 60s));
  }
  assert_true(duo.at_client_side.got == sent);
  assert_true(duo.at_server_side.got == sent);
  assert_true(duo.world.run_until([&] { return duo.at_server.messages.size() == messages; }, 30s));
  assert_true(duo.at_client_side.available > 0);
  assert_true(duo.is_well());
}

// Threats S2, S7.
void a_stream_that_nobody_reads_holds_back_its_writer_and_no_other(void**) {
  Streaming duo(3);
  duo.at_server_side.reads = false;
  const StreamId stalled = duo.at_client_side.send(test::pattern(2'000'000, 1));
  duo.world.run_for(5s);
  assert_int_equal(duo.world.stream_deliveries().bytes_read, 0);
  duo.at_server_side.reads = true;
  const auto body = test::pattern(300'000, 2);
  const StreamId other = duo.at_client_side.send(body);
  assert_true(duo.say("a message").status == SendStatus::queued);
  assert_true(duo.world.run_until([&] { return duo.at_server_side.ended.size() == 1; }, 10s));
  assert_true(duo.at_server_side.got[other] == body);
  assert_int_equal(duo.at_server.messages.size(), 1);
  // Whoever begins to read gets all of it.
  duo.at_server_side.read(stalled);
  assert_true(duo.world.run_until([&] { return duo.at_server_side.ended.size() == 2; }, 20s));
  assert_int_equal(duo.at_server_side.got[stalled].size(), 2'000'000);
  assert_true(duo.is_well());
}

void windows_grow_until_a_long_path_is_full(void**) {
  const LinkOptions path{.delay = 100ms, .rate_bits_per_s = 50'000'000, .queue_bytes = 1u << 20};
  TransportOptions transport;
  transport.send_queue_bytes = 16u << 20;
  Streaming duo(4, path, transport);
  (void)duo.at_client_side.send(test::pattern(40'000'000, 1));
  const Instant start = duo.world.now();
  assert_true(duo.world.run_until([&] { return duo.at_server_side.ended.size() == 1; }, 120s));
  const auto seconds = std::chrono::duration<double>(duo.world.now() - start).count();
  // 64 KiB a round trip would take 122 s.
  assert_true(40'000'000 * 8 / seconds > 0.6 * 50'000'000);
  assert_true(duo.is_well());
}

void close_waits_until_what_was_written_is_acknowledged(void**) {
  Streaming duo(6, kBadPath);  // one that does not lose the CLOSE, which is said once
  const StreamId stream = duo.world.open_stream(duo.client, duo.at_client_side.connection).value();
  const auto body = test::pattern(200'000, 1);
  assert_true(duo.world.write(duo.client, duo.at_client_side.connection, stream, body, true).status ==
              WriteStatus::taken);
  duo.world.close(duo.client, duo.at_client_side.connection, 5, "done", 30s);
  assert_true(duo.world.write(duo.client, duo.at_client_side.connection, stream, body).status ==
              WriteStatus::closed);
  assert_true(duo.world.run_until([&] { return duo.at_server.closed.has_value(); }, 30s));
  assert_true(duo.at_server_side.got[stream] == body);
  assert_int_equal(duo.at_server.close_code, 5);
  assert_true(duo.is_well());
}

// Threat M8.
void streams_survive_a_new_address_and_answer_with_errors_after_the_end(void**) {
  Streaming duo(6, {.delay = 20ms, .loss_ppm = 20'000});
  const auto body = test::pattern(3'000'000, 1);
  const StreamId stream = duo.at_client_side.send(body);
  for (std::uint16_t port = 6000; port < 6004; ++port) {
    duo.world.run_for(400ms);
    duo.world.rebind(duo.client, Address::v4(10, 0, 0, 2, port));
  }
  assert_true(duo.world.run_until([&] { return duo.at_server_side.ended.size() == 1; }, 60s));
  assert_true(duo.at_server_side.got[stream] == body);
  // In the middle of the next one the connection ends; both applications hold on to what they had.
  const StreamId cut = duo.at_client_side.send(body);
  duo.world.run_for(200ms);
  duo.world.close_now(duo.client, duo.at_client_side.connection);
  assert_true(duo.world.run_until(
      [&] { return duo.at_server.closed.has_value() && duo.at_client.closed.has_value(); }, 10s));
  for (const auto& [node, connection] : {std::pair(duo.client, duo.at_client_side.connection),
                                         std::pair(duo.server, duo.at_server_side.connection)}) {
    for (const StreamId id : {stream, cut, StreamId{1000}}) {
      std::uint8_t buffer[10];
      assert_true(duo.world.write(node, connection, id, body).status == WriteStatus::closed);
      assert_false(duo.world.read(node, connection, id, buffer).has_value());
      assert_false(duo.world.reset_stream(node, connection, id, 1).has_value());
      assert_false(duo.world.stop_sending(node, connection, id, 1).has_value());
      assert_false(duo.world.set_stream_priority(node, connection, id, 1).has_value());
    }
    assert_true(duo.world.open_stream(node, connection).error() == Error::closed);
  }
  assert_true(duo.is_well());
}

void a_reset_and_a_stop_reach_the_other_side_through_loss(void**) {
  Streaming duo(7, kBadPath);
  const StreamId given_up = duo.at_client_side.send(test::pattern(2'000'000, 1));
  const StreamId refused = duo.at_client_side.send(test::pattern(2'000'000, 1));
  duo.world.run_for(300ms);
  assert_true(duo.world.reset_stream(duo.client, duo.at_client_side.connection, given_up, 71).has_value());
  assert_true(duo.world.stop_sending(duo.server, duo.at_server_side.connection, refused, 72).has_value());
  assert_true(duo.world.run_until(
      [&] { return duo.at_server_side.resets.size() == 1 && duo.at_client_side.stops.size() == 1; }, 20s));
  assert_int_equal(duo.at_server_side.resets[given_up], 71);
  assert_int_equal(duo.at_client_side.stops[refused], 72);
  assert_true(duo.is_well());
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_stream_arrives_whole_over_a_bad_path_and_comes_back),
      cmocka_unit_test(two_thousand_streams_share_a_connection_beside_messages),
      cmocka_unit_test(a_stream_that_nobody_reads_holds_back_its_writer_and_no_other),
      cmocka_unit_test(windows_grow_until_a_long_path_is_full),
      cmocka_unit_test(close_waits_until_what_was_written_is_acknowledged),
      cmocka_unit_test(streams_survive_a_new_address_and_answer_with_errors_after_the_end),
      cmocka_unit_test(a_reset_and_a_stop_reach_the_other_side_through_loss),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
