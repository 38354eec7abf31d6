// Messages on a byte stream, each behind the four bytes of its length.
#pragma once

#include <cstdint>
#include <cstring>
#include <vector>

#include <rudp/types.hpp>

namespace bench {

inline void append_frame(std::vector<std::uint8_t>& out, rudp::Bytes message) {
  const auto length = static_cast<std::uint32_t>(message.size());
  const auto* const head = reinterpret_cast<const std::uint8_t*>(&length);
  out.insert(out.end(), head, head + sizeof length);
  out.insert(out.end(), message.begin(), message.end());
}

/// Cuts what arrives into messages again; only one that was torn apart is copied.
class FrameCutter {
 public:
  template <class OnMessage>
  void take(rudp::Bytes bytes, OnMessage&& on_message) {
    if (rest_.empty()) return keep(cut(bytes, on_message));
    rest_.insert(rest_.end(), bytes.begin(), bytes.end());
    std::vector<std::uint8_t> joined;
    joined.swap(rest_);
    keep(cut(joined, on_message));
  }

 private:
  template <class OnMessage>
  static rudp::Bytes cut(rudp::Bytes bytes, OnMessage& on_message) {
    std::uint32_t length = 0;
    while (bytes.size() >= sizeof length) {
      std::memcpy(&length, bytes.data(), sizeof length);
      if (bytes.size() - sizeof length < length) break;
      on_message(bytes.subspan(sizeof length, length));
      bytes = bytes.subspan(sizeof length + length);
    }
    return bytes;
  }
  void keep(rudp::Bytes rest) { rest_.assign(rest.begin(), rest.end()); }

  std::vector<std::uint8_t> rest_;
};

}  // namespace bench
