#include "bench/pair.hpp"

#include <algorithm>
#include <cstring>

namespace bench {
namespace {

constexpr Duration kTurn = 10ms;
/// Small messages are handed over by so many bytes between two looks at the clock.
constexpr std::size_t kBurstBytes = 32 * 1024;

// One writer for each counter: no locked instruction is needed.
void add(std::atomic<std::uint64_t>& counter, std::uint64_t value) {
  counter.store(counter.load(std::memory_order_relaxed) + value, std::memory_order_relaxed);
}

void note_latency(Board& board, Bytes message) {
  std::int64_t sent_ns = 0;
  std::memcpy(&sent_ns, message.data(), sizeof sent_ns);
  const std::uint64_t index = board.messages.load(std::memory_order_relaxed);
  if (index < kSamplesMax)
    board.latency_us[index] =
        static_cast<std::uint32_t>((wall_clock() - std::chrono::nanoseconds(sent_ns)) / 1us);
}

void receive(Board& board, const Transport& transport, const PeerOptions& options) {
  const bool thin = options.workload == Workload::thin;
  const auto receiver = transport.make_receiver(options, [&board, thin](Bytes data) {
    if (thin && data.size() == kThinBytes) note_latency(board, data);
    add(board.bytes, data.size());
    add(board.messages, 1);
  });
  board.port = receiver->port();
  while (board.phase != Phase::over) receiver->poll(kTurn);
}

void send_much(Board& board, Sender& sender, std::size_t bytes) {
  const std::vector<std::uint8_t> data(bytes, 0x5a);
  const std::size_t burst = std::max<std::size_t>(1, kBurstBytes / bytes);
  while (board.phase == Phase::sending) {
    std::size_t left = burst;
    while (left > 0 && sender.send(data)) --left;
    sender.poll(left > 0 ? kTurn : Duration::zero());
  }
}

void send_thin(Board& board, Sender& sender) {
  std::array<std::uint8_t, kThinBytes> message{};
  const Duration begin = wall_clock();
  for (std::int64_t index = 0; board.phase == Phase::sending; ++index) {
    const Duration due = begin + Duration(1s) * index / kThinPerSecond;
    for (Duration now = wall_clock(); now < due; now = wall_clock()) sender.poll(std::min(due - now, kTurn));
    const std::int64_t now_ns = wall_clock().count();
    std::memcpy(message.data(), &now_ns, sizeof now_ns);
    while (!sender.send(message) && board.phase != Phase::over) sender.poll(1ms);
    add(board.sent, 1);
    sender.poll(Duration::zero());
  }
}

void send(Board& board, const Transport& transport, const PeerOptions& options) {
  while (board.port == 0 && board.phase != Phase::over) sleep_for(1ms);
  const auto sender = transport.make_sender(options, static_cast<std::uint16_t>(board.port.load()));
  while (!sender->is_connected() && board.phase != Phase::over) sender->poll(kTurn);
  board.connected = true;
  switch (options.workload) {
    case Workload::bulk:
      send_much(board, *sender, sender->bulk_bytes());
      break;
    case Workload::small:
      send_much(board, *sender, kSmallBytes);
      break;
    case Workload::thin:
      send_thin(board, *sender);
      break;
  }
  while (board.phase == Phase::draining) sender->poll(kTurn);
  // Whether the receiver has ended is not worth a farewell: the process ends here.
}

}  // namespace

Pair::Pair(const Transport& transport, const PeerOptions& options, const Places& places) {
  receiver_.emplace([&] {
    if (places.receiver) places.receiver();
    receive(*board_, transport, options);
  });
  sender_.emplace([&] {
    if (places.sender) places.sender();
    send(*board_, transport, options);
    std::_Exit(0);
  });
}

bool Pair::wait_until_connected(Duration limit) {
  for (const Duration end = wall_clock() + limit; wall_clock() < end; sleep_for(1ms)) {
    if (board_->connected) return true;
    if (!sender_->is_running() || !receiver_->is_running()) return false;
  }
  return false;
}

Pair::Moment Pair::take() const {
  return {wall_clock(), sender_->cpu_time(), receiver_->cpu_time(), board_->bytes, board_->messages};
}

Span Pair::measure(Duration length) {
  const Moment from = take();
  sleep_for(length);
  const Moment to = take();
  return {to.at - from.at, to.bytes - from.bytes, to.messages - from.messages,
          to.sender_cpu - from.sender_cpu, to.receiver_cpu - from.receiver_cpu};
}

void Pair::drain(Duration limit) {
  board_->phase = Phase::draining;
  for (const Duration end = wall_clock() + limit; wall_clock() < end; sleep_for(1ms))
    if (board_->messages >= board_->sent) return;
}

std::vector<std::uint32_t> Pair::latencies_us() const {
  const std::size_t count = std::min<std::size_t>(board_->messages, kSamplesMax);
  return {board_->latency_us.begin(), board_->latency_us.begin() + static_cast<std::ptrdiff_t>(count)};
}

}  // namespace bench
