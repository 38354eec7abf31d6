// What is said: messages of every kind, and streams.
#include <algorithm>
#include <chrono>

#include "plan_parts.hpp"

namespace scenario {
namespace {

using namespace std::chrono_literals;
using rudp::sim::SeededRandom;

constexpr std::size_t kDistinctBytes = 16;

std::size_t draw_size(SeededRandom& random, bool extreme) {
  const std::uint64_t kind = random.below(100);
  if (kind < 10) return static_cast<std::size_t>(random.below(3));
  if (kind < 60) return static_cast<std::size_t>(random.between(1, 300));
  if (kind < 90) return static_cast<std::size_t>(random.between(300, 5'000));
  if (kind < 99 || extreme) return static_cast<std::size_t>(random.between(5'000, 20'000));
  return static_cast<std::size_t>(random.between(20'000, 65'536));
}

Delivery draw_delivery(SeededRandom& random) {
  const std::uint64_t kind = random.below(10);
  if (kind < 4) return Delivery::reliable_ordered;
  if (kind < 6) return Delivery::reliable_unordered;
  return kind < 8 ? Delivery::unreliable : Delivery::latest;
}

PlannedMessage draw_message(SeededRandom random, bool extreme) {
  PlannedMessage message;
  message.after_connected = random.between(0ms, random.chance(5 * kTenth) ? 100ms : 3s);
  message.channel =
      static_cast<ChannelId>(random.chance(8 * kTenth) ? random.below(3) : random.below(65'536));
  message.delivery = draw_delivery(random);
  message.priority = static_cast<std::uint8_t>(random.below(8));
  message.bytes = draw_size(random, extreme);
  message.content_seed = random.next();
  message.receipt = random.chance(3 * kTenth);
  if (!random.chance(15 * kTenth / 10)) return message;
  message.deadline = random.between(20ms, 3s);
  // Long enough to be told from every other, for whoever counts what must arrive.
  message.bytes += kDistinctBytes;
  return message;
}

void enlarge(SeededRandom random, PlannedMessage& message) {
  message.bytes = static_cast<std::size_t>(random.between(65'536, 1u << 20));
  // Kinds without credit end at 256 KiB.
  if (message.delivery == Delivery::unreliable || message.delivery == Delivery::latest)
    message.delivery = Delivery::reliable_unordered;
}

constexpr std::size_t kStreamsMax = 12;

std::size_t draw_stream_size(SeededRandom& random, bool extreme) {
  const std::uint64_t kind = random.below(100);
  if (kind < 10) return 0;
  if (kind < 60) return static_cast<std::size_t>(random.between(1, 2'000));
  if (kind < 95 || extreme) return static_cast<std::size_t>(random.between(2'000, 20'000));
  return static_cast<std::size_t>(random.between(20'000, 100'000));
}

StreamEnd draw_stream_end(SeededRandom& random) {
  const std::uint64_t kind = random.below(20);
  if (kind < 14) return StreamEnd::fin;
  return kind < 17 ? StreamEnd::reset : StreamEnd::stopped;
}

PlannedStream draw_stream(SeededRandom random, bool extreme) {
  PlannedStream stream;
  stream.after_connected = random.between(0ms, random.chance(5 * kTenth) ? 100ms : 3s);
  if (random.chance(4 * kTenth)) stream.direction = rudp::StreamDirection::one_way;
  stream.priority = static_cast<std::uint8_t>(random.below(8));
  stream.bytes = draw_stream_size(random, extreme);
  stream.answer_bytes = draw_stream_size(random, extreme);
  stream.end = draw_stream_end(random);
  stream.end_after = static_cast<std::size_t>(random.between(0, stream.bytes));
  stream.content_seed = random.next();
  return stream;
}

template <class Planned>
void sort_by_time(std::vector<Planned>& list) {
  std::stable_sort(list.begin(), list.end(),
                   [](const Planned& a, const Planned& b) { return a.after_connected < b.after_connected; });
}

}  // namespace

// One talk in sixteen also carries something large, one in eight goes on after a long silence.
std::vector<PlannedMessage> draw_talk(SeededRandom random, bool extreme) {
  std::vector<PlannedMessage> talk;
  const std::uint64_t count = random.between(0, extreme ? 30 : 80);
  for (std::uint64_t i = 0; i < count; ++i) talk.push_back(draw_message(random.fork(i), extreme));
  const bool large = random.chance(62'500);
  const bool late = random.chance(125'000);
  if (talk.empty()) return talk;
  if (large && !extreme) enlarge(random.fork("large"), talk.front());
  if (late) talk.back().after_connected += random.between(15s, 60s);
  sort_by_time(talk);
  return talk;
}

// Half of the talks are messages alone.
std::vector<PlannedStream> draw_streams(SeededRandom random, bool extreme) {
  std::vector<PlannedStream> streams;
  const bool any = random.chance(5 * kTenth);
  const std::uint64_t count = random.between(1, extreme ? kStreamsMax / 2 : kStreamsMax);
  for (std::uint64_t i = 0; any && i < count; ++i) streams.push_back(draw_stream(random.fork(i), extreme));
  sort_by_time(streams);
  return streams;
}

}  // namespace scenario
