// The streams of two sides of a connection, between which frames are delivered in any order, more than once,
// or lost. What is read is what was written; when the faults stop, everything that was written arrives, and
// nothing is left over. A hostile peer, whose frames are made up, is told so and costs no more memory.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <vector>

#include "base/assert.hpp"
#include "base/units.hpp"
#include "fuzz/input.hpp"
#include "stream/streams.hpp"
#include "transfer/send_order.hpp"

namespace {

using namespace rudp;
using namespace rudp::stream;
using namespace std::chrono_literals;
using fuzz::Input;

constexpr int kOperationsMax = 192;
constexpr int kRoundsMax = 200;
constexpr std::size_t kUnderWayMax = 64;
constexpr std::size_t kPacketBytes = 1200;
constexpr std::uint64_t kBudgetBytes = 64u << 10;
constexpr StreamsLimits kLimits{.data_bytes = 24u << 10,
                                .stream_data_bytes = 8u << 10,
                                .window_bytes_max = 64u << 10,
                                .streams = 6,
                                .queue_bytes = 32u << 10};
/// All windows at their limit, with room to grow into and one bit for each byte.
constexpr std::size_t kMemoryBytesMax = 2 * 9 * (kLimits.window_bytes_max + kBudgetBytes) / 8;

using Buffer = std::vector<std::uint8_t>;

/// A frame as it travels, and what its sender remembers of it.
struct Carried {
  bool is_control = false;
  ControlFrame control{};
  StreamTag tag{};
  std::uint64_t offset = 0;
  Buffer data{};
  bool fin = false;
  bool has_arrived = false;
};

/// The byte that a side writes at an offset of a stream.
std::uint8_t byte_at(StreamId stream, std::uint64_t offset, Side writer) {
  return static_cast<std::uint8_t>(offset * 7 + offset / 251 + stream * 31 +
                                   (writer == Side::client ? 0 : 128));
}

struct Peer {
  explicit Peer(Side which) : side(which), streams(which, kLimits, budget) {
    streams.set_peer_limits(kLimits.data_bytes, kLimits.stream_data_bytes, kLimits.streams);
  }

  Side side;
  transfer::CreditBudget budget{kBudgetBytes};
  Streams streams;
  std::map<StreamId, std::uint64_t> written, read;
  std::deque<Carried> under_way;  ///< to the other
};

Side other(Side side) { return side == Side::client ? Side::server : Side::client; }

class Game {
 public:
  /// False: a peer broke the protocol.
  bool play(Input& input) {
    const std::uint8_t choice = input.u8();
    Peer& peer = choice >= 128 ? server_ : client_;
    const std::uint8_t stream = input.u8();
    switch (choice % 12) {
      case 0:
        return open(peer, stream);
      case 1:
      case 2:
        return write(peer, stream, input.u16() % 6000, choice % 64 >= 48);
      case 3:
        read(peer, stream, 1 + input.u16() % 8000);
        return true;
      case 4:
        return give_up(peer, stream, input.u8());
      case 5:
      case 6:
        send(peer, stream);
        return true;
      case 7:
        return deliver(peer, stream);
      case 8:
        lose(peer, stream);
        return true;
      case 9:
        ack(peer, stream);
        return true;
      case 10:
        return again(peer, stream);
      default:
        return choice % 64 < 60 || make_up(peer, input);
    }
  }

  void check() const {
    for (const Peer* peer : {&client_, &server_}) {
      RUDP_ASSERT(peer->streams.receive_memory_bytes() <= kMemoryBytesMax);
      RUDP_ASSERT(peer->streams.budget_bytes() + peer->budget.free_bytes() == kBudgetBytes);
      RUDP_ASSERT(peer->streams.queued_bytes() <= kLimits.queue_bytes);
    }
  }

