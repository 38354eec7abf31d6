#include "sim/trace.hpp"

#include <algorithm>
#include <array>

namespace rudp::sim {
namespace {

constexpr std::uint64_t kHashFactor = 0x9fb21c651e98df25;

constexpr std::uint64_t join(std::uint64_t hash, std::uint64_t value) {
  hash = (hash ^ value) * kHashFactor;
  return hash ^ (hash >> 29);
}

std::uint64_t join(std::uint64_t hash, const Address& address) {
  return join(join(hash, hash_bytes(address.ip)), address.port);
}

std::string_view word(Note::What what) {
  constexpr std::array<std::string_view, 22> kWords = {
      "trace",       "sent",  "received", "injected",     "filtered",     "unroutable",
      "event",       "connect", "send",   "close",        "crash",        "restart",
      "rebind",      "shift_clock", "timeout", "migrate", "open_stream",  "write",
      "read",        "reset_stream", "stop_sending", "stream_priority",
  };
  return kWords[static_cast<std::size_t>(what)];
}

std::string_view event_word(std::uint8_t kind) {
  constexpr std::array<std::string_view, 13> kWords = {
      "connected",       "message",         "writable",     "receipt",        "closed",
      "path_changed",    "stream_opened",   "stream_readable", "stream_writable", "stream_reset",
      "stream_stopped",  "stream_finished", "streams_available"};
  return kind < kWords.size() ? kWords[kind] : "unknown";
}

std::string_view status_word(std::uint8_t kind) {
  constexpr std::array<std::string_view, 6> kWords = {"queued", "would_block", "too_large",
                                                      "closed", "unsupported", "out_of_channels"};
  return kind < kWords.size() ? kWords[kind] : "unknown";
}

bool is_datagram(Note::What what) { return what >= Note::What::sent && what <= Note::What::unroutable; }

std::string_view kind_word(const Note& note) {
  if (note.what == Note::What::trace) return to_name(static_cast<TraceKind>(note.kind));
  if (note.what == Note::What::event) return event_word(note.kind);
  if (note.what == Note::What::send) return status_word(note.kind);
  return {};
}

std::string pad(std::string text, std::size_t width, char with) {
  if (text.size() < width) text.insert(0, width - text.size(), with);
  return text;
}

std::string hex(std::uint64_t value) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (int shift = 60; shift >= 0; shift -= 4) text += kDigits[(value >> shift) & 15];
  return text;
}

std::string milliseconds(Instant at) {
  const auto ns = static_cast<std::uint64_t>(at.ns());
  return pad(std::to_string(ns / 1'000'000), 8, ' ') + "." + pad(std::to_string(ns % 1'000'000), 6, '0');
}

std::string to_line(const Note& note) {
  std::string line =
      milliseconds(note.at) + " ms  node " + std::to_string(static_cast<std::uint32_t>(note.node));
  line.append("  ").append(word(note.what)).append(" ");
  if (is_datagram(note.what))
    return line + note.from.to_string() + " -> " + note.to.to_string() + "  " + std::to_string(note.a) +
           " B  " + hex(note.b);
  line.append(kind_word(note));
  if (note.connection != ConnectionHandle{})
    line += " connection " + std::to_string(note.connection.index) + "." +
            std::to_string(note.connection.generation);
  if (note.to != Address{}) line += " " + note.to.to_string();
  return line + "  number " + std::to_string(note.number) + "  a " + std::to_string(note.a) + "  b " +
         std::to_string(note.b);
}

}  // namespace

// Eight bytes a step, put together by arithmetic so that byte order does not matter.
std::uint64_t hash_bytes(Bytes bytes) {
  std::uint64_t hash = join(0, bytes.size());
  while (!bytes.empty()) {
    std::uint64_t value = 0;
    const Bytes part = bytes.first(std::min<std::size_t>(8, bytes.size()));
    for (std::size_t i = 0; i < part.size(); ++i) value |= static_cast<std::uint64_t>(part[i]) << (8 * i);
    hash = join(hash, value);
    bytes = bytes.subspan(part.size());
  }
  return hash;
}

void TraceLog::note(const Note& note) {
  hash_ = join(hash_, (static_cast<std::uint64_t>(note.what) << 8) | note.kind);
  hash_ = join(hash_, static_cast<std::uint64_t>(note.node));
  hash_ = join(hash_, static_cast<std::uint64_t>(note.at.ns()));
  hash_ = join(hash_, (static_cast<std::uint64_t>(note.connection.index) << 32) | note.connection.generation);
  hash_ = join(join(join(hash_, note.number), note.a), note.b);
  if (is_datagram(note.what)) hash_ = join(join(hash_, note.from), note.to);
  ring_[count_++ % ring_.size()] = note;
}

std::string TraceLog::text() const {
  std::string text;
  const std::uint64_t kept = std::min<std::uint64_t>(count_, ring_.size());
  for (std::uint64_t i = count_ - kept; i < count_; ++i) text += to_line(ring_[i % ring_.size()]) + "\n";
  return text;
}

}  // namespace rudp::sim
