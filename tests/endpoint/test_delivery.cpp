// What each kind of delivery promises, from door to door: kind x loss x reordering x deadline.
#include <rudp/endpoint.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "support/dice.hpp"
#include "support/endpoint_pair.hpp"

#include "support/cmocka.hpp"

using namespace std::chrono_literals;
using rudp::ChannelId;
using rudp::Delivery;
using rudp::EventType;
using rudp::Instant;
using rudp::MessageId;
using rudp::ReceiptStatus;
using rudp::SendOptions;
using test::bytes_of;
using test::EndpointPair;

namespace {

/// One cell of the matrix.
struct Cell {
  Delivery delivery = Delivery::reliable_ordered;
  unsigned loss_percent = 0;
  bool reorders = false;
  bool has_deadline = false;
};

/// A client that sends messages of one kind, a server that takes them, a bad wire between them.
class Talk {
 public:
  explicit Talk(Cell cell) : cell_(cell), dice_(1 + cell.loss_percent) {
    connection_ = pair_.connect();
    pair_.run_for(200ms);
    pair_.filter = [this](test::Host&, std::vector<std::uint8_t>&) { return lives(); };
  }

  void run() {
    for (int round = 0; round < 40; ++round) {
      for (int count = 0; count < 3; ++count) send();
      pair_.drain(pair_.client);
      run_until(pair_.now + 7ms);
    }
    run_until(pair_.now + 30s);
    check();
  }

 private:
  struct Sent {
    std::string content;
    ChannelId channel = 0;
    Instant expires_at = Instant::max();
    bool arrived = false;
    std::vector<ReceiptStatus> receipts;
  };

  bool lives() { return !dice_.percent(cell_.loss_percent); }

