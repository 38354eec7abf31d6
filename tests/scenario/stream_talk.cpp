#include "stream_talk.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace scenario {
namespace {

using namespace rudp;
using namespace rudp::sim;

constexpr std::uint64_t kResetCode = 5;
constexpr std::uint64_t kStopCode = 6;
constexpr std::size_t kReadBytes = 3'000;

std::vector<std::uint8_t> random_bytes(std::uint64_t seed, std::size_t count) {
  std::vector<std::uint8_t> bytes(count);
  SeededRandom(seed).public_fill(bytes);
  return bytes;
}

/// What the opener writes: all of it, or as much as comes before it gives up.
std::vector<std::uint8_t> content_of(const PlannedStream& plan, std::uint64_t index) {
  std::vector<std::uint8_t> bytes = random_bytes(plan.content_seed, kStreamHeaderBytes + plan.bytes);
  for (std::size_t i = 0; i < kStreamHeaderBytes; ++i)
    bytes[i] = static_cast<std::uint8_t>(index >> (8 * (kStreamHeaderBytes - 1 - i)));
  if (plan.end == StreamEnd::reset) bytes.resize(kStreamHeaderBytes + plan.end_after);
  return bytes;
}

std::uint64_t index_in(Bytes header) {
  std::uint64_t index = 0;
  for (const std::uint8_t byte : header) index = index << 8 | byte;
  return index;
}

bool has_answer(const PlannedStream& plan) { return plan.direction == StreamDirection::bidirectional; }

}  // namespace

StreamTalk::StreamTalk(World& world, NodeId node, const std::vector<PlannedStream>& ours,
                       const std::vector<PlannedStream>& theirs)
    : world_(world), node_(node), ours_(ours), theirs_(theirs) {
  for (std::size_t i = 0; i < ours.size(); ++i)
    if (ours[i].end == StreamEnd::fin && has_answer(ours[i])) awaited_.insert({true, i});
  for (std::size_t i = 0; i < theirs.size(); ++i)
    if (theirs[i].end == StreamEnd::fin) awaited_.insert({false, i});
}

void StreamTalk::open(Duration reached) {
  reached_ = std::max(reached, reached_);
  while (next_ < ours_.size() && ours_[next_].after_connected <= reached_) {
    const std::size_t before = next_;
    open_one(ours_[next_]);
    if (next_ == before) return;
  }
}

void StreamTalk::open_one(const PlannedStream& plan) {
  const auto stream =
      world_.open_stream(node_, connection_, {.direction = plan.direction, .priority = plan.priority});
  if (!stream) {
    const bool may_be = stream.error() == Error::would_block || stream.error() == Error::too_many_streams ||
                        stream.error() == Error::closed;
    if (!may_be) world_.report_violation("open_stream answered " + std::string(to_name(stream.error())));
    return;
  }
  opened_.insert(*stream);
  reading_[*stream].name = Name{true, next_};
  writing_[*stream] = {content_of(plan, next_), plan.end == StreamEnd::reset};
  ++next_;
  write(*stream);
}

void StreamTalk::handle(const Event& event) {
  if (event.type == EventType::connected || event.type == EventType::streams_available) open(reached_);
  if (event.type == EventType::stream_readable) read(event.stream);
  if (event.type == EventType::stream_writable) write(event.stream);
  if (event.type == EventType::stream_stopped) writing_.erase(event.stream);
  if (event.type == EventType::stream_reset) {
    reading_.erase(event.stream);
    if (!opened_.contains(event.stream)) answer(event.stream, {});
  }
}

void StreamTalk::write(StreamId stream) {
  const auto found = writing_.find(stream);
  if (found == writing_.end()) return;
  Writing& writing = found->second;
  const StreamWriteResult result =
      world_.write(node_, connection_, stream, writing.rest, !writing.is_given_up);
  writing.rest.erase(writing.rest.begin(), writing.rest.begin() + static_cast<std::ptrdiff_t>(result.bytes));
  if (result.status == WriteStatus::would_block) return;
  if (writing.is_given_up) (void)world_.reset_stream(node_, connection_, stream, kResetCode);
  writing_.erase(stream);
}

void StreamTalk::read(StreamId stream) {
  std::uint8_t buffer[kReadBytes];
  for (;;) {
    const auto taken = world_.read(node_, connection_, stream, buffer);
    if (!taken) return;
    Reading& reading = reading_[stream];
    take(stream, reading, Bytes(buffer).first(taken->bytes));
    if (taken->fin) return end_reading(stream, reading);
    if (taken->bytes == 0 || stop_reading(stream, reading)) return;
  }
}

void StreamTalk::take(StreamId stream, Reading& reading, Bytes bytes) {
  const bool has_header = reading.name.has_value();
  const std::size_t header =
      has_header ? 0 : std::min(kStreamHeaderBytes - reading.header.size(), bytes.size());
  reading.header.insert(reading.header.end(), bytes.begin(),
                        bytes.begin() + static_cast<std::ptrdiff_t>(header));
  reading.bytes += bytes.size() - header;
  if (has_header || reading.header.size() < kStreamHeaderBytes) return;
  const std::uint64_t index = index_in(reading.header);
  if (index >= theirs_.size()) return world_.report_violation("a stream that nobody planned");
  reading.name = Name{false, index};
  const PlannedStream& plan = theirs_[index];
  if (has_answer(plan)) answer(stream, random_bytes(plan.content_seed + 1, plan.answer_bytes));
}

void StreamTalk::end_reading(StreamId stream, const Reading& reading) {
  if (!reading.name) return world_.report_violation("a stream ended within its first bytes");
  const auto [is_ours, index] = *reading.name;
  const PlannedStream& plan = is_ours ? ours_[index] : theirs_[index];
  const std::size_t expected = is_ours ? plan.answer_bytes : plan.bytes;
  // What answers a stream that was given up may end early.
  if (plan.end != StreamEnd::reset && reading.bytes != expected)
    world_.report_violation("a stream of " + std::to_string(expected) + " bytes ended after " +
                            std::to_string(reading.bytes));
  awaited_.erase(*reading.name);
  reading_.erase(stream);
}

/// True: nothing more is read of it.
bool StreamTalk::stop_reading(StreamId stream, const Reading& reading) {
  if (!reading.name || reading.name->is_ours) return false;
  const PlannedStream& plan = theirs_[reading.name->index];
  if (plan.end != StreamEnd::stopped || reading.bytes < plan.end_after) return false;
  (void)world_.stop_sending(node_, connection_, stream, kStopCode);
  reading_.erase(stream);
  return true;
}

/// The second half of a bidirectional stream of theirs, once.
void StreamTalk::answer(StreamId stream, std::vector<std::uint8_t> bytes) {
  const bool is_one_way = direction_of(stream) == StreamDirection::one_way;
  if (is_one_way || !answered_.insert(stream).second) return;
  writing_[stream] = {std::move(bytes), false};
  write(stream);
}

}  // namespace scenario
