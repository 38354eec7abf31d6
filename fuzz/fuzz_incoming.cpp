// MESSAGE, FRAGMENT, SKIP and MSG_BLOCKED frames as a peer may send them, of all kinds and on all channels.
// Every byte says which message it is of, so what the application gets can be judged by itself: unaltered,
// what is reliable at most once and in its order, values never older than the one before, and within the
// memory that was promised.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "base/assert.hpp"
#include "fuzz/input.hpp"
#include "message/incoming.hpp"

namespace {

using namespace rudp;
using namespace rudp::message;
using namespace std::chrono_literals;
using fuzz::Input;

constexpr int kOperationsMax = 256;
constexpr std::size_t kFragmentBytes = 1200;
constexpr std::uint64_t kBudgetBytes = 96u << 10;
constexpr IncomingLimits kLimits{.message_bytes = 48u << 10, .window_bytes = 24u << 10, .channels = 4};
/// What reliable messages may take (1.25 x, and bookkeeping), unreliable ones, and buffers kept for the next.
constexpr std::size_t kMemoryBytesMax = (kLimits.window_bytes + kBudgetBytes) * 5 / 4 +
                                        kUnreliablePartialBytesMax + kUnreliableReadyBytesMax + (512u << 10);

/// Which message a byte is of, over and over.
using Mark = std::array<std::uint8_t, 4>;

Mark mark_of(Delivery delivery, ChannelId channel, std::uint16_t number) {
  return {static_cast<std::uint8_t>(delivery), static_cast<std::uint8_t>(channel),
          static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)};
}

class Game {
 public:
  Game() : budget_(kBudgetBytes), incoming_(kLimits, budget_) {}

  /// False: the peer broke the protocol, and the connection ends.
  bool play(Input& input) {
    const std::uint8_t choice = input.u8();
    switch (choice % 8) {
      case 0:
        return whole(choice, input);
      case 1:
        return control(choice, input);
      case 2:
        poll();
        return true;
      case 3:
        return wait(1ms * input.u16());
      case 4:
        return next_of_last(choice);
      default:
        return fragment(choice, input);
    }
  }

  void check() const {
    RUDP_ASSERT(incoming_.memory_bytes() <= kMemoryBytesMax);
    RUDP_ASSERT(incoming_.budget_bytes() == budget_.taken_bytes());
  }

  void end() {
    while (incoming_.has_ready()) poll();
    while (incoming_.has_receipt_to_send()) static_cast<void>(incoming_.receipt_to_send());
    for (int i = 0; i < 8 && incoming_.timeout(); ++i) wait(10s);
  }

 private:
  struct Piece {
    Delivery delivery;
    ChannelId channel;
    std::uint16_t number;
    std::uint64_t total, offset;
  };

  Bytes bytes_of(const Piece& piece, std::size_t count) {
    const Mark mark = mark_of(piece.delivery, piece.channel, piece.number);
    buffer_.resize(count);
    for (std::size_t at = 0; at < count; ++at) buffer_[at] = mark[(piece.offset + at) % mark.size()];
    return buffer_;
  }

  static Piece piece_of(std::uint8_t choice, Input& input) {
    Piece piece{static_cast<Delivery>(choice / 8 % 4), static_cast<ChannelId>(choice / 32 % 4), input.u8(), 0,
                0};
    if (choice >= 248) piece.channel = input.u16(), piece.number = input.u16();
    return piece;
  }

  bool whole(std::uint8_t choice, Input& input) {
    const Piece piece = piece_of(choice, input);
    return incoming_
        .on_message(now_, piece.delivery, piece.channel, piece.number, bytes_of(piece, input.u16() % 2048))
        .has_value();
  }

  bool fragment(std::uint8_t choice, Input& input) {
    Piece piece = piece_of(choice, input);
    const std::uint8_t how = input.u8();
    piece.total = how == 255 ? input.number() : 500 + how * 200u;
    piece.offset = how == 255 ? input.number() : input.u8() * kFragmentBytes / 4;
    return send(piece, how % 16 == 0 ? input.u16() % kFragmentBytes : kFragmentBytes);
  }

  /// What an honest sender would go on with.
  bool next_of_last(std::uint8_t choice) {
    if (last_.total == 0) return true;
    if (choice >= 128) ++last_.number, last_.offset = 0;
    return send(last_, kFragmentBytes);
  }

  bool send(Piece piece, std::size_t bytes) {
    const std::uint64_t left = piece.total - std::min(piece.total, piece.offset);
    const std::size_t count = static_cast<std::size_t>(std::min<std::uint64_t>(left, bytes));
    last_ = piece;
    last_.offset += count;
    if (last_.offset >= last_.total) last_.offset = 0, ++last_.number;
    return incoming_
        .on_fragment(now_, piece.delivery, piece.channel, piece.number, piece.total, piece.offset,
                     bytes_of(piece, count))
        .has_value();
  }

  bool control(std::uint8_t choice, Input& input) {
    switch (choice / 8 % 4) {
      case 0: {
        const auto announced = incoming_.limit_to_announce();
        if (announced) limit_ = *announced;
        return true;
      }
      case 1:
        incoming_.on_limit_lost();
        return true;
      case 2: {
        const std::uint16_t number = input.u8();
        return incoming_.on_skip(now_, choice / 32 % 4, number, 64 + input.u16()).has_value();
      }
      default:
        return incoming_.on_blocked(now_, choice >= 128 ? limit_ : input.number(), input.u16()).has_value();
    }
  }

  bool wait(Duration length) {
    now_ += length;
    const auto due = incoming_.timeout();
    if (due && *due <= now_) incoming_.on_timeout(now_);
    if (length > 1s && incoming_.can_rest()) incoming_.rest();
    return true;
  }

  void poll() {
    ReceivedMessage message;
    if (!incoming_.poll(message)) return;
    judge(message);
    incoming_.recycle(std::move(message.bytes));
  }

  void judge(const ReceivedMessage& message) {
    const auto& bytes = message.bytes;
    if (bytes.size() < Mark().size()) return;
    const std::uint16_t number = static_cast<std::uint16_t>(bytes[2] << 8 | bytes[3]);
    const Mark mark = mark_of(message.delivery, message.channel, number);
    for (std::size_t at = 0; at < bytes.size(); ++at) RUDP_ASSERT(bytes[at] == mark[at % mark.size()]);
    if (message.delivery == Delivery::unreliable) return;
    if (message.delivery == Delivery::latest) return judge_value(message.channel, number);
    RUDP_ASSERT(seen_.insert({message.channel, number}).second);
    if (message.delivery != Delivery::reliable_ordered) return;
    const auto [last, is_first] = ordered_.try_emplace(message.channel, number);
    RUDP_ASSERT(is_first || number > last->second);
    last->second = number;
  }

  void judge_value(ChannelId channel, std::uint16_t number) {
    const auto [last, is_first] = values_.try_emplace(channel, number);
    RUDP_ASSERT(is_first || static_cast<std::int16_t>(number - last->second) > 0);
    last->second = number;
  }

  transfer::CreditBudget budget_;
  Incoming incoming_;
  Piece last_{};
  std::vector<std::uint8_t> buffer_;
  std::set<std::pair<ChannelId, std::uint16_t>> seen_;
  std::map<ChannelId, std::uint16_t> ordered_, values_;
  std::uint64_t limit_ = kLimits.window_bytes;
  Instant now_ = Instant() + 1h;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  Game game;
  for (int i = 0; i < kOperationsMax && !input.empty() && game.play(input); ++i) game.check();
  game.end();
  return 0;
}
