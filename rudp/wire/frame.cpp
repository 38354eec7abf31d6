// Frames compare by what they say: views by their bytes, lists by their items.
#include "wire/frame.hpp"

#include <algorithm>
#include <tuple>

namespace rudp::wire {

namespace {

bool same_bytes(Bytes a, Bytes b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }

template <class List>
bool same_items(const List& a, const List& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

}  // namespace

bool operator==(const AckRanges& a, const AckRanges& b) { return same_items(a, b); }

bool operator==(const MessageRun& a, const MessageRun& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), same_bytes);
}

bool operator==(const SkipRun& a, const SkipRun& b) { return same_items(a, b); }

bool operator==(const StreamFrame& a, const StreamFrame& b) {
  return std::tie(a.stream, a.offset, a.fin, a.extent) == std::tie(b.stream, b.offset, b.fin, b.extent) &&
         same_bytes(a.data, b.data);
}

bool operator==(const MessageFrame& a, const MessageFrame& b) {
  return std::tie(a.channel, a.number, a.delivery, a.extent) ==
             std::tie(b.channel, b.number, b.delivery, b.extent) &&
         same_bytes(a.payload, b.payload);
}

bool operator==(const FragmentFrame& a, const FragmentFrame& b) {
  return std::tie(a.total, a.offset, a.channel, a.number, a.delivery, a.extent) ==
             std::tie(b.total, b.offset, b.channel, b.number, b.delivery, b.extent) &&
         same_bytes(a.data, b.data);
}

bool operator==(const CloseFrame& a, const CloseFrame& b) {
  return std::tie(a.code, a.frame_type, a.origin) == std::tie(b.code, b.frame_type, b.origin) &&
         same_bytes(a.reason, b.reason);
}

bool is_ack_eliciting(const Frame& frame) {
  return !std::holds_alternative<AckFrame>(frame) && !std::holds_alternative<PaddingFrame>(frame) &&
         !std::holds_alternative<CloseFrame>(frame);
}

}  // namespace rudp::wire
