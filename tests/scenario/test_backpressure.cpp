// S7, S12: a slow receiver or path slows the sender; it neither grows a queue without end nor ends a
// connection.
#include <vector>

#include "duo.hpp"

#include "support/cmocka.hpp"

using namespace scenario;

namespace {

constexpr std::size_t kMessageBytes = 10'000;
constexpr int kMessages = 500;

std::vector<std::uint8_t> message_number(int number) {
  std::vector<std::uint8_t> bytes(kMessageBytes, static_cast<std::uint8_t>(number));
  bytes[0] = static_cast<std::uint8_t>(number >> 8);
  return bytes;
}

/// Sends until the queue is full. Returns how many were taken.
int fill_queue(Duo& duo, int from = 0) {
  int number = from;
  while (duo.say_bytes(message_number(number))) ++number;
  return number - from;
}

/// Sends kMessages, waiting for writable whenever the queue is full.
void send_all(Duo& duo, int& next) {
  while (next < kMessages && duo.say_bytes(message_number(next))) ++next;
}

void a_full_queue_says_would_block_and_later_writable(void**) {
  Duo duo(1, {.delay = 20ms, .rate_bits_per_s = 10'000'000});
  assert_true(duo.connect());
  const int taken = fill_queue(duo);
  assert_true(taken > 0);
  assert_true(duo.say_bytes(message_number(0)).status == SendStatus::would_block);
  assert_int_equal(duo.at_client.writable, 0);
  duo.world.run_until([&] { return duo.at_client.writable > 0; }, 1min);
  assert_true(duo.is_well());
  assert_int_equal(duo.at_client.writable, 1);
  assert_true(static_cast<bool>(duo.say_bytes(message_number(taken))));
}

void writable_is_told_to_nobody_who_was_not_blocked(void**) {
  Duo duo(1);
  assert_true(duo.connect());
  for (int i = 0; i < 10; ++i) assert_true(static_cast<bool>(duo.say_bytes(message_number(i))));
  duo.world.run_for(5s);
  assert_int_equal(duo.at_client.writable, 0);
  assert_int_equal(duo.at_server.messages.size(), 10);
}

void the_queue_holds_what_its_option_says(void**) {
  TransportOptions options;
  options.send_queue_bytes = 200'000;
  Duo duo(1, {.loss_ppm = 1'000'000}, options);
  duo.start();
  const auto taken = static_cast<std::size_t>(fill_queue(duo));
  assert_in_range(taken * kMessageBytes, options.send_queue_bytes - kMessageBytes,
                  options.send_queue_bytes + kMessageBytes);
}

void a_sender_that_waits_for_writable_gets_everything_through(void**) {
  Duo duo(1, {.delay = 20ms, .rate_bits_per_s = 20'000'000});
  assert_true(duo.connect());
  int next = 0;
  duo.world.on_event(duo.client, [&](const Event& event) {
    duo.at_client.take(event);
    if (event.type == EventType::writable) send_all(duo, next);
  });
  send_all(duo, next);
  duo.world.run_until([&] { return duo.at_server.messages.size() == kMessages; }, 2min);
  assert_true(duo.is_well());
  assert_int_equal(duo.at_server.messages.size(), kMessages);
  assert_true(duo.at_client.writable > 0);
}

// Credit is given back as the application takes messages, so one that stops taking them stops the peer.
void a_receiver_that_does_not_read_stops_the_sender(void**) {
  Duo duo(1);
  assert_true(duo.connect());
  duo.world.set_reading(duo.server, false);
  int next = 0;
  for (int second = 0; second < 20; ++second) {
    send_all(duo, next);
    duo.world.run_for(1s);
  }
  assert_true(duo.is_well());
  const TransportOptions defaults;
  const std::uint64_t bound = defaults.initial_message_credit_bytes + defaults.send_queue_bytes;
  assert_true(static_cast<std::uint64_t>(next) * kMessageBytes <= bound + 2 * kMessageBytes);
  assert_false(duo.at_client.closed.has_value());
  assert_int_equal(duo.at_server.messages.size(), 0);

  duo.world.set_reading(duo.server, true);
  duo.world.on_event(duo.client, [&](const Event&) { send_all(duo, next); });
  send_all(duo, next);
  duo.world.run_until([&] { return duo.at_server.messages.size() == kMessages; }, 2min);
  assert_true(duo.is_well());
  assert_int_equal(duo.at_server.messages.size(), kMessages);
}

void a_blocked_sender_can_still_be_answered(void**) {
  Duo duo(1);
  assert_true(duo.connect());
  duo.world.set_reading(duo.server, false);
  int next = 0;
  for (int second = 0; second < 5; ++second) {
    send_all(duo, next);
    duo.world.run_for(1s);
  }
  for (int i = 0; i < 100; ++i) {
    assert_true(static_cast<bool>(duo.answer("the other way")));
    duo.world.run_for(10ms);
  }
  duo.world.run_for(1s);
  assert_true(duo.is_well());
  assert_int_equal(duo.at_client.messages.size(), 100);
}

void a_message_above_the_peers_limit_is_refused_with_the_limit(void**) {
  TransportOptions options;
  options.max_message_bytes = 50'000;
  Duo duo(1, {}, options);
  assert_true(duo.connect());
  const SendResult refused = duo.say_bytes(std::vector<std::uint8_t>(50'001));
  assert_true(refused.status == SendStatus::too_large);
  assert_int_equal(refused.limit_bytes, 50'000);
  assert_true(static_cast<bool>(duo.say_bytes(std::vector<std::uint8_t>(50'000))));
  duo.world.run_for(5s);
  assert_true(duo.is_well());
  assert_int_equal(duo.at_server.messages.size(), 1);
}

// Bigger than the credit there is at first: the receiver grants more when asked.
void a_message_of_sixteen_mebibytes_arrives(void**) {
  TransportOptions options;
  options.send_queue_bytes = 32u << 20;
  Duo duo(1, {.delay = 10ms, .rate_bits_per_s = 200'000'000, .queue_bytes = 512u << 10}, options);
  assert_true(duo.connect());
  std::vector<std::uint8_t> bytes(16u << 20);
  SeededRandom(1).public_fill(bytes);
  assert_true(static_cast<bool>(duo.say_bytes(bytes)));
  duo.world.run_until([&] { return !duo.at_server.messages.empty(); }, 1min);
  assert_true(duo.is_well());
  assert_int_equal(duo.at_server.messages.size(), 1);
  assert_true(duo.at_server.messages.front() == bytes);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_full_queue_says_would_block_and_later_writable),
      cmocka_unit_test(writable_is_told_to_nobody_who_was_not_blocked),
      cmocka_unit_test(the_queue_holds_what_its_option_says),
      cmocka_unit_test(a_sender_that_waits_for_writable_gets_everything_through),
      cmocka_unit_test(a_receiver_that_does_not_read_stops_the_sender),
      cmocka_unit_test(a_blocked_sender_can_still_be_answered),
      cmocka_unit_test(a_message_above_the_peers_limit_is_refused_with_the_limit),
      cmocka_unit_test(a_message_of_sixteen_mebibytes_arrives),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
