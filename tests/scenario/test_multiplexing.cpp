// S10: very many streams and messages of one connection at a time.
#include <map>
#include <set>
#include <string>
#include <vector>

#include "duo.hpp"
#include "support/dice.hpp"

#include "support/cmocka.hpp"

namespace {

using namespace scenario;

constexpr std::size_t kStreams = 1999;
constexpr std::size_t kMessages = 10'000;
constexpr ChannelId kChannels = 50;

const LinkOptions kBadPath{.delay = 20ms,
                           .jitter = 10ms,
                           .rate_bits_per_s = 50'000'000,
                           .queue_bytes = 256u << 10,
                           .loss_ppm = 20'000,
                           .duplicate_ppm = 20'000,
                           .reorder_ppm = 50'000,
                           .corrupt_ppm = 5'000};

std::vector<std::uint8_t> content_of(StreamId stream) { return test::pattern(100 + stream % 3'000, stream); }

std::vector<std::uint8_t> message_number(std::size_t number) {
  std::vector<std::uint8_t> bytes = test::pattern(20 + number % 200, number);
  for (std::size_t i = 0; i < 4; ++i) bytes[i] = static_cast<std::uint8_t>(number >> (8 * i));
  return bytes;
}

/// Both applications: the client writes, the server reads and answers each stream with what it said.
class Crowd {
 public:
  explicit Crowd(std::uint64_t seed) : duo_(seed, kBadPath, options()) {
    duo_.world.on_event(duo_.server, [this](const Event& event) { at_server(event); });
    duo_.world.on_event(duo_.client, [this](const Event& event) { at_client(event); });
    assert_true(duo_.connect());
  }

  static TransportOptions options() {
    TransportOptions options;
    options.max_streams = kStreams;
    return options;
  }

  void open_all() {
    while (opened_.size() < kStreams) {
      const auto stream = duo_.world.open_stream(duo_.client, duo_.at_client.connection);
      assert_true(stream.has_value());
      opened_.insert(*stream);
      writing_client_[*stream] = content_of(*stream);
    }
    for (const StreamId stream : opened_) write(duo_.client, writing_client_, stream);
  }

  void say_more() {
    while (said_ < kMessages) {
      const auto channel = static_cast<ChannelId>(said_ % kChannels);
      const auto result =
          duo_.world.send(duo_.client, duo_.at_client.connection, channel, message_number(said_));
      if (!result) return;
      ++said_;
    }
  }

  bool is_done() const {
    return got_back_.size() == kStreams && messages_ == kMessages && ended_at_client_ == kStreams;
  }

  void run() {
    open_all();
    say_more();
    assert_true(duo_.world.run_until([this] { return is_done(); }, 2min));
    assert_true(duo_.is_well());
    for (const StreamId stream : opened_) assert_true(got_back_.at(stream) == content_of(stream));
    assert_int_equal(ended_at_server_, kStreams);
    for (const auto& [channel, next] : next_of_) assert_int_equal(next, kMessages + channel);
    std::printf("%zu streams there and back beside %zu messages: %lld ms\n", kStreams, kMessages,
                static_cast<long long>((duo_.world.now() - Instant()) / 1ms));
  }

 private:
  using Writing = std::map<StreamId, std::vector<std::uint8_t>>;

  ConnectionHandle connection_of(NodeId node) const {
    return node == duo_.client ? duo_.at_client.connection : duo_.at_server.connection;
  }

  void write(NodeId node, Writing& writing, StreamId stream) {
    const auto found = writing.find(stream);
    if (found == writing.end()) return;
    std::vector<std::uint8_t>& rest = found->second;
    const auto result = duo_.world.write(node, connection_of(node), stream, rest, true);
    rest.erase(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(result.bytes));
    if (result) writing.erase(found);
  }

  /// True: it has ended.
  bool read(NodeId node, StreamId stream, std::vector<std::uint8_t>& into) {
    std::uint8_t buffer[4'000];
    for (;;) {
      const auto taken = duo_.world.read(node, connection_of(node), stream, buffer);
      if (!taken) return false;
      into.insert(into.end(), buffer, buffer + taken->bytes);
      if (taken->fin || taken->bytes == 0) return taken->fin;
    }
  }

  void at_server(const Event& event) {
    duo_.at_server.take(event);
    duo_.at_server.messages.clear();
    if (event.type == EventType::stream_writable) write(duo_.server, writing_server_, event.stream);
    if (event.type == EventType::message) take_message(event.message);
    if (event.type != EventType::stream_readable) return;
    std::vector<std::uint8_t>& bytes = at_server_[event.stream];
    if (!read(duo_.server, event.stream, bytes)) return;
    ++ended_at_server_;
    writing_server_[event.stream] = bytes;
    write(duo_.server, writing_server_, event.stream);
  }

  void at_client(const Event& event) {
    duo_.at_client.take(event);
    if (event.type == EventType::writable) say_more();
    if (event.type == EventType::stream_writable) write(duo_.client, writing_client_, event.stream);
    if (event.type == EventType::stream_readable && read(duo_.client, event.stream, got_back_[event.stream]))
      ++ended_at_client_;
  }

  /// In the order of its channel, and whole.
  void take_message(const Message& message) {
    std::size_t number = 0;
    for (std::size_t i = 0; i < 4; ++i) number |= std::size_t{message.bytes[i]} << (8 * i);
    const std::vector<std::uint8_t> expected = message_number(number);
    assert_true(std::equal(expected.begin(), expected.end(), message.bytes.begin(), message.bytes.end()));
    std::size_t& next = next_of_.try_emplace(message.channel, message.channel).first->second;
    assert_int_equal(number, next);
    next += kChannels;
    ++messages_;
  }

  Duo duo_;
  std::set<StreamId> opened_;
  Writing writing_client_, writing_server_;
  std::map<StreamId, std::vector<std::uint8_t>> at_server_, got_back_;
  std::size_t ended_at_server_ = 0, ended_at_client_ = 0;
  std::size_t said_ = 0, messages_ = 0;
  std::map<ChannelId, std::size_t> next_of_;
};

// Threat S10.
void all_of_1999_streams_open_at_once_and_10000_messages_arrive_whole(void**) { Crowd(1).run(); }

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(all_of_1999_streams_open_at_once_and_10000_messages_arrive_whole),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
