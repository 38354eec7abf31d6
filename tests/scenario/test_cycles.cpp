// R7: connections that come and go leave no memory behind.
//
//   RUDP_CYCLES    how many connections, 3,000 unless told otherwise
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "support/heap.hpp"

#include "support/endpoint_pair.hpp"

#include "support/cmocka.hpp"

using namespace rudp;
using namespace std::chrono_literals;
using test::bytes_of;

namespace {

constexpr int kWarmUp = 300;

int cycles() {
  const char* const asked = std::getenv("RUDP_CYCLES");
  return asked ? std::atoi(asked) : 3'000;
}

/// A connection of each way to end: closed by either side, at once or in order, or forgotten by a silent
/// peer.
void come_and_go(test::EndpointPair& pair, int cycle) {
  const ConnectionHandle connection = pair.connect(cycle % 3 != 0);
  pair.run_for(100ms);
  assert_true(static_cast<bool>(pair.client.endpoint->send(pair.now, connection, 3, bytes_of("hello"))));
  pair.drain(pair.client);
  const auto stream = pair.client.endpoint->open_stream(pair.now, connection);
  assert_true(stream.has_value());
  assert_true(
      static_cast<bool>(pair.client.endpoint->write(pair.now, connection, *stream, bytes_of("bytes"), true)));
  pair.drain(pair.client);
  pair.run_for(100ms);
  test::Host& ends = cycle % 2 == 0 ? pair.client : pair.server;
  const ConnectionHandle handle = cycle % 2 == 0 ? connection : pair.server.peer;
  if (cycle % 5 == 0) ends.endpoint->close_now(pair.now, handle, 0, "enough");
  if (cycle % 5 != 0) ends.endpoint->close(pair.now, handle, 0, "enough");
  pair.drain(ends);
  if (cycle % 7 == 0) pair.filter = [](test::Host&, std::vector<std::uint8_t>&) { return false; };
  pair.run_for(cycle % 7 == 0 ? Duration(40s) : Duration(2s));
  pair.filter = nullptr;
  for (test::Host* host : {&pair.client, &pair.server}) {
    assert_int_equal(host->endpoint->connection_count(), 0);
    host->events.clear();
    host->messages.clear();
  }
}

// Threat R7.
void thousands_of_connections_leave_the_heap_as_it_was(void**) {
  test::EndpointPair pair;
  for (int cycle = 0; cycle < kWarmUp; ++cycle) come_and_go(pair, cycle);
  const std::uint64_t blocks = test::heap.live, bytes = test::heap.live_bytes;
  for (int cycle = 0; cycle < cycles(); ++cycle) come_and_go(pair, cycle);
  std::printf("%d connections: %llu blocks of %llu bytes before, %llu of %llu after\n", cycles(),
              static_cast<unsigned long long>(blocks), static_cast<unsigned long long>(bytes),
              static_cast<unsigned long long>(test::heap.live),
              static_cast<unsigned long long>(test::heap.live_bytes));
  assert_true(test::heap.live <= blocks);
  assert_true(test::heap.live_bytes <= bytes);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(thousands_of_connections_leave_the_heap_as_it_was),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
