// The table of streams, its frames in and its frames out.
#include "stream/streams.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>
#include <vector>

#include "stream/exchange.hpp"
#include "support/dice.hpp"

#include "support/cmocka.hpp"

namespace {

using namespace test;

constexpr StreamOptions kOneWay{.direction = StreamDirection::one_way};
constexpr StreamId kFirstOfClient = 0, kFirstOneWayOfClient = 2;

bool has(const std::vector<StreamEvent>& events, EventType type, StreamId id) {
  return std::any_of(events.begin(), events.end(),
                     [&](const StreamEvent& event) { return event.type == type && event.stream == id; });
}

bool wrote(const StreamWriteResult& result) { return result.status == WriteStatus::taken; }

Error error_of(const Result<void>& result) { return result ? Error::invalid_argument : result.error(); }

void what_is_written_is_read_and_both_sides_hear_of_the_end(void**) {
  StreamPair pair;
  const StreamId id = pair.client.open({}).value();
  const auto body = pattern(50'000, 1);
  assert_true(pair.client.write(id, body, true).status == WriteStatus::taken);
  pair.settle();
  const auto events = pair.server.events();
  assert_true(has(events, EventType::stream_opened, id) && has(events, EventType::stream_readable, id));
  bool fin = false;
  assert_true(read_all(pair.server, pair.now, id, &fin) == body);
  assert_true(fin);
  assert_true(has(pair.client.events(), EventType::stream_finished, id));
  assert_true(pair.server.write(id, {}, true).status == WriteStatus::taken);
  pair.settle();
  assert_true(read_all(pair.client, pair.now, id, &fin).empty());
  (void)pair.server.events();
  (void)pair.client.events();
  assert_int_equal(pair.client.open_count() + pair.server.open_count(), 0);
  assert_true(pair.client.drained() && pair.server.drained());
  assert_true(pair.server.read(pair.now, id, {}).error() == Error::unknown_stream);
}

// Seed 386 of the scenarios: an opener waited for another place until the next keep-alive.
void a_place_is_given_back_with_the_last_event_and_not_after_it(void**) {
  StreamPair pair;
  const StreamId id = pair.client.open({}).value();
  assert_true(wrote(pair.client.write(id, pattern(100, 1), true)));
  pair.settle();
  (void)pair.server.events();
  bool fin = false;
  (void)read_all(pair.server, pair.now, id, &fin);
  assert_true(wrote(pair.server.write(id, {}, true)));
  pair.settle();
  assert_int_equal(pair.server.open_count(), 1);
  StreamEvent event;
  assert_true(pair.server.poll_event(event));
  assert_true(event.type == EventType::stream_finished);
  assert_int_equal(pair.server.open_count(), 0);
}

void a_lower_number_is_opened_with_a_higher_one(void**) {
  StreamPair pair;
  assert_true(pair.server.on_data(pair.now, 8, 0, {}, false).has_value());
  const auto events = pair.server.events();
  for (const StreamId id : {0u, 4u, 8u}) assert_true(has(events, EventType::stream_opened, id));
  assert_int_equal(pair.server.open_count(), 3);
  assert_true(wrote(pair.server.write(4, pattern(10, 1), false)));
}

// Threat S1.
void a_stream_beyond_the_limit_is_refused_and_memory_follows_what_is_open(void**) {
  StreamPair pair;
  for (const StreamId id : {StreamId{1} << 60, StreamId{128} << 2, (StreamId{128} << 2) + 2}) {
    const auto byte = pattern(1, 1);
    assert_true(error_of(pair.server.on_data(pair.now, id, 0, byte, false)) == Error::stream_limit_exceeded);
    assert_int_equal(pair.server.open_count(), 0);
  }
  // One after the other, many more than the limit: each that is over makes room for another one.
  for (int round = 0; round < 5000; ++round) {
    const StreamId id = pair.client.open(kOneWay).value();
    assert_true(wrote(pair.client.write(id, pattern(3, 1), true)));
    pair.settle();
    (void)pair.client.events();
    assert_int_equal(read_all(pair.server, pair.now, id).size(), 3);
    (void)pair.server.events();
    pair.settle();
    assert_int_equal(pair.client.open_count() + pair.server.open_count(), 0);
  }
}

void who_may_open_no_more_is_told_when_it_may_again(void**) {
  StreamPair pair({.streams = 2});
  const StreamId first = pair.client.open(kOneWay).value();
  (void)pair.client.open(kOneWay).value();
  assert_true(pair.client.open(kOneWay).error() == Error::too_many_streams);
  assert_true(wrote(pair.client.write(first, {}, true)));
  pair.settle();
  assert_true(pair.client.events().size() == 1);
  (void)pair.server.events();
  (void)read_all(pair.server, pair.now, first);
  pair.settle();
  assert_true(has(pair.client.events(), EventType::streams_available, 0));
  assert_true(pair.client.open(kOneWay).has_value());
}

// Threat S2.
void data_beyond_the_credit_is_refused(void**) {
  const StreamsLimits limits{.data_bytes = 100'000, .stream_data_bytes = 60'000};
  const auto byte = pattern(1, 1);
  {
    StreamPair pair(limits);
    assert_true(pair.server.on_data(pair.now, 0, 59'999, byte, false).has_value());
    assert_true(error_of(pair.server.on_data(pair.now, 0, 60'000, byte, false)) ==
                Error::flow_control_violation);
  }
  {
    // The gap counts: 60,000 and 40,000 are all that the connection has.
    StreamPair pair(limits);
    assert_true(pair.server.on_data(pair.now, 0, 59'999, byte, false).has_value());
    assert_true(pair.server.on_data(pair.now, 4, 39'999, byte, false).has_value());
    assert_true(error_of(pair.server.on_data(pair.now, 4, 40'000, byte, false)) ==
                Error::flow_control_violation);
  }
  {
    StreamPair pair(limits);
    assert_true(error_of(pair.server.on_reset(pair.now, 0, 1, 60'001)) == Error::flow_control_violation);
  }
}

void a_sender_never_exceeds_the_credit_of_either(void**) {
  StreamPair pair({.data_bytes = 50'000, .stream_data_bytes = 20'000});
  const StreamId ids[] = {pair.client.open({}).value(), pair.client.open({}).value(),
                          pair.client.open({}).value()};
  for (const StreamId id : ids) assert_true(wrote(pair.client.write(id, pattern(30'000, id), true)));
  pair.settle();
  assert_true(pair.client.blocked_by_credit());
  for (int round = 0; round < 20; ++round) {
    for (const StreamId id : ids) (void)read_all(pair.server, pair.now, id);
    pair.settle();
    (void)pair.server.events();
  }
  assert_true(pair.client.drained());
}

// Threat S3.
void no_pattern_of_holes_costs_more_than_a_quarter_beyond_the_window(void**) {
  constexpr std::uint64_t kWindow = 256u << 10;
  const auto byte = pattern(1, 1);
  // Every stride, on one stream or on all: bytes alone, far apart, or at the very end of what is allowed.
  for (const std::size_t count : {std::size_t{4}, std::size_t{16}, std::size_t{128}, std::size_t{256}}) {
    for (const std::uint64_t stride : {2u, 3u, 65u, 513u, 4097u, 65'535u}) {
      StreamPair pair;
      const std::uint64_t share = std::min<std::uint64_t>(64u << 10, kWindow / count);
      std::size_t most = 0;
      for (std::uint64_t offset = std::min(stride, share) - 1; offset < share; offset += stride) {
        for (std::size_t at = 0; at < count; ++at) {
          const StreamId id = (at % 128) << 2 | (at < 128 ? 0 : 2);
          assert_true(pair.server.on_data(pair.now, id, offset, byte, false).has_value());
          most = std::max(most, pair.server.receive_memory_bytes());
        }
      }
      assert_in_range(most, 1, kWindow * 5 / 4);
    }
  }
}

// Threat S3.
void memory_that_one_stream_had_is_there_for_the_next(void**) {
  StreamPair pair;
  const auto body = pattern(1000, 1);
  std::uint64_t written = 0;
  for (StreamId id = 0; id < 128 * 4; id += 4) {
    for (std::uint64_t offset = 0; offset < 60'000; offset += 1000, written += 1000) {
      if (!pair.server.on_data(pair.now, id, offset, body, false)) break;
      assert_in_range(pair.server.receive_memory_bytes(), 1, pair.server.window_bytes() * 5 / 4);
    }
    (void)read_all(pair.server, pair.now, id);
    (void)pair.server.transmit();
  }
  assert_true(written > 128 * 50'000);
}

// Threat S5.
void a_final_size_never_changes(void**) {
  const auto bytes = pattern(100, 1);
  using Act = Result<void> (*)(StreamPair&, Bytes);
  const Act fin_at_100 = [](StreamPair& pair, Bytes data) {
    return pair.server.on_data(pair.now, 0, 0, data, true);
  };
  const Act fin_at_50 = [](StreamPair& pair, Bytes data) {
    return pair.server.on_data(pair.now, 0, 0, data.first(50), true);
  };
  const Act data_to_150 = [](StreamPair& pair, Bytes data) {
    return pair.server.on_data(pair.now, 0, 50, data, false);
  };
  const Act reset_at_50 = [](StreamPair& pair, Bytes) { return pair.server.on_reset(pair.now, 0, 9, 50); };
  const Act reset_at_200 = [](StreamPair& pair, Bytes) { return pair.server.on_reset(pair.now, 0, 9, 200); };
  const Act fin_alone_at_200 = [](StreamPair& pair, Bytes) {
    return pair.server.on_data(pair.now, 0, 200, {}, true);
  };
  const std::pair<Act, Act> contradictions[] = {{fin_at_100, fin_at_50},       {fin_at_50, fin_at_100},
                                                {fin_at_100, data_to_150},     {data_to_150, fin_at_100},
                                                {data_to_150, reset_at_50},    {fin_alone_at_200, fin_at_100},
                                                {fin_alone_at_200, reset_at_50}};
  for (const auto& [first, second] : contradictions) {
    StreamPair pair;
    assert_true(first(pair, bytes).has_value());
    assert_true(error_of(second(pair, bytes)) == Error::final_size_violation);
  }
  // These agree.
  StreamPair pair;
  assert_true(fin_alone_at_200(pair, bytes).has_value() && reset_at_200(pair, bytes).has_value());
  assert_true(has(pair.server.events(), EventType::stream_reset, 0));
}

/// Data, its end and a reset, in every order of arrival, each lost (and sent again) or not.
// Threat S5.
void data_end_and_reset_in_every_order_of_loss_leave_nothing_behind(void**) {
  for (unsigned lost = 0; lost < 8; ++lost) {
    std::array<int, 3> order{0, 1, 2};
    do {
      StreamPair pair;
      const StreamId id = pair.client.open(kOneWay).value();
      std::array<Packet, 3> packets;
      assert_true(wrote(pair.client.write(id, pattern(500, 1), false)));
      packets[0] = pair.client.transmit();
      assert_true(wrote(pair.client.write(id, {}, true)));
      packets[1] = pair.client.transmit();
      assert_true(pair.client.reset(id, 7).has_value());
      packets[2] = pair.client.transmit();
      for (const int which : order) {
        const Packet& packet = packets[static_cast<std::size_t>(which)];
        if ((lost >> which & 1u) != 0) {
          pair.client.lost(packet);
          continue;
        }
        assert_true(pair.server.receive(pair.now, packet).has_value());
        pair.client.acked(packet);
      }
      pair.settle();
      (void)read_all(pair.server, pair.now, id);
      (void)pair.server.events();
      (void)pair.client.events();
      pair.settle();
      assert_int_equal(pair.client.open_count() + pair.server.open_count(), 0);
      assert_true(pair.client.drained() && pair.client.queued_bytes() == 0);
    } while (std::next_permutation(order.begin(), order.end()));
  }
}

void a_reset_takes_back_what_was_not_read_and_gives_the_credit_free(void**) {
  StreamPair pair({.data_bytes = 50'000, .stream_data_bytes = 50'000});
  const StreamId id = pair.client.open({}).value();
  assert_true(wrote(pair.client.write(id, pattern(50'000, 1), false)));
  pair.settle();
  assert_true(pair.client.reset(id, 77).has_value());
  assert_true(pair.client.write(id, pattern(1, 1), false).status == WriteStatus::stopped);
  pair.settle();
  assert_true(pair.server.read(pair.now, id, {}).error() == Error::stream_reset);
  const auto events = pair.server.events();
  assert_true(has(events, EventType::stream_reset, id));
  assert_int_equal(events.back().code, 77);
  assert_false(has(events, EventType::stream_readable, id));
  const StreamId next = pair.client.open({}).value();
  assert_true(wrote(pair.client.write(next, pattern(50'000, 1), true)));
  pair.settle();
  assert_int_equal(read_all(pair.server, pair.now, next).size(), 50'000);
}

void who_stops_reading_frees_the_credit_and_the_sender_hears_why(void**) {
  StreamPair pair({.data_bytes = 50'000, .stream_data_bytes = 50'000});
  const StreamId id = pair.client.open(kOneWay).value();
  assert_true(wrote(pair.client.write(id, pattern(200'000, 1), false)));
  pair.settle();
  assert_true(pair.server.stop_sending(pair.now, id, 5).has_value());
  assert_true(pair.server.stop_sending(pair.now, id, 5).error() == Error::closed);
  pair.settle();
  const auto events = pair.client.events();
  assert_true(has(events, EventType::stream_stopped, id));
  assert_int_equal(events.back().code, 5);
  (void)pair.server.events();
  assert_int_equal(pair.client.open_count() + pair.server.open_count(), 0);
  assert_int_equal(pair.client.queued_bytes() + pair.server.receive_memory_bytes(), 0);
  const StreamId next = pair.client.open({}).value();
  assert_true(wrote(pair.client.write(next, pattern(50'000, 1), true)));
  pair.settle();
  assert_int_equal(read_all(pair.server, pair.now, next).size(), 50'000);
}

void frames_for_the_wrong_half_or_a_stream_that_we_never_opened_are_refused(void**) {
  StreamPair pair;
  const StreamId ours = pair.server.open(kOneWay).value();
  const auto refused = [](const Result<void>& result) {
    return error_of(result) == Error::stream_state_violation;
  };
  assert_true(refused(pair.server.on_data(pair.now, ours, 0, {}, true)));
  assert_true(refused(pair.server.on_reset(pair.now, ours, 0, 0)));
  assert_true(refused(pair.server.on_stop_sending(kFirstOneWayOfClient, 0)));
  assert_true(refused(pair.server.on_max_stream_data(kFirstOneWayOfClient, 1 << 20)));
  for (const StreamId never : {StreamId{1}, ours + 4}) {
    assert_true(refused(pair.server.on_stop_sending(never, 0)));
    assert_true(refused(pair.server.on_max_stream_data(never, 1 << 20)));
  }
  assert_true(refused(pair.server.on_data(pair.now, 1, 0, {}, false)));
  assert_int_equal(pair.server.open_count(), 1);
}

// Threat S8.
void limits_that_do_not_grow_say_nothing_however_many_come(void**) {
  StreamPair pair;
  const StreamId id = pair.client.open({}).value();
  assert_true(wrote(pair.client.write(id, pattern(300'000, 1), false)));
  pair.settle();
  for (std::uint64_t limit = 65'536; limit > 0; --limit) {
    pair.client.on_max_data(limit);
    pair.client.on_max_streams(StreamDirection::bidirectional, limit % 128);
    assert_true(pair.client.on_max_stream_data(id, limit).has_value());
    assert_false(pair.client.has_work());
  }
  assert_true(pair.client.transmit().empty());
  assert_int_equal(pair.client.open_count(), 1);
}

// Threat S12.
void a_writer_is_held_back_and_told_when_there_is_room(void**) {
  StreamPair pair({.queue_bytes = 60'000});
  const StreamId id = pair.client.open({}).value(), other = pair.client.open({}).value();
  const auto body = pattern(100'000, 1);
  const StreamWriteResult first = pair.client.write(id, body, true);
  assert_true(first.status == WriteStatus::would_block);
  assert_in_range(first.bytes, 39'000, 40'000);
  assert_int_equal(pair.client.write(id, body, true).bytes, 0);
  // Who waits does not take everything: another one still can.
  assert_true(pair.client.write(other, pattern(5000, 1), true).status == WriteStatus::taken);
  assert_true(pair.client.events().empty());
  pair.settle();
  assert_true(has(pair.client.events(), EventType::stream_writable, id));
  assert_true(pair.client.queued_bytes() <= 60'000);
}

void a_writer_that_holds_nothing_hears_of_the_little_room_that_stuck_ones_leave(void**) {
  StreamPair pair({.stream_data_bytes = 4096, .queue_bytes = 65'536});
  const auto body = pattern(65'536, 1);
  for (int stuck = 0; stuck < 2; ++stuck) {
    const StreamId id = pair.client.open({}).value();
    (void)pair.client.write(id, body, false);
    pair.settle();  // what its credit allows is gone, and nobody reads
    assert_true(pair.client.write(id, body, false).status == WriteStatus::would_block);
  }
  const StreamId id = pair.client.open({}).value();
  for (int round = 0; round < 3; ++round) {
    assert_int_equal(pair.client.write(id, Bytes(body).first(20'000), false).bytes, 4854);
    assert_false(has(pair.client.events(), EventType::stream_writable, id));
    std::size_t read = 0;
    while (read < 4854) {
      pair.settle();
      read += read_all(pair.server, pair.now, id).size();
    }
    assert_true(has(pair.client.events(), EventType::stream_writable, id));
  }
}

void an_application_that_reads_fast_gets_a_larger_window_out_of_half_the_budget(void**) {
  StreamPair pair({.data_bytes = 64u << 10, .stream_data_bytes = 32u << 10, .window_bytes_max = 1u << 20});
  pair.server.set_smoothed_rtt(1s);
  const StreamId id = pair.client.open({}).value();
  for (int round = 0; round < 3000; ++round) {
    (void)pair.client.write(id, pattern(20'000, 1), false);
    while (pair.pass(pair.client, pair.server)) {
    }
    (void)read_all(pair.server, pair.now, id);
    pair.settle();
  }
  assert_int_equal(pair.server.window_bytes(), 1u << 20);
  assert_int_equal(pair.server.budget_bytes(), (1u << 20) - (64u << 10));
  assert_int_equal(pair.budget.free_bytes(), (64u << 20) - pair.server.budget_bytes());
}

void windows_leave_half_of_the_budget_to_messages(void**) {
  StreamPair pair({.data_bytes = 64u << 10, .window_bytes_max = 64u << 20});
  transfer::CreditBudget::Ticket ticket = 0;
  assert_true(pair.budget.take(32u << 20, ticket));
  const StreamId id = pair.client.open({}).value();
  for (int round = 0; round < 300; ++round) {
    (void)pair.client.write(id, pattern(20'000, 1), false);
    pair.settle();
    (void)read_all(pair.server, pair.now, id);
    pair.settle();
  }
  assert_int_equal(pair.server.window_bytes(), 64u << 10);
}

void a_more_urgent_stream_is_first_and_equals_share(void**) {
  StreamPair pair;
  const StreamId low = pair.client.open({.priority = 6}).value();
  const StreamId a = pair.client.open({.priority = 2}).value(), b = pair.client.open({.priority = 6}).value();
  for (const StreamId id : {low, a, b}) assert_true(wrote(pair.client.write(id, pattern(20'000, id), false)));
  assert_int_equal(pair.client.waiting_at(2), 1);
  assert_true(pair.client.set_priority(b, 2).has_value());
  assert_int_equal(pair.client.waiting_at(2), 2);
  std::map<StreamId, std::size_t> sent;
  for (int frame = 0; frame < 16; ++frame) {
    const auto next = pair.client.next_frame(2, 1100);
    sent[next->stream] += next->piece.data.size();
  }
  assert_in_range(sent[a], 7000, 10'500);
  assert_in_range(sent[b], 7000, 10'500);
  assert_true(pair.client.set_priority(b, 8).error() == Error::invalid_argument);
  assert_true(pair.client.open({.priority = 8}).error() == Error::invalid_argument);
}

void a_probe_repeats_what_is_not_acknowledged(void**) {
  StreamPair pair;
  const StreamId id = pair.client.open({}).value();
  assert_true(wrote(pair.client.write(id, pattern(300, 1), true)));
  const Packet packet = pair.client.transmit();
  const StreamTag tag = packet.pieces.front().tag;
  const auto again = pair.client.frame_again(tag, 1100);
  assert_true(again && again->piece.fin && again->piece.data.size() == 300);
  pair.client.on_acked({id, 0, 100});
  assert_int_equal(pair.client.frame_again(tag, 1100)->piece.data.size(), 200);
  pair.client.acked(packet);
  assert_false(pair.client.frame_again(tag, 1100).has_value());
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(what_is_written_is_read_and_both_sides_hear_of_the_end),
      cmocka_unit_test(a_place_is_given_back_with_the_last_event_and_not_after_it),
      cmocka_unit_test(a_lower_number_is_opened_with_a_higher_one),
      cmocka_unit_test(a_stream_beyond_the_limit_is_refused_and_memory_follows_what_is_open),
      cmocka_unit_test(who_may_open_no_more_is_told_when_it_may_again),
      cmocka_unit_test(data_beyond_the_credit_is_refused),
      cmocka_unit_test(a_sender_never_exceeds_the_credit_of_either),
      cmocka_unit_test(no_pattern_of_holes_costs_more_than_a_quarter_beyond_the_window),
      cmocka_unit_test(memory_that_one_stream_had_is_there_for_the_next),
      cmocka_unit_test(a_final_size_never_changes),
      cmocka_unit_test(data_end_and_reset_in_every_order_of_loss_leave_nothing_behind),
      cmocka_unit_test(a_reset_takes_back_what_was_not_read_and_gives_the_credit_free),
      cmocka_unit_test(who_stops_reading_frees_the_credit_and_the_sender_hears_why),
      cmocka_unit_test(frames_for_the_wrong_half_or_a_stream_that_we_never_opened_are_refused),
      cmocka_unit_test(limits_that_do_not_grow_say_nothing_however_many_come),
      cmocka_unit_test(a_writer_is_held_back_and_told_when_there_is_room),
      cmocka_unit_test(a_writer_that_holds_nothing_hears_of_the_little_room_that_stuck_ones_leave),
      cmocka_unit_test(an_application_that_reads_fast_gets_a_larger_window_out_of_half_the_budget),
      cmocka_unit_test(windows_leave_half_of_the_budget_to_messages),
      cmocka_unit_test(a_more_urgent_stream_is_first_and_equals_share),
      cmocka_unit_test(a_probe_repeats_what_is_not_acknowledged),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
