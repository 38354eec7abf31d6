// A TCP sender and receiver as Linux has them, as the cross traffic of a world: CUBIC (RFC 9438) with
// HyStart's delay test, SACK with detection by send order (RACK), proportional rate reduction (RFC 6937),
// delayed acks, no pacing. test_crosstraffic prints its figures; docs/PERFORMANCE.md has them beside a kernel's.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include <rudp/sim.hpp>

#include "congestion/cubic_curve.hpp"

namespace scenario {

using namespace rudp;
using namespace rudp::sim;
using namespace std::chrono_literals;

/// What one ACK segment says, in segment numbers; ranges are [first, second).
struct TcpAck {
  std::uint64_t next = 0;  ///< everything below arrived
  std::vector<std::pair<std::uint64_t, std::uint64_t>> blocks;

  std::vector<std::uint8_t> encode() const;
  static TcpAck decode(Bytes bytes);
};

class TcpReceiver {
 public:
  static constexpr std::size_t kBlocksMax = 3;  // beside timestamps no more fit
  static constexpr Duration kDelayedAck = 40ms;

  /// The ack to send now; absent: it is delayed.
  std::optional<TcpAck> on_segment(std::uint64_t number);
  /// The ack whose delay is over.
  TcpAck delayed_ack() { return make_ack(); }
  bool ack_pending() const { return unacked_ > 0; }
  std::uint64_t next() const { return next_; }

 private:
  TcpAck make_ack();

  std::uint64_t next_ = 0;
  std::map<std::uint64_t, std::uint64_t> ranges_;  // above next_: first to end
  std::uint64_t newest_ = 0;
  int unacked_ = 0;
};

class TcpSender {
 public:
  static constexpr std::uint64_t kSegment = 1448;  // payload of 1,500 IP bytes with timestamps

  /// Appends the numbers of the segments to send now.
  void poll(Instant now, std::vector<std::uint64_t>& numbers);
  void on_ack(Instant now, const TcpAck& ack);
  /// When on_timeout is due.
  std::optional<Instant> timeout() const;
  void on_timeout(Instant now);
  std::uint64_t window_bytes() const { return window_; }

 private:
  struct Segment {
    Instant sent_at;
    std::uint64_t order = 0;
    bool resent = false, lost = false, sacked = false;
  };
  void send(Instant now, std::uint64_t number);
  void deliver(Instant now, std::uint64_t number);
  void sample_rtt(Duration rtt);
  void detect_losses();
  void enter_recovery();
  void grow(Instant now, std::uint64_t acked);
  bool hystart_says_stop(Duration rtt);
  void reduce_proportionally();
  Segment& at(std::uint64_t number) { return segments_[number - first_]; }

  std::deque<Segment> segments_;                                  // from first_ on
  std::deque<std::pair<std::uint64_t, std::uint64_t>> in_order_;  // send order and number
  std::set<std::uint64_t> lost_;
  std::uint64_t first_ = 0;
  std::uint64_t sent_orders_ = 0, newest_order_ = 0;
  std::uint64_t in_flight_ = 0;  // segments

  std::uint64_t window_ = 10 * kSegment;
  std::uint64_t threshold_ = ~std::uint64_t{0};
  congestion::CubicCurve curve_;
  bool in_recovery_ = false;
  std::uint64_t recovery_end_ = 0;
  std::uint64_t recovery_flight_ = 0, recovery_delivered_ = 0, recovery_sent_ = 0;
  std::uint64_t delivered_now_ = 0;

  std::uint64_t round_end_ = 0;
  int round_samples_ = 0;
  Duration round_min_ = Duration::max();
  Duration smoothed_{0}, variance_{0}, min_ = Duration::max();
  int backoffs_ = 0;
  Instant timer_from_;
};

/// Both ends in a world, with bulk data for ever.
class TcpFlow {
 public:
  /// `number` makes its addresses; the data goes over `forward`, the acks over `backward`.
  TcpFlow(World& world, std::uint8_t number, LinkId forward, LinkId backward, Duration at);
  TcpFlow(const TcpFlow&) = delete;
  TcpFlow& operator=(const TcpFlow&) = delete;

  /// In order, at the receiver.
  std::uint64_t delivered_bytes() const { return receiver_.next() * TcpSender::kSegment; }
  std::uint64_t sent_segments() const { return sent_; }
  const TcpSender& sender() const { return sender_; }

 private:
  void on_segment(const Datagram& datagram);
  void send_ack(const TcpAck& ack);
  void push();
  void arm();

  World& world_;
  NodeId source_{}, sink_{};
  TcpSender sender_;
  TcpReceiver receiver_;
  std::vector<std::uint64_t> numbers_;
  std::uint64_t sent_ = 0;
  std::uint64_t ack_timers_ = 0;
  bool timer_set_ = false;
};

}  // namespace scenario
