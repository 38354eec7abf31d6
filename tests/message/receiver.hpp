// A receiving side with a budget of its own, and the frames that a test gives to it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "message/incoming.hpp"
#include "support/dice.hpp"

namespace test {

inline constexpr std::uint64_t kWindow = 256u << 10;
inline constexpr std::uint64_t kMessage = 16u << 20;
inline const rudp::Instant kStart = rudp::Instant::from_ns(1'000'000'000);

struct Receiver {
  explicit Receiver(std::uint64_t budget_bytes = 64u << 20, rudp::message::IncomingLimits limits = {})
      : budget(budget_bytes), in(limits, budget) {}

  rudp::Result<void> whole(std::uint16_t number, std::size_t size,
                           rudp::Delivery delivery = rudp::Delivery::reliable_ordered,
                           rudp::ChannelId channel = 0) {
    return in.on_message(kStart, delivery, channel, number, pattern(size, number));
  }
  rudp::Result<void> fragment(std::uint16_t number, std::uint64_t total, std::uint64_t offset,
                              std::size_t size, rudp::Delivery delivery = rudp::Delivery::reliable_ordered) {
    return in.on_fragment(kStart, delivery, 0, number, total, offset, pattern(size, number));
  }
  /// Sizes of all that is ready, in order.
  std::vector<std::size_t> poll_sizes() {
    std::vector<std::size_t> sizes;
    rudp::message::ReceivedMessage message;
    while (in.poll(message)) sizes.push_back(message.bytes.size());
    return sizes;
  }

  rudp::transfer::CreditBudget budget;
  rudp::message::Incoming in;
};

}  // namespace test