  void send() {
    Sent sent;
    const std::size_t size = dice_.percent(70) ? 8 + dice_.below(300) : 600 + dice_.below(4000);
    sent.content = std::to_string(10'000 + sent_.size());
    sent.content.resize(size, static_cast<char>('a' + sent_.size() % 26));
    sent.channel = static_cast<ChannelId>(dice_.below(2));
    SendOptions options;
    options.delivery = cell_.delivery;
    options.receipt = true;
    if (cell_.has_deadline) options.deadline = std::chrono::milliseconds(5 + dice_.below(60));
    if (options.deadline) sent.expires_at = pair_.now + *options.deadline;
    const auto result =
        pair_.client.endpoint->send(pair_.now, connection_, sent.channel, bytes_of(sent.content), options);
    assert_true(static_cast<bool>(result));
    by_id_[result.id] = sent_.size();
    sent_.push_back(std::move(sent));
  }

  void run_until(Instant end) {
    while (pair_.step(end)) {
      take_messages();
      if (cell_.reorders) swap_two();
    }
    pair_.now = end;
  }

  /// Two datagrams that are under way to the server change their places.
  void swap_two() {
    std::vector<EndpointPair::Datagram*> candidates;
    for (auto& datagram : pair_.wire) {
      if (datagram.to == &pair_.server) candidates.push_back(&datagram);
    }
    if (candidates.size() < 2) return;
    std::swap(candidates[dice_.below(candidates.size())]->bytes,
              candidates[dice_.below(candidates.size())]->bytes);
  }

  void take_messages() {
    for (; taken_ < pair_.server.messages.size(); ++taken_) {
      const std::string& content = pair_.server.messages[taken_];
      const std::size_t index = std::stoul(content.substr(0, 5)) - 10'000;
      assert_true(index < sent_.size());
      Sent& sent = sent_[index];
      assert_true(!sent.arrived && sent.content == content);
      sent.arrived = true;
      check_order(index);
      // An ordered message may have waited for others at the receiver.
      if (cell_.delivery != Delivery::reliable_ordered && !cell_.reorders)
        assert_true(pair_.now - pair_.delay < sent.expires_at);
    }
  }

  void check_order(std::size_t index) {
    if (cell_.delivery != Delivery::reliable_ordered && cell_.delivery != Delivery::latest) return;
    const auto last = last_of_.find(sent_[index].channel);
    assert_true(last == last_of_.end() || last->second < index);
    last_of_[sent_[index].channel] = index;
  }

  void check() {
    for (const rudp::Event& event : pair_.client.events) {
      if (event.type == EventType::receipt)
        sent_[by_id_.at(event.message_id)].receipts.push_back(event.receipt);
      assert_true(event.type != EventType::closed);
    }
    for (const Sent& sent : sent_) {
      assert_int_equal(sent.receipts.size(), 1);
      if (cell_.delivery == Delivery::latest) continue;
      if (sent.receipts[0] == ReceiptStatus::delivered) assert_true(sent.arrived);
      if (sent.receipts[0] == ReceiptStatus::expired) assert_true(cell_.has_deadline);
      if (cell_.delivery == Delivery::unreliable)
        check_unreliable(sent);
      else
        check_reliable(sent);
    }
    if (cell_.delivery == Delivery::latest) check_values();
    assert_int_equal(pair_.client.endpoint->statistics(connection_).value().send_queue_bytes, 0);
  }

  /// The last value of each channel arrives, and a receipt says so. Of the others some were replaced.
  void check_values() const {
    for (const ChannelId channel : std::array<ChannelId, 2>{0, 1}) {
      const auto last = std::find_if(sent_.rbegin(), sent_.rend(),
                                     [&](const Sent& sent) { return sent.channel == channel; });
      assert_true(last != sent_.rend());
      if (cell_.has_deadline) continue;
      assert_true(last->arrived && last->receipts[0] == ReceiptStatus::delivered);
    }
    const auto expired = std::count_if(sent_.begin(), sent_.end(), [](const Sent& sent) {
      return sent.receipts[0] == ReceiptStatus::expired;
    });
    assert_in_range(expired, 1, sent_.size() - 1);
    for (const Sent& sent : sent_) assert_true(sent.receipts[0] != ReceiptStatus::lost);
  }

  void check_reliable(const Sent& sent) const {
    if (!cell_.has_deadline) assert_true(sent.receipts[0] == ReceiptStatus::delivered);
    assert_true(sent.receipts[0] != ReceiptStatus::lost);
  }

  void check_unreliable(const Sent& sent) const {
    if (cell_.loss_percent > 0 || cell_.has_deadline) return;
    assert_true(sent.arrived);
    if (!cell_.reorders) assert_true(sent.receipts[0] == ReceiptStatus::delivered);
  }

  Cell cell_;
  test::Dice dice_;
  EndpointPair pair_;
  rudp::ConnectionHandle connection_;
  std::vector<Sent> sent_;
  std::map<MessageId, std::size_t> by_id_;
  std::map<ChannelId, std::size_t> last_of_;
  std::size_t taken_ = 0;
};

void run_matrix_of(Delivery delivery) {
  for (const unsigned loss : {0u, 1u, 5u, 20u}) {
    for (const bool reorders : {false, true}) {
      for (const bool has_deadline : {false, true}) Talk({delivery, loss, reorders, has_deadline}).run();
    }
  }
}

void reliable_ordered_keeps_its_promise(void**) { run_matrix_of(Delivery::reliable_ordered); }
void reliable_unordered_keeps_its_promise(void**) { run_matrix_of(Delivery::reliable_unordered); }
void unreliable_keeps_its_promise(void**) { run_matrix_of(Delivery::unreliable); }
void latest_keeps_its_promise(void**) { run_matrix_of(Delivery::latest); }

/// What the client sends at or after a deadline, while a large message with that deadline is under way.
struct LateTraffic {
  std::size_t datagrams = 0;
  std::size_t largest = 0;
};

LateTraffic send_past_deadline(Delivery delivery, unsigned loss_percent) {
  EndpointPair pair;
  const auto connection = pair.connect();
  pair.run_for(200ms);
  test::Dice dice(9);
  const Instant deadline = pair.now + 55ms;
  LateTraffic late;
  pair.filter = [&](test::Host& from, std::vector<std::uint8_t>& bytes) {
    if (&from == &pair.client && pair.now >= deadline) {
      ++late.datagrams;
      late.largest = std::max(late.largest, bytes.size());
    }
    return !dice.percent(loss_percent);
  };
  SendOptions options;
  options.delivery = delivery;
  options.deadline = 55ms;
  const std::string large(200'000, 'l');
  assert_true(
      static_cast<bool>(pair.client.endpoint->send(pair.now, connection, 0, bytes_of(large), options)));
  pair.drain(pair.client);
  pair.run_for(10s);
  assert_int_equal(pair.server.messages.size(), 0);
  assert_true(static_cast<bool>(pair.client.endpoint->send(pair.now, connection, 0, bytes_of("next"))));
  pair.drain(pair.client);
  pair.run_for(5s);
  assert_int_equal(pair.server.messages.size(), 1);
  return late;
}

void not_one_payload_byte_leaves_after_the_deadline(void**) {
  for (const Delivery delivery :
       {Delivery::reliable_ordered, Delivery::reliable_unordered, Delivery::unreliable, Delivery::latest}) {
    for (const unsigned loss : {0u, 5u, 20u}) {
      const LateTraffic late = send_past_deadline(delivery, loss);
      assert_true(late.datagrams > 0);
      assert_in_range(late.largest, 1, 100);  // acks, SKIP, PING, and "next"
    }
  }
}

void every_receipt_comes_before_the_connection_is_over(void**) {
  EndpointPair pair;
  const auto connection = pair.connect();
  pair.run_for(200ms);
  pair.filter = [](test::Host&, std::vector<std::uint8_t>&) { return false; };
  SendOptions options;
  options.receipt = true;
  std::map<MessageId, int> receipts;
  const std::string small(100, 's'), large(30'000, 'l');
  for (const Delivery delivery :
       {Delivery::reliable_ordered, Delivery::reliable_unordered, Delivery::unreliable, Delivery::latest}) {
    for (const bool has_deadline : {false, true}) {
      options.delivery = delivery;
      options.deadline = has_deadline ? std::optional<rudp::Duration>(1s) : std::nullopt;
      for (const std::string& content : {small, large}) {
        const auto sent = pair.client.endpoint->send(pair.now, connection, 0, bytes_of(content), options);
        assert_true(static_cast<bool>(sent));
        receipts[sent.id] = 0;
      }
    }
  }
  pair.drain(pair.client);
  pair.run_for(500ms);
  pair.client.endpoint->close_now(pair.now, connection);
  pair.drain(pair.client);
  pair.run_for(10s);
  for (const rudp::Event& event : pair.client.events) {
    if (event.type == EventType::receipt) ++receipts.at(event.message_id);
  }
  for (const auto& [id, count] : receipts) assert_int_equal(count, 1);
  assert_true(pair.client.events.back().type == EventType::closed);
}

void a_message_expires_while_nobody_answers_the_handshake(void**) {
  EndpointPair pair;
  pair.filter = [](test::Host&, std::vector<std::uint8_t>&) { return false; };
  const auto connection = pair.connect();
  SendOptions options;
  options.deadline = 300ms;
  options.receipt = true;
  const auto sent = pair.client.endpoint->send(pair.now, connection, 0, bytes_of("too late"), options);
  pair.run_for(299ms);
  assert_int_equal(pair.client.count(EventType::receipt), 0);
  pair.run_for(1ms);
  assert_int_equal(pair.client.count(EventType::receipt), 1);
  assert_true(pair.client.events.back().message_id == sent.id);
  assert_true(pair.client.events.back().receipt == ReceiptStatus::expired);
}

void what_is_too_large_for_a_peer_not_known_yet_is_lost_aloud(void**) {
  std::vector<std::string> warnings;
  EndpointPair pair({}, 1, [](rudp::EndpointConfig& server) { server.transport.max_message_bytes = 1024; });
  rudp::EndpointConfig config;
  config.log = [&](rudp::LogLevel level, std::string_view line) {
    if (level == rudp::LogLevel::warning) warnings.emplace_back(line);
  };
  pair.client.endpoint = std::move(rudp::Endpoint::create(config, pair.client.random)).value();
  const auto connection = pair.connect();
  const std::string large(1025, 'l'), small(1024, 's');
  SendOptions options;
  const auto send = [&](const std::string& content) {
    return pair.client.endpoint->send(pair.now, connection, 0, bytes_of(content), options);
  };
  assert_true(static_cast<bool>(send(large)));
  options.receipt = true;
  const auto asked = send(large);
  assert_true(asked && send(small));
  pair.run_for(1s);
  assert_true(pair.server.messages == (std::vector<std::string>{small}));
  std::map<MessageId, ReceiptStatus> receipts;
  for (const rudp::Event& event : pair.client.events) {
    if (event.type == EventType::receipt) receipts[event.message_id] = event.receipt;
  }
  assert_int_equal(receipts.size(), 2);
  assert_true(receipts.at(asked.id) == ReceiptStatus::lost);
  assert_int_equal(warnings.size(), 1);
  assert_true(warnings[0].find(": 2, ") != std::string::npos);
}

void close_drains_the_skips_too(void**) {
  EndpointPair pair;
  const auto connection = pair.connect();
  pair.run_for(200ms);
  SendOptions options;
  options.deadline = 40ms;
  const std::string large(200'000, 'l');
  (void)pair.client.endpoint->send(pair.now, connection, 0, bytes_of(large), options);
  (void)pair.client.endpoint->send(pair.now, connection, 0, bytes_of("last words"));
  pair.client.endpoint->close(pair.now, connection, 1, "done", 10s);
  pair.drain(pair.client);
  pair.run_for(5s);
  assert_int_equal(pair.server.messages.size(), 1);
  assert_true(pair.server.events.back().type == EventType::closed);
  assert_int_equal(pair.client.endpoint->connection_count(), 0);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(reliable_ordered_keeps_its_promise),
      cmocka_unit_test(reliable_unordered_keeps_its_promise),
      cmocka_unit_test(unreliable_keeps_its_promise),
      cmocka_unit_test(latest_keeps_its_promise),
      cmocka_unit_test(every_receipt_comes_before_the_connection_is_over),
      cmocka_unit_test(not_one_payload_byte_leaves_after_the_deadline),
      cmocka_unit_test(a_message_expires_while_nobody_answers_the_handshake),
      cmocka_unit_test(what_is_too_large_for_a_peer_not_known_yet_is_lost_aloud),
      cmocka_unit_test(close_drains_the_skips_too),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
