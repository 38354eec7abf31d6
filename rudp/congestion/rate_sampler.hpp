// Delivery rate from acks: what arrived between a packet's sending and its ack (draft-ietf-ccwg-bbr 4.1).
#pragma once

#include <cstdint>
#include <optional>

#include <rudp/types.hpp>

#include "base/rate_snapshot.hpp"
#include "congestion/controller.hpp"

namespace rudp::congestion {

/// The newest packet in flight of an ack, as it was remembered when sent.
struct DeliveredPacket {
  Instant sent_at;
  RateSnapshot rate;
};

class RateSampler {
 public:
  /// What to remember with a packet that leaves now. `bytes_in_flight` is without it.
  RateSnapshot on_sent(Instant now, std::uint64_t bytes_in_flight);
  /// Call once per ACK frame that newly acked packets in flight. No sample where the interval is shorter than
  /// `min_rtt`: acks then came compressed, and the rate would be too high.
  std::optional<RateSample> on_acked(Instant now, std::uint64_t acked_bytes, const DeliveredPacket& newest,
                                     Duration min_rtt);
  /// The application has nothing to send although the window has room: samples of what is under way and of
  /// what follows at once are lower bounds.
  void on_app_limited(std::uint64_t bytes_in_flight);

  bool is_app_limited() const { return app_limited_until_ > 0; }

 private:
  std::uint64_t delivered_bytes_ = 0;
  Instant delivered_at_;
  Instant first_sent_at_;
  std::uint64_t app_limited_until_ =
      0;  // delivered_bytes_ beyond which samples are full ones again; 0: they are
};

}  // namespace rudp::congestion
