// What a sent packet remembers of the connection's delivery, so that its ack yields a delivery-rate sample.
#pragma once

#include <cstdint>

#include <rudp/types.hpp>

namespace rudp {

/// Taken when a packet leaves (draft-ietf-ccwg-bbr, "Delivery Rate Samples"). It lives in base because loss
/// recovery stores it and rate control reads it, and neither knows the other.
struct RateSnapshot {
  std::uint64_t delivered_bytes = 0;  ///< acked on this connection so far
  Instant delivered_at;               ///< when that count was reached
  Instant first_sent_at;              ///< send time of the packet that opened this sending interval
  bool app_limited = false;           ///< the application, not the network, held the sender back
};

}  // namespace rudp