  /// From here on all frames arrive, and both sides read.
  void end() {
    if (is_hostile_) return;
    for (int round = 0; round < kRoundsMax && !is_over(); ++round)
      for (Peer* peer : {&client_, &server_}) carry_all(*peer);
    RUDP_ASSERT(is_over());
    for (Peer* peer : {&client_, &server_}) carry_all(*peer);  // what arrived before and was not read
    for (Peer* peer : {&client_, &server_})
      for (const auto& [stream, bytes] : peer->written)
        if (!gave_up_.contains(stream)) RUDP_ASSERT(other_of(*peer).read[stream] == bytes);
  }

 private:
  Peer& other_of(const Peer& peer) { return &peer == &client_ ? server_ : client_; }
  bool is_over() const {
    return client_.streams.drained() && server_.streams.drained() && client_.under_way.empty() &&
           server_.under_way.empty();
  }

  bool open(Peer& peer, std::uint8_t how) {
    const auto direction = how % 2 == 0 ? StreamDirection::bidirectional : StreamDirection::one_way;
    static_cast<void>(
        peer.streams.open({.direction = direction, .priority = static_cast<std::uint8_t>(how / 2 % 9)}));
    return true;
  }

  bool write(Peer& peer, StreamId stream, std::size_t bytes, bool fin) {
    stream %= 32;
    std::uint64_t& written = peer.written[stream];
    Buffer buffer(bytes);
    for (std::size_t at = 0; at < bytes; ++at) buffer[at] = byte_at(stream, written + at, peer.side);
    const StreamWriteResult result = peer.streams.write(stream, buffer, fin);
    RUDP_ASSERT(result.bytes <= bytes && (result.status != WriteStatus::taken || result.bytes == bytes));
    written += result.bytes;
    return true;
  }

  bool read(Peer& peer, StreamId stream, std::size_t bytes) {
    stream %= 32;
    Buffer buffer(bytes);
    const auto got = peer.streams.read(now_, stream, buffer);
    if (!got) return false;
    std::uint64_t& offset = peer.read[stream];
    for (std::size_t at = 0; at < got->bytes && !is_hostile_; ++at)
      RUDP_ASSERT(buffer[at] == byte_at(stream, offset + at, other(peer.side)));
    offset += got->bytes;
    return got->bytes > 0 && !got->fin;
  }

  bool give_up(Peer& peer, StreamId stream, std::uint8_t how) {
    stream %= 32;
    if (how % 3 == 0 && peer.streams.reset(stream, how)) gave_up_[stream] = true;
    if (how % 3 == 1 && peer.streams.stop_sending(now_, stream, how)) gave_up_[stream] = true;
    if (how % 3 == 2) static_cast<void>(peer.streams.set_priority(stream, how / 3 % 9));
    StreamEvent event;
    while (peer.streams.poll_event(event)) continue;
    now_ += 1ms * how;
    return true;
  }

  /// What a packet would take: control frames first, then data by priority.
  void send(Peer& peer, std::uint8_t how) {
    std::size_t space = 64 + how * (kPacketBytes - 64) / 255;
    while (peer.under_way.size() < kUnderWayMax && peer.streams.has_control_to_send())
      if (const auto frame = peer.streams.next_control())
        peer.under_way.push_back({.is_control = true, .control = *frame});
    for (std::uint8_t level = 0; level < transfer::kLevels; ++level) {
      while (peer.under_way.size() < kUnderWayMax && peer.streams.waiting_at(level) > 0) {
        const auto piece = peer.streams.next_frame(level, space);
        if (!piece) break;
        RUDP_ASSERT(piece->piece.data.size() <= space);
        space -= std::min(space, piece->piece.data.size() + 8);
        keep(peer, *piece);
      }
    }
  }

  static void keep(Peer& peer, const OutgoingPiece& out) {
    peer.under_way.push_back({.tag = out.tag(),
                              .offset = out.piece.offset,
                              .data = Buffer(out.piece.data.begin(), out.piece.data.end()),
                              .fin = out.piece.fin});
  }

  static Carried* pick(Peer& peer, std::uint8_t which) {
    return peer.under_way.empty() ? nullptr : &peer.under_way[which % peer.under_way.size()];
  }

  /// It stays under way until it is acknowledged, or counts as lost though it came.
  bool deliver(Peer& peer, std::uint8_t which) {
    Carried* const carried = pick(peer, which);
    return carried == nullptr || arrive(peer, *carried);
  }

