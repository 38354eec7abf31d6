// Every kind of delivery over every kind of path, with and without a deadline: each cell of the table keeps
// what its kind promises.
#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "duo.hpp"

#include "support/cmocka.hpp"

using namespace scenario;

namespace {

constexpr std::size_t kMessages = 300;
constexpr Duration kInterval = 5ms;
constexpr Duration kDeadline = 120ms;
constexpr Duration kDelay = 20ms;
constexpr Duration kReorderDelay = 30ms;
constexpr ChannelId kChannels = 3;
/// Messages have at least so many bytes; no packet without payload is as long.
constexpr std::size_t kPayloadBytesMin = 300;

struct Cell {
  Delivery delivery = Delivery::reliable_ordered;
  std::uint32_t loss_percent = 0;
  bool reorders = false;
  bool has_deadline = false;

  LinkOptions link() const {
    return {.delay = kDelay,
            .loss_ppm = loss_percent * 10'000,
            .reorder_ppm = reorders ? 300'000u : 0u,
            .reorder_delay = kReorderDelay};
  }
  bool is_ordered() const { return delivery == Delivery::reliable_ordered || delivery == Delivery::latest; }
  bool is_reliable() const {
    return delivery == Delivery::reliable_ordered || delivery == Delivery::reliable_unordered;
  }
};

/// Probes for the path's size are long and hold no payload.
TransportOptions without_probes() {
  TransportOptions options;
  options.discover_mtu = false;
  return options;
}

const char* name_of(Delivery delivery) {
  constexpr std::array<const char*, 4> kNames{"reliable_ordered", "reliable_unordered", "unreliable",
                                              "latest"};
  return kNames[static_cast<std::size_t>(delivery)];
}

/// The longest that a datagram may be under way.
Duration longest_way(const Cell& cell) { return kDelay + (cell.reorders ? kReorderDelay : Duration(0)); }

/// Sends messages of one kind through one kind of path and looks at what came of them.
class Trial {
 public:
  explicit Trial(const Cell& cell)
      : cell_(cell),
        duo_(1 + cell.loss_percent, cell.link(), without_probes()),
        random_(duo_.world.random("sizes")) {
    duo_.world.on_event(duo_.server, [this](const Event& event) { at_server(event); });
    duo_.world.on_event(duo_.client, [this](const Event& event) { at_client(event); });
    duo_.world.set_filter([this](const Datagram& datagram) { return watch(datagram); });
  }

  void run() {
    assert_true(duo_.connect());
    for (std::size_t i = 0; i < kMessages; ++i) {
      send(i);
      duo_.world.run_for(kInterval);
    }
    last_deadline_ = duo_.world.now() - kInterval + kDeadline;
    duo_.world.run_for(20s);
    assert_true(duo_.is_well());
    check();
    print();
  }

 private:
  struct Sent {
    std::vector<std::uint8_t> bytes;
    ChannelId channel = 0;
    Instant expires_at = Instant::max();
    bool arrived = false;
    std::vector<ReceiptStatus> receipts;
  };

