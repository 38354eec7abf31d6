// A client that holds keys and seals what the input says, so that any bytes reach the server behind the
// AEAD: frames, acks, times, and what the server's application does meanwhile. Whatever comes, the server
// must not fall over, end its connection at most once, and stay within its memory.
#include <malloc.h>

#include <chrono>
#include <memory>

#include "fuzz/hand_made_client.hpp"

// Present where the program is built with AddressSanitizer, whose malloc glibc cannot count.
extern "C" __attribute__((weak)) std::size_t __sanitizer_get_current_allocated_bytes();

namespace {

using namespace fuzz;
using namespace std::chrono_literals;

// Both sides of the server's connection at their limits: the credit and the budget that were granted, the
// unreliable messages that may be held, the queue that the server's application may fill, and tables.
constexpr std::size_t kCreditBytes = 64u << 10;
constexpr std::size_t kBudgetBytes = 320u << 10;
constexpr std::size_t kQueueBytes = 64u << 10;
constexpr std::size_t kMemoryBytesMax = 2 * (kCreditBytes + kBudgetBytes) + (4u << 20) + kQueueBytes;
constexpr int kOperationsMax = 120;
// The drain of a close may take four minutes, the idle timeout as long again.
constexpr int kMinutesToEnd = 20;

enum class Operation : std::uint8_t { seal, wait, send, raw, repeat, key, application, seal_short };
constexpr std::uint8_t kOperationCount = 8;
/// What the server's application does with a stream; one in two of the choices that were `seal` once more.
constexpr std::uint8_t kStreamChoice = 8;

std::size_t live_bytes() {
  if (__sanitizer_get_current_allocated_bytes) return __sanitizer_get_current_allocated_bytes();
  const struct mallinfo2 heap = mallinfo2();
  return heap.uordblks + heap.hblkhd;
}

class Game {
 public:
  explicit Game(std::uint64_t seed) : random_(seed), client_(seed + 1) {
    EndpointConfig config;
    config.identity = server_identity();
    config.accept = true;
    config.cookie_free_handshakes_per_second = 10;
    config.message_budget_bytes = kBudgetBytes;
    config.transport.initial_message_credit_bytes = kCreditBytes;
    config.transport.max_message_bytes = kBudgetBytes - 64;
    config.transport.send_queue_bytes = kQueueBytes;
    config.transport.max_channels = 64;
    config.transport.initial_data_bytes = kCreditBytes;
    config.transport.initial_stream_data_bytes = kCreditBytes / 4;
    config.transport.max_streams = 16;
    server_ = std::move(Endpoint::create(config, random_)).value();
    before_ = live_bytes();
  }

  bool shake_hands() {
    deliver(client_.init());
    return has_keys_;
  }

  void play(Input& input) {
    const std::uint8_t choice = input.u8();
    if (choice % 16 == kStreamChoice) return stream(input);
    switch (static_cast<Operation>(choice % kOperationCount)) {
      case Operation::seal:
        return seal(input.bytes(input.u16() % (kSealedPayloadBytesMax + 1)), choice / 64);
      case Operation::seal_short:
        return seal(input.bytes(input.u8()), 0);
      case Operation::wait:
        return wait(1ms * (1 << (input.u8() % 17)));
      case Operation::send:
        return send(input);
      case Operation::raw:
        return raw(input.bytes(input.u16() % kDatagramBytesMax));
      case Operation::repeat:
        return deliver(last_);
      case Operation::key:
        return change_key(input);
      case Operation::application:
        return act(input.u8());
    }
  }

  void check() const {
    RUDP_ASSERT(drain_.closed <= 1);
    RUDP_ASSERT(server_->connection_count() <= 1);
    RUDP_ASSERT(live_bytes() <= before_ + kMemoryBytesMax);
  }

  /// The client falls silent: the connection must end, however far the clock jumps, and leave no timer.
  void end() {
    for (int minutes = 0; minutes < kMinutesToEnd && server_->poll_timeout(); ++minutes) {
      wait(1min);
      check();
    }
    RUDP_ASSERT(!server_->poll_timeout());
    RUDP_ASSERT(server_->connection_count() == 0);
  }

