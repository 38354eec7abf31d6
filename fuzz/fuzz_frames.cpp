// Any payload: what the reader accepts must come back equal from its canonical form, and that form must be
// stable. All or nothing is written, and the sizes foretold are the sizes written.
#include <cstdint>
#include <vector>

#include "base/assert.hpp"
#include "wire/frame_reader.hpp"
#include "wire/frame_writer.hpp"
#include "wire/transport_error.hpp"

namespace {

using namespace rudp;
using namespace rudp::wire;

using Buffer = std::vector<std::uint8_t>;

Buffer written(const Frame& frame, std::size_t room) {
  Buffer buffer(room);
  Writer writer{MutableBytes(buffer)};
  RUDP_ASSERT(write(writer, frame));
  buffer.resize(writer.size());
  return buffer;
}

void check_all_or_nothing(const Frame& frame, std::size_t bytes) {
  Buffer buffer(bytes - 1);
  Writer writer{MutableBytes(buffer)};
  RUDP_ASSERT(!write(writer, frame));
  RUDP_ASSERT(writer.size() == 0);
}

void check(const AckFrame& frame, const Buffer& canonical) {
  std::vector<PacketRange> ranges;
  for (const PacketRange& range : frame.ranges) {
    RUDP_ASSERT(range.first <= range.last);
    RUDP_ASSERT(ranges.empty() || range.last + 1 < ranges.back().first);
    ranges.push_back(range);
  }
  RUDP_ASSERT(ranges.size() <= kAckRangesMax && ranges.front().last == frame.largest());
  const EcnCounts* const ecn = frame.ecn ? &*frame.ecn : nullptr;
  RUDP_ASSERT(ack_bytes(ranges, frame.delay_units, ecn) == canonical.size());
  Buffer buffer(canonical.size() - 1);
  Writer writer{MutableBytes(buffer)};
  const bool fits_without_the_last = write_ack(writer, ranges, frame.delay_units, ecn);
  RUDP_ASSERT(fits_without_the_last == (ranges.size() > 1));
}

void check(const MessageFrame& frame, const Buffer& canonical) {
  const std::size_t header =
      message_header_bytes(frame.delivery, frame.channel, frame.extent, frame.payload.size());
  RUDP_ASSERT(header + frame.payload.size() == canonical.size());
}

void check(const FragmentFrame& frame, const Buffer& canonical) {
  RUDP_ASSERT(!frame.data.empty() && frame.offset + frame.data.size() <= frame.total);
  const std::size_t header =
      fragment_header_bytes(frame.channel, frame.total, frame.offset, frame.extent, frame.data.size());
  RUDP_ASSERT(header + frame.data.size() == canonical.size());
}

void check(const MessagesFrame& frame, const Buffer& canonical) {
  std::vector<Bytes> payloads;
  for (const Bytes payload : frame.messages) payloads.push_back(payload);
  RUDP_ASSERT(payloads.size() == frame.messages.size());
  Buffer buffer(canonical.size());
  Writer writer{MutableBytes(buffer)};
  RUDP_ASSERT(write_messages(writer, frame.delivery, frame.channel, frame.first, payloads));
  RUDP_ASSERT(buffer == canonical);
}

void check(const SkipFrame& frame, const Buffer& canonical) {
  std::vector<SkipItem> items;
  for (const SkipItem& item : frame.items) items.push_back(item);
  RUDP_ASSERT(items.size() == frame.items.size());
  Buffer buffer(canonical.size());
  Writer writer{MutableBytes(buffer)};
  RUDP_ASSERT(write_skip(writer, frame.channel, items));
  RUDP_ASSERT(buffer == canonical);
}

void check(const CloseFrame& frame, const Buffer&) {
  RUDP_ASSERT(!is_ack_eliciting(Frame(frame)));
  RUDP_ASSERT(!to_name(from_transport_error(frame.code)).empty());
}

template <class Other>
void check(const Other&, const Buffer&) {}

void check_frame(const Frame& frame, std::size_t payload_bytes) {
  const Buffer canonical = written(frame, payload_bytes);
  FrameReader reader{Bytes(canonical)};
  Frame again;
  RUDP_ASSERT(reader.next(again));
  RUDP_ASSERT(again == frame);
  RUDP_ASSERT(is_ack_eliciting(again) == is_ack_eliciting(frame));
  RUDP_ASSERT(written(again, canonical.size()) == canonical);
  Frame none;
  RUDP_ASSERT(!reader.next(none) && !reader.error());
  check_all_or_nothing(frame, canonical.size());
  std::visit([&](const auto& one) { check(one, canonical); }, frame);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FrameReader reader{Bytes(data, size)};
  for (Frame frame; reader.next(frame);) check_frame(frame, size);
  if (!reader.error()) return 0;
  const TransportError code = to_transport_error(*reader.error());
  RUDP_ASSERT(code == TransportError::frame_encoding || code == TransportError::unknown_frame);
  return 0;
}