  bool arrive(Peer& from, Carried& carried) {
    Streams& to = other_of(from).streams;
    carried.has_arrived = true;
    const Result<void> taken =
        carried.is_control ? take_control(to, carried.control)
                           : to.on_data(now_, carried.tag.stream, carried.offset, carried.data, carried.fin);
    RUDP_ASSERT(is_hostile_ || taken.has_value());
    return taken.has_value();
  }

  Result<void> take_control(Streams& to, const ControlFrame& frame) const {
    switch (frame.kind) {
      case ControlKind::max_data:
        to.on_max_data(frame.value);
        return {};
      case ControlKind::max_streams_bidirectional:
        to.on_max_streams(StreamDirection::bidirectional, frame.value);
        return {};
      case ControlKind::max_streams_one_way:
        to.on_max_streams(StreamDirection::one_way, frame.value);
        return {};
      case ControlKind::max_stream_data:
        return to.on_max_stream_data(frame.stream, frame.value);
      case ControlKind::reset_stream:
        return to.on_reset(now_, frame.stream, frame.value, frame.final_size);
      case ControlKind::stop_sending:
        return to.on_stop_sending(frame.stream, frame.value);
    }
    return {};
  }

  void lose(Peer& peer, std::uint8_t which) {
    const Carried* const carried = pick(peer, which);
    if (carried == nullptr) return;
    if (carried->is_control)
      peer.streams.on_control_lost(carried->control.kind, carried->control.stream);
    else
      peer.streams.on_lost(carried->tag);
    forget(peer, which);
  }

  void ack(Peer& peer, std::uint8_t which) {
    const Carried* const carried = pick(peer, which);
    if (carried == nullptr || !carried->has_arrived) return;
    if (carried->is_control)
      peer.streams.on_control_acked(carried->control.kind, carried->control.stream);
    else
      peer.streams.on_acked(carried->tag);
    forget(peer, which);
  }

  static void forget(Peer& peer, std::uint8_t which) {
    peer.under_way.erase(peer.under_way.begin() + static_cast<std::ptrdiff_t>(which % peer.under_way.size()));
  }

  /// For a probe.
  bool again(Peer& peer, std::uint8_t which) {
    const Carried* const carried = pick(peer, which);
    if (carried == nullptr || carried->is_control || peer.under_way.size() >= kUnderWayMax) return true;
    if (const auto piece = peer.streams.frame_again(carried->tag, kPacketBytes)) keep(peer, *piece);
    return true;
  }

  bool make_up(Peer& peer, Input& input) {
    is_hostile_ = true;
    Carried carried;
    const std::uint8_t how = input.u8();
    carried.is_control = how % 2 == 0;
    carried.control = {static_cast<ControlKind>(how / 2 % 6), input.u8() % 40u, input.number(),
                       input.number()};
    carried.tag.stream = how >= 200 ? input.number() : input.u8() % 40u;
    carried.offset = how >= 128 ? input.number() & (kVarintMax >> 1) : input.u16();
    carried.data.resize(input.u16() % kPacketBytes);
    carried.fin = how / 2 % 4 == 0;
    return arrive(other_of(peer), carried);
  }

  void carry_all(Peer& peer) {
    send(peer, 255);
    while (!peer.under_way.empty()) {
      arrive(peer, peer.under_way.front());
      ack(peer, 0);
    }
    Peer& reader = other_of(peer);
    for (StreamId stream = 0; stream < 32; ++stream)
      while (read(reader, stream, kPacketBytes)) continue;
    now_ += 10ms;
  }

  Peer client_{Side::client}, server_{Side::server};
  std::map<StreamId, bool> gave_up_;
  bool is_hostile_ = false;
  Instant now_ = Instant() + 1h;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const auto game = std::make_unique<Game>();
  for (int i = 0; i < kOperationsMax && !input.empty(); ++i) {
    if (!game->play(input)) return 0;
    game->check();
  }
  game->end();
  return 0;
}