  void send(std::size_t index) {
    Sent sent;
    const bool is_large = random_.chance(100'000);
    sent.bytes.resize(is_large ? random_.between(3'000, 6'000) : random_.between(kPayloadBytesMin, 900));
    random_.public_fill(sent.bytes);
    sent.bytes[0] = static_cast<std::uint8_t>(index);
    sent.bytes[1] = static_cast<std::uint8_t>(index >> 8);
    sent.channel = static_cast<ChannelId>(index % kChannels);
    SendOptions options{.delivery = cell_.delivery, .receipt = true};
    if (cell_.has_deadline) options.deadline = kDeadline;
    if (cell_.has_deadline) sent.expires_at = duo_.world.now() + kDeadline;
    const SendResult result =
        duo_.world.send(duo_.client, duo_.at_client.connection, sent.channel, sent.bytes, options);
    assert_true(static_cast<bool>(result));
    by_id_[result.id] = index;
    sent_.push_back(std::move(sent));
  }

  void at_server(const Event& event) {
    duo_.at_server.take(event);
    if (event.type == EventType::message) take_message(event.message);
  }

  void take_message(const Message& message) {
    const std::size_t index = message.bytes[0] | std::size_t{message.bytes[1]} << 8;
    assert_true(index < sent_.size());
    Sent& sent = sent_[index];
    const bool same =
        std::equal(sent.bytes.begin(), sent.bytes.end(), message.bytes.begin(), message.bytes.end());
    assert_true(same && message.channel == sent.channel && message.delivery == cell_.delivery);
    assert_false(sent.arrived);  // at most once
    sent.arrived = true;
    const auto last = last_of_.find(sent.channel);
    if (cell_.is_ordered()) assert_true(last == last_of_.end() || last->second < index);
    last_of_[sent.channel] = index;
    // What is not held back for others comes in time, or not at all.
    const bool waits = cell_.delivery == Delivery::reliable_ordered;
    if (!waits && cell_.has_deadline) assert_true(duo_.world.now() - longest_way(cell_) < sent.expires_at);
  }

  void at_client(const Event& event) {
    duo_.at_client.take(event);
    if (event.type == EventType::receipt)
      sent_[by_id_.at(event.message_id)].receipts.push_back(event.receipt);
    assert_true(event.type != EventType::closed);
  }

  /// Notes what the client sends after the last deadline.
  bool watch(const Datagram& datagram) {
    const bool is_late = cell_.has_deadline && last_deadline_ && duo_.world.now() > *last_deadline_;
    if (is_late && datagram.from == duo_.world.address(duo_.client))
      longest_late_ = std::max(longest_late_, datagram.bytes.size());
    return true;
  }

  void check() const {
    assert_true(longest_late_ < kPayloadBytesMin);
    for (const Sent& sent : sent_) {
      assert_int_equal(sent.receipts.size(), 1);
      check(sent, sent.receipts[0]);
    }
    if (cell_.delivery == Delivery::latest) check_newest();
    const auto statistics = duo_.world.endpoint(duo_.client).statistics(duo_.at_client.connection);
    assert_int_equal(statistics.value().send_queue_bytes, 0);
  }

  void check(const Sent& sent, ReceiptStatus receipt) const {
    // A value of latest may be acknowledged and then dropped for a newer one that came before it.
    const bool is_proof = cell_.delivery != Delivery::latest;
    if (is_proof && receipt == ReceiptStatus::delivered) assert_true(sent.arrived);
    if (cell_.is_reliable() && !cell_.has_deadline) assert_true(receipt == ReceiptStatus::delivered);
    if (receipt == ReceiptStatus::lost) assert_true(cell_.delivery == Delivery::unreliable);
    if (receipt == ReceiptStatus::expired) assert_true(cell_.has_deadline || !is_proof);
    const bool is_clean = cell_.loss_percent == 0 && !cell_.reorders;
    if (is_clean && is_proof) assert_true(sent.arrived && receipt == ReceiptStatus::delivered);
  }

  void check_newest() const {
    for (std::size_t index = kMessages - kChannels; index < kMessages; ++index)
      if (!cell_.has_deadline)
        assert_true(sent_[index].arrived && sent_[index].receipts[0] == ReceiptStatus::delivered);
  }

  void print() const {
    std::array<int, 3> receipts{};
    for (const Sent& sent : sent_) ++receipts[static_cast<std::size_t>(sent.receipts[0])];
    const auto arrived =
        std::count_if(sent_.begin(), sent_.end(), [](const Sent& sent) { return sent.arrived; });
    std::printf("%-18s loss %2u %%  %-10s  %-8s  arrived %3d  delivered %3d expired %3d lost %3d\n",
                name_of(cell_.delivery), cell_.loss_percent, cell_.reorders ? "reordering" : "in order",
                cell_.has_deadline ? "120 ms" : "-", static_cast<int>(arrived), receipts[0], receipts[1],
                receipts[2]);
  }

  Cell cell_;
  Duo duo_;
  SeededRandom random_;
  std::vector<Sent> sent_;
  std::map<MessageId, std::size_t> by_id_;
  std::map<ChannelId, std::size_t> last_of_;
  std::optional<Instant> last_deadline_;
  std::size_t longest_late_ = 0;
};

template <class Visit>
void for_each_path(Visit visit) {
  for (const bool has_deadline : {false, true})
    for (const bool reorders : {false, true})
      for (const std::uint32_t loss_percent : {0u, 1u, 5u, 20u})
        visit(Cell{.loss_percent = loss_percent, .reorders = reorders, .has_deadline = has_deadline});
}

void run_row(Delivery delivery) {
  for_each_path([delivery](Cell cell) {
    cell.delivery = delivery;
    Trial(cell).run();
  });
}

void reliable_ordered_keeps_its_promise(void**) { run_row(Delivery::reliable_ordered); }
void reliable_unordered_keeps_its_promise(void**) { run_row(Delivery::reliable_unordered); }
void unreliable_keeps_its_promise(void**) { run_row(Delivery::unreliable); }
void latest_keeps_its_promise(void**) { run_row(Delivery::latest); }

/// A stream knows no deadline; its writer does, and gives it up then.
class StreamTrial {
 public:
  explicit StreamTrial(const Cell& cell)
      : cell_(cell), duo_(1 + cell.loss_percent, cell.link(), without_probes()) {
    SeededRandom(7).public_fill(bytes_);
    duo_.world.on_event(duo_.server, [this](const Event& event) { at_server(event); });
    duo_.world.set_filter([this](const Datagram& datagram) {
      if (given_up_ && datagram.from == duo_.world.address(duo_.client))
        longest_late_ = std::max(longest_late_, datagram.bytes.size());
      return true;
    });
  }

