// Pieces in any order, overlapping and contradicting each other: of a message that is put together, and of a
// stream's window that slides. What comes out is what arrived first of every byte, and memory follows what
// has arrived.
#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/assert.hpp"
#include "fuzz/input.hpp"
#include "transfer/reassembler.hpp"
#include "transfer/receive_buffer.hpp"

namespace {

using namespace rudp;
using namespace rudp::transfer;
using fuzz::Input;

constexpr int kOperationsMax = 256;
constexpr std::uint64_t kTotalMax = 48u << 10;
constexpr std::uint64_t kWindowBytes = 8u << 10;
constexpr std::uint64_t kOffsetMax = 64u << 10;

using Buffer = std::vector<std::uint8_t>;

/// Every byte, as it was first heard of.
class Model {
 public:
  explicit Model(std::size_t bytes_max) : bytes_(bytes_max, kUnknown) {}

  /// How many of them are new.
  std::size_t add(std::uint64_t offset, Bytes bytes) {
    std::size_t added = 0;
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      std::int16_t& byte = bytes_[offset + at];
      if (byte != kUnknown) continue;
      byte = bytes[at];
      ++added;
    }
    return added;
  }
  bool is(std::uint64_t offset, Bytes bytes) const {
    return std::equal(bytes.begin(), bytes.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(offset));
  }
  bool has(std::uint64_t offset) const { return bytes_[offset] != kUnknown; }

 private:
  static constexpr std::int16_t kUnknown = -1;
  std::vector<std::int16_t> bytes_;
};

/// Bytes that tell pieces apart: two that overlap differ nearly everywhere.
Buffer piece_of(Input& input, std::size_t bytes_max) {
  const std::size_t count = 1 + input.u8() % bytes_max;
  Buffer piece(count, 0);
  std::uint8_t value = input.u8();
  for (std::uint8_t& byte : piece) byte = value++;
  return piece;
}

void check_memory(const Reassembler& body) {
  RUDP_ASSERT(body.arrived_bytes() <= body.total());
  RUDP_ASSERT(body.memory_bytes() <= body.total() * 5 / 4 + (8u << 10));
}

void message(Input& input) {
  const std::uint64_t total = 1 + input.u16() % kTotalMax;
  Reassembler body(total);
  Model model(total);
  std::uint64_t next = 0, arrived = 0;
  for (int i = 0; i < kOperationsMax && !input.empty() && !body.complete(); ++i) {
    const std::uint8_t how = input.u8();
    Buffer piece = piece_of(input, 256);
    if (how % 8 == 0) piece.resize(total);
    if (how % 8 == 1) piece.clear();
    std::uint64_t offset = how % 4 < 2 ? next : input.number() % (total + 64);
    if (how == 255) offset = input.number();
    const std::uint64_t stated = how % 64 == 63 ? total + 1 : total;
    const auto added = body.add(stated, offset, piece);
    const bool is_sound =
        stated == total && !piece.empty() && offset <= total && piece.size() <= total - offset;
    RUDP_ASSERT(added.has_value() ? is_sound : !is_sound || added.error() == Error::limit_exceeded);
    if (added) arrived += model.add(offset, piece);
    if (added) next = std::min(total - 1, offset + piece.size());
    RUDP_ASSERT(arrived == body.arrived_bytes());
    check_memory(body);
  }
  if (!body.complete()) return;
  const Buffer whole = body.take();
  RUDP_ASSERT(whole.size() == total && model.is(0, whole));
}

void window(Input& input) {
  ReceiveBuffer buffer;
  Model model(kOffsetMax);
  for (int i = 0; i < kOperationsMax && !input.empty(); ++i) {
    const std::uint8_t how = input.u8();
    if (buffer.highest() + kWindowBytes + 512 > kOffsetMax) return;
    if (how % 8 == 0) buffer.shrink();
    if (how == 255) buffer.clear();
    if (how % 8 < 3) {
      Buffer out(1 + input.u8() * 8u);
      const std::uint64_t from = buffer.read_offset();
      const std::uint64_t readable = buffer.readable_bytes();
      out.resize(buffer.read(out));
      RUDP_ASSERT(out.size() <= readable && buffer.read_offset() == from + out.size());
      RUDP_ASSERT(model.is(from, out));
      continue;
    }
    const Buffer piece = piece_of(input, 256);
    const std::uint64_t ahead = how % 8 < 6 ? buffer.readable_bytes() : input.u16();
    const std::uint64_t offset = buffer.read_offset() + ahead % kWindowBytes;
    const std::uint64_t end = offset + piece.size();
    buffer.grow_to(end, how >= 128);
    RUDP_ASSERT(buffer.has_room_to(end));
    buffer.add(offset, piece);
    model.add(offset, piece);
    RUDP_ASSERT(buffer.highest() >= end && !model.has(buffer.highest()));
    RUDP_ASSERT(!model.has(buffer.read_offset() + buffer.readable_bytes()));
    RUDP_ASSERT(buffer.memory_bytes() <= 3 * (kWindowBytes + piece.size()));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  if (input.u8() % 2 == 0)
    message(input);
  else
    window(input);
  return 0;
}
