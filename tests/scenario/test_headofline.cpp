// S9: what is lost on one channel or stream holds up nothing of another.
#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <vector>

#include "support/endpoint_pair.hpp"

#include "support/cmocka.hpp"

using namespace rudp;
using namespace std::chrono_literals;
using test::bytes_of;

namespace {

/// A pair that is connected and at rest; what the client sends while `loses` is lost.
struct Pair : test::EndpointPair {
  Pair() {
    connection = connect();
    run_for(2s);
    assert_int_equal(client.count(EventType::connected), 1);
    filter = [this](test::Host& from, std::vector<std::uint8_t>&) { return !(loses && &from == &client); };
  }

  void say(ChannelId channel, std::string_view text) {
    assert_true(static_cast<bool>(client.endpoint->send(now, connection, channel, bytes_of(text))));
    drain(client);
  }
  void write(StreamId stream, std::string_view text) {
    assert_int_equal(client.endpoint->write(now, connection, stream, bytes_of(text)).bytes, text.size());
    drain(client);
  }
  std::string read(StreamId stream) {
    std::array<std::uint8_t, 64> out;
    const auto got = server.endpoint->read(now, server.peer, stream, out);
    drain(server);
    return got ? std::string(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(got->bytes)) : "";
  }

  ConnectionHandle connection;
  bool loses = false;
};

// Threat S9.
void a_message_lost_on_one_channel_holds_up_its_own_channel_only(void**) {
  Pair pair;
  pair.loses = true;
  pair.say(1, "lost");
  pair.loses = false;
  pair.say(1, "behind it");
  pair.say(2, "of another channel");
  pair.run_for(pair.delay);
  assert_true(pair.server.messages == std::vector<std::string>{"of another channel"});
  pair.run_for(1s);
  assert_true(pair.server.messages == (std::vector<std::string>{"of another channel", "lost", "behind it"}));
}

// Threat S9.
void bytes_lost_on_one_stream_hold_up_that_stream_only(void**) {
  Pair pair;
  const StreamId first = pair.client.endpoint->open_stream(pair.now, pair.connection).value();
  const StreamId second = pair.client.endpoint->open_stream(pair.now, pair.connection).value();
  pair.loses = true;
  pair.write(first, "lost");
  pair.loses = false;
  pair.write(first, "behind it");
  pair.write(second, "of another stream");
  pair.run_for(pair.delay);
  assert_string_equal(pair.read(second).c_str(), "of another stream");
  assert_string_equal(pair.read(first).c_str(), "");
  pair.run_for(1s);
  assert_string_equal(pair.read(first).c_str(), "lostbehind it");
}

// Threat S9. A large message that loses a fifth of its packets, in every moment but those in which a small
// one of another channel is under way: that waits for none of what is missing.
void a_lossy_transfer_delays_no_small_message(void**) {
  Pair pair;
  int sent = 0;
  bool small_is_on_its_way = false;
  pair.filter = [&](test::Host& from, std::vector<std::uint8_t>&) {
    return &from == &pair.server || small_is_on_its_way || ++sent % 5 != 0;
  };
  pair.say(1, std::string(250'000, 'x'));
  Duration worst{0};
  int small = 0;
  for (; pair.server.messages.size() == static_cast<std::size_t>(small); ++small) {
    pair.run_for(10ms);
    const Instant began = pair.now;
    small_is_on_its_way = true;
    pair.say(2, "small");
    while (std::count(pair.server.messages.begin(), pair.server.messages.end(), "small") == small)
      assert_true(pair.step(began + 1s));
    small_is_on_its_way = false;
    worst = std::max(worst, pair.now - began);
  }
  assert_in_range(small, 5, 100);
  std::printf("%d small messages beside a lossy transfer: at most %lld ms one way\n", small,
              static_cast<long long>(worst / 1ms));
  assert_true(worst <= 3 * pair.delay);  // its own way, and a round trip until the window lets it leave
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_message_lost_on_one_channel_holds_up_its_own_channel_only),
      cmocka_unit_test(bytes_lost_on_one_stream_hold_up_that_stream_only),
      cmocka_unit_test(a_lossy_transfer_delays_no_small_message),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
