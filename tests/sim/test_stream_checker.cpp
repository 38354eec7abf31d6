// The checker is shown what a broken transport would do. Two real endpoints lend their handles, so that it
// can match both ends of a connection.
#include "sim/checkers.hpp"
#include "sim/pair.hpp"

#include "support/cmocka.hpp"

using namespace sim_test;

namespace {

struct Checked {
  Checked() : pair(1) {
    pair.connect();
    checker.on_connect(pair.world, pair.client, pair.at_client, pair.server_address);
    checker.on_settled(pair.world, pair.client);
    Event connected;
    connected.connection = pair.at_server;
    checker.on_event(pair.world, pair.server, connected);
  }
  bool written(std::string_view text, bool fin = false, StreamId stream = 0) {
    const auto bytes = to_bytes(text);
    return !checker.on_stream_write(pair.world, {pair.client, pair.at_client, stream, bytes, fin});
  }
  bool accepts(std::string_view text, bool fin = false, StreamId stream = 0) {
    const auto bytes = to_bytes(text);
    return !checker.on_stream_read(pair.world, {pair.server, pair.at_server, stream, bytes, fin});
  }

  Pair pair;
  StreamChecker checker;
};

void what_was_written_passes_in_any_pieces(void**) {
  Checked checked;
  assert_true(checked.written("one, two"));
  assert_true(checked.written(", three", true));
  assert_true(checked.accepts("one"));
  assert_true(checked.accepts(", two, th"));
  assert_true(checked.accepts("ree", true));
  assert_int_equal(checked.checker.report().bytes_read, 15);
  assert_int_equal(checked.checker.report().ends_read, 1);
}

void what_was_altered_repeated_or_left_out_is_refused(void**) {
  for (const std::string_view text : {"onE", "twone", "ne", "one, two."}) {
    Checked checked;
    assert_true(checked.written("one, two"));
    assert_false(checked.accepts(text));
  }
  Checked checked;
  assert_true(checked.written("one"));
  assert_false(checked.accepts("one", false, 4));
}

void an_end_is_where_it_was_written_and_nowhere_else(void**) {
  Checked checked;
  assert_true(checked.written("one", false));
  assert_false(checked.accepts("one", true));
  Checked early;
  assert_true(early.written("one", true));
  assert_false(early.accepts("on", true));
  assert_false(early.written("more"));
}

void a_world_checks_and_counts_its_streams(void**) {
  Pair pair(1);
  pair.connect();
  const auto bytes = to_bytes("hello");
  const StreamId stream = pair.world.open_stream(pair.client, pair.at_client).value();
  assert_true(pair.world.write(pair.client, pair.at_client, stream, bytes, true).status == WriteStatus::taken);
  assert_true(pair.world.set_stream_priority(pair.client, pair.at_client, stream, 1).has_value());
  pair.world.run_for(1s);
  std::uint8_t buffer[10];
  const auto taken = pair.world.read(pair.server, pair.at_server, stream, buffer);
  assert_true(taken && taken->bytes == 5 && taken->fin);
  assert_int_equal(pair.world.stream_deliveries().bytes_read, 5);
  assert_true(pair.world.stop_sending(pair.client, pair.at_client, stream, 1).has_value());
  assert_true(pair.world.reset_stream(pair.server, pair.at_server, stream, 1).has_value());
  assert_false(pair.world.failed());
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(what_was_written_passes_in_any_pieces),
      cmocka_unit_test(what_was_altered_repeated_or_left_out_is_refused),
      cmocka_unit_test(an_end_is_where_it_was_written_and_nowhere_else),
      cmocka_unit_test(a_world_checks_and_counts_its_streams),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