 private:
  void drain() {
    drain_(*server_, now_, [this](MutableBytes datagram) {
      if (!has_keys_) has_keys_ = client_.take_answer(now_, datagram);
    });
  }

  void deliver(std::vector<std::uint8_t> datagram) {
    last_ = datagram;
    server_->handle_datagram(now_, kClientAddress, datagram);
    drain();
  }

  void seal(Bytes payload, int reserved) {
    // The least that a sender may seal: header protection needs a sample.
    std::vector<std::uint8_t> padded(std::max<std::size_t>(1, payload.size()));
    std::copy(payload.begin(), payload.end(), padded.begin());
    deliver(client_.seal(padded, static_cast<std::uint8_t>(reserved)));
  }

  void wait(Duration length) {
    now_ += length;
    server_->handle_timeout(now_);
    drain();
  }

  void send(Input& input) {
    if (!drain_.connection) return;
    const std::vector<std::uint8_t> message(input.u16() % 20'000);
    const std::uint8_t how = input.u8();
    const std::uint8_t deadline = input.u8();
    SendOptions options{.delivery = static_cast<Delivery>(how / 4 % 4),
                        .priority = static_cast<std::uint8_t>(how / 16 % 8),
                        .receipt = how >= 128};
    if (deadline > 0) options.deadline = 10ms * deadline;
    static_cast<void>(server_->send(now_, *drain_.connection, how % 4, message, options));
    drain();
  }

  /// A short packet gets the id of the connection, so that it is forged rather than unknown.
  void raw(Bytes bytes) {
    std::vector<std::uint8_t> datagram(bytes.begin(), bytes.end());
    const ConnectionId id = client_.server_cid();
    if (datagram.size() > id.size() && datagram[0] >> 5 == 2)
      std::copy(id.bytes().begin(), id.bytes().end(), datagram.begin() + 1);
    deliver(std::move(datagram));
  }

  void change_key(Input& input) {
    const std::uint8_t how = input.u8();
    client_.skip_numbers(how / 2);
    if (how % 2 == 0) return;
    client_.acked(0);
    client_.update_key();
  }

  /// A stream of either side, open or not.
  void stream(Input& input) {
    if (!drain_.connection) return;
    const ConnectionHandle connection = *drain_.connection;
    const std::uint8_t how = input.u8();
    const StreamId id = input.u8();
    std::vector<std::uint8_t> buffer(input.u16() % 20'000);
    if (how % 8 == 0) {
      const auto direction = how >= 128 ? StreamDirection::one_way : StreamDirection::bidirectional;
      static_cast<void>(server_->open_stream(
          now_, connection, {.direction = direction, .priority = static_cast<std::uint8_t>(how / 8 % 16)}));
    }
    if (how % 8 == 1) static_cast<void>(server_->write(now_, connection, id, buffer, how >= 128));
    if (how % 8 == 2) static_cast<void>(server_->read(now_, connection, id, buffer));
    if (how % 8 == 3) static_cast<void>(server_->reset_stream(now_, connection, id, buffer.size()));
    if (how % 8 == 4) static_cast<void>(server_->stop_sending(now_, connection, id, buffer.size()));
    if (how % 8 == 5) static_cast<void>(server_->set_stream_priority(now_, connection, id, how / 8));
    drain();
  }

  void act(std::uint8_t how) {
    if (!drain_.connection) return;
    const ConnectionHandle connection = *drain_.connection;
    if (how % 4 == 0) server_->close(now_, connection, how, "the application closes", 1s * how);
    if (how % 4 == 1) server_->close_now(now_, connection, how, "now");
    if (how % 4 == 2) static_cast<void>(server_->statistics(connection));
    if (how % 4 == 3) static_cast<void>(server_->info(connection));
    drain();
  }

  sim::SeededRandom random_;
  HandMadeClient client_;
  std::unique_ptr<Endpoint> server_;
  Drain drain_;
  Instant now_ = Instant() + 1h;
  std::vector<std::uint8_t> last_;
  std::size_t before_ = 0;
  bool has_keys_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  Game game(input.u8());
  RUDP_ASSERT(game.shake_hands());
  for (int i = 0; i < kOperationsMax && !input.empty(); ++i) {
    game.play(input);
    game.check();
  }
  game.end();
  return 0;
}
