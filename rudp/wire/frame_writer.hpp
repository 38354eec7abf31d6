// Writes frames in their one canonical form: shortest varints, no field that can be left out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "wire/frame.hpp"
#include "wire/writer.hpp"

namespace rudp::wire {

/// Each returns false, with nothing written, when the frame does not fit. Frames with Extent::to_packet_end
/// must be the last of their packet. REQUIRES: the limits that the frame's struct states; numbers up to
/// kVarintMax.
bool write(Writer& writer, const PaddingFrame& frame);
bool write(Writer& writer, const PingFrame& frame);
bool write(Writer& writer, const AckFrame& frame);
bool write(Writer& writer, const ResetStreamFrame& frame);
bool write(Writer& writer, const StopSendingFrame& frame);
bool write(Writer& writer, const StreamFrame& frame);
bool write(Writer& writer, const MessageFrame& frame);
bool write(Writer& writer, const MessagesFrame& frame);
bool write(Writer& writer, const FragmentFrame& frame);
bool write(Writer& writer, const SkipFrame& frame);
bool write(Writer& writer, const ReceiptFrame& frame);
bool write(Writer& writer, const MaxMsgDataFrame& frame);
bool write(Writer& writer, const MsgBlockedFrame& frame);
bool write(Writer& writer, const MaxDataFrame& frame);
bool write(Writer& writer, const MaxStreamDataFrame& frame);
bool write(Writer& writer, const MaxStreamsFrame& frame);
bool write(Writer& writer, const CloseFrame& frame);
bool write(Writer& writer, const NewConnectionIdFrame& frame);
bool write(Writer& writer, const RetireConnectionIdFrame& frame);
bool write(Writer& writer, const PathChallengeFrame& frame);
bool write(Writer& writer, const PathResponseFrame& frame);
bool write(Writer& writer, const AckFrequencyFrame& frame);
bool write(Writer& writer, const ImmediateAckFrame& frame);
bool write(Writer& writer, const Frame& frame);

/// Writes an ACK from the highest range down, as many ranges as fit, at most kAckRangesMax. False, with
/// nothing written, when there is no range or not even one fits. REQUIRES: ranges descending, disjoint and
/// not touching; `ecn` null where no marked packet was counted.
bool write_ack(Writer& writer, std::span<const PacketRange> descending, std::uint64_t delay_units,
               const EcnCounts* ecn);

/// Writes payloads as one MESSAGES frame, all or nothing. REQUIRES: 1 to 255 payloads, not Delivery::latest.
bool write_messages(Writer& writer, Delivery delivery, ChannelId channel, std::uint16_t first,
                    std::span<const Bytes> payloads);

/// Writes a SKIP frame, all or nothing. REQUIRES: 1 to 255 items.
bool write_skip(Writer& writer, ChannelId channel, std::span<const SkipItem> items);

/// What a MESSAGE takes besides its payload. With Extent::stated the length field is counted for
/// `payload_bytes`; otherwise that is ignored.
std::size_t message_header_bytes(Delivery delivery, ChannelId channel, Extent extent,
                                 std::uint64_t payload_bytes);

/// What a FRAGMENT takes besides its data. With Extent::stated the length field is counted for `data_bytes`;
/// a shorter fragment takes no more than this.
std::size_t fragment_header_bytes(ChannelId channel, std::uint64_t total, std::uint64_t offset, Extent extent,
                                  std::uint64_t data_bytes);

/// What write_ack writes for all of `descending` (at most kAckRangesMax of them).
std::size_t ack_bytes(std::span<const PacketRange> descending, std::uint64_t delay_units,
                      const EcnCounts* ecn);

}  // namespace rudp::wire
