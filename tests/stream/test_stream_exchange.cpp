// Both sides of streams against the simplest models, with random loss, order and doubling.
#include <array>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "stream/exchange.hpp"
#include "support/dice.hpp"

#include "support/cmocka.hpp"

namespace {

using namespace test;

constexpr StreamOptions kOneWay{.direction = StreamDirection::one_way};

// Threat S4.
void streams_agree_with_the_simplest_model_whatever_overlaps(void**) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    Dice dice(seed);
    StreamPair pair;
    std::array<std::vector<std::optional<std::uint8_t>>, 4> model;
    std::array<std::size_t, 4> taken{};
    for (int step = 0; step < 500; ++step) {
      const std::size_t which = dice.below(4);
      const StreamId id = which << 2;
      auto& bytes = model[which];
      const std::uint64_t offset = taken[which] + dice.below(2000);
      const auto piece = pattern(dice.below(300), seed * 1000 + step);
      assert_true(pair.server.on_data(pair.now, id, offset, piece, false).has_value());
      if (bytes.size() < offset + piece.size()) bytes.resize(offset + piece.size());
      for (std::size_t at = 0; at < piece.size(); ++at)
        if (!bytes[offset + at] && offset + at >= taken[which]) bytes[offset + at] = piece[at];
      if (dice.percent(70)) continue;
      for (const std::uint8_t byte : read_all(pair.server, pair.now, id))
        assert_int_equal(byte, *bytes[taken[which]++]);
      assert_false(taken[which] < bytes.size() && bytes[taken[which]]);
      (void)pair.server.transmit();
    }
  }
}

/// Random writers, readers, resets and stops on both sides, over packets that are lost, late or doubled.
// Threats S4, S5.
void whatever_is_lost_every_stream_ends_and_reads_what_was_written(void**) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Dice dice(seed);
    StreamPair pair({.data_bytes = 40'000, .stream_data_bytes = 15'000, .streams = 5, .queue_bytes = 50'000});
    std::map<StreamId, std::size_t> written, read;
    std::vector<std::pair<bool, Packet>> in_flight;
    const auto body = pattern(300'000, seed);
    const auto side = [&](bool client) -> StreamSide& { return client ? pair.client : pair.server; };
    for (int step = 0; step < 3000; ++step) {
      const bool is_client = dice.percent(50);
      StreamSide& one = side(is_client);
      if (dice.percent(5) && step < 2000) (void)one.open(dice.percent(50) ? kOneWay : StreamOptions{});
      for (StreamEvent event; one.poll_event(event);) {
      }
      if (dice.percent(3)) one.rest();
      const StreamId id = dice.below(60);
      // Streams of both directions are told apart by who writes.
      const StreamId key = id << 1 | static_cast<StreamId>(is_client);
      const std::size_t at = written[key];
      const bool ends = dice.percent(20) || step > 2000 || at > 200'000;
      const auto result = one.write(id, Bytes(body).subspan(at, dice.below(3000)), ends);
      written[key] += result.bytes;
      if (dice.percent(2)) (void)one.reset(id, 1);
      if (dice.percent(2)) (void)one.stop_sending(pair.now, id, 2);
      const StreamId other = id << 1 | static_cast<StreamId>(!is_client);
      for (const std::uint8_t byte : read_all(one, pair.now, id)) assert_int_equal(byte, body[read[other]++]);
      assert_true(read[other] <= written[other]);
      Packet packet = one.transmit(200 + dice.below(900));
      if (!packet.empty()) in_flight.emplace_back(is_client, std::move(packet));
      pair.now += 3ms;
      while (in_flight.size() > dice.below(8)) {
        const std::size_t which = dice.below(in_flight.size());
        const auto [from_client, flying] = in_flight[which];
        if (dice.percent(20)) {
          side(from_client).lost(flying);
        } else {
          assert_true(side(!from_client).receive(pair.now, flying).has_value());
          if (dice.percent(10)) assert_true(side(!from_client).receive(pair.now, flying).has_value());
          dice.percent(10) ? side(from_client).lost(flying) : side(from_client).acked(flying);
        }
        in_flight.erase(in_flight.begin() + static_cast<std::ptrdiff_t>(which));
      }
    }
    for (auto& [from_client, flying] : in_flight) side(from_client).lost(flying);
    // Everybody ends what is open and reads to the end.
    for (int round = 0; round < 40; ++round) {
      for (const bool client : {true, false}) {
        for (StreamId id = 0; id < 6000; ++id) {
          (void)side(client).write(id, {}, true);
          (void)read_all(side(client), pair.now, id);
        }
        (void)side(client).events();
      }
      pair.settle();
    }
    assert_true(pair.client.drained() && pair.server.drained());
    assert_int_equal(pair.client.open_count() + pair.server.open_count(), 0);
    assert_int_equal(pair.client.receive_memory_bytes() + pair.server.receive_memory_bytes(), 0);
    assert_int_equal(pair.client.queued_bytes() + pair.server.queued_bytes(), 0);
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(streams_agree_with_the_simplest_model_whatever_overlaps),
      cmocka_unit_test(whatever_is_lost_every_stream_ends_and_reads_what_was_written),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