  void run() {
    assert_true(duo_.connect());
    stream_ = duo_.world.open_stream(duo_.client, duo_.at_client.connection).value();
    const auto written = duo_.world.write(duo_.client, duo_.at_client.connection, stream_, bytes_, true);
    assert_true(static_cast<bool>(written));
    if (cell_.has_deadline) {
      duo_.world.run_for(kDeadline);
      given_up_ = true;
      (void)duo_.world.reset_stream(duo_.client, duo_.at_client.connection, stream_, 9);
    }
    duo_.world.run_for(20s);
    assert_true(duo_.is_well());
    check();
    std::printf("%-18s loss %2u %%  %-10s  %-8s  read %zu of %zu, %s\n", "stream", cell_.loss_percent,
                cell_.reorders ? "reordering" : "in order", cell_.has_deadline ? "120 ms" : "-", read_.size(),
                bytes_.size(), fins_ > 0 ? "ended" : "reset");
  }

 private:
  void at_server(const Event& event) {
    duo_.at_server.take(event);
    if (event.type == EventType::stream_reset) ++resets_;
    if (event.type == EventType::stream_readable) read();
  }

  void read() {
    std::uint8_t buffer[4'000];
    for (;;) {
      const auto taken = duo_.world.read(duo_.server, duo_.at_server.connection, stream_, buffer);
      if (!taken) return;
      read_.insert(read_.end(), buffer, buffer + taken->bytes);
      fins_ += taken->fin ? 1 : 0;
      if (taken->fin || taken->bytes == 0) return;
    }
  }

  void check() const {
    assert_true(read_.size() <= bytes_.size());
    assert_true(std::equal(read_.begin(), read_.end(), bytes_.begin()));
    assert_int_equal(fins_ + resets_, 1);
    if (fins_ == 1) assert_int_equal(read_.size(), bytes_.size());
    if (!cell_.has_deadline) assert_int_equal(fins_, 1);
    assert_true(longest_late_ < kPayloadBytesMin);
  }

  Cell cell_;
  Duo duo_;
  std::vector<std::uint8_t> bytes_ = std::vector<std::uint8_t>(150'000);
  std::vector<std::uint8_t> read_;
  StreamId stream_ = 0;
  bool given_up_ = false;
  int fins_ = 0, resets_ = 0;
  std::size_t longest_late_ = 0;
};

void a_stream_keeps_its_promise(void**) {
  for_each_path([](const Cell& cell) { StreamTrial(cell).run(); });
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(reliable_ordered_keeps_its_promise),
      cmocka_unit_test(reliable_unordered_keeps_its_promise),
      cmocka_unit_test(unreliable_keeps_its_promise),
      cmocka_unit_test(latest_keeps_its_promise),
      cmocka_unit_test(a_stream_keeps_its_promise),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
