// Bulk flows through one bottleneck, in integer virtual time: enough of a network to see what a controller
// does, and nothing of rudp but the controller, the pacer and the rate sampler.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <queue>
#include <vector>

#include "congestion/controller.hpp"
#include "congestion/pacer.hpp"
#include "congestion/rate_sampler.hpp"
#include "support/dice.hpp"

namespace model {

using rudp::Duration;
using rudp::Instant;
using rudp::PacketNumber;
using namespace std::chrono_literals;

struct Link {
  std::uint64_t bits_per_second = 20'000'000;
  Duration round_trip = 50ms;
  std::uint64_t queue_percent_of_bdp = 100;
  std::uint64_t lost_per_thousand = 0;  // at random, behind the bottleneck

  std::uint64_t bytes_per_second() const { return bits_per_second / 8; }
  std::uint64_t bdp_bytes() const {
    return bytes_per_second() * static_cast<std::uint64_t>(round_trip.count()) / 1'000'000'000;
  }
};

// One sender: the window and the pacer say when a packet may leave, every arrival comes back as an ack half a
// round trip later, and a packet that three later ones overtook is lost (the path does not reorder).
class Flow {
 public:
  static constexpr std::uint32_t kDatagramBytes = 1200;
  static constexpr std::uint64_t kWireBytes = kDatagramBytes + 28;

  explicit Flow(rudp::ControllerKind kind)
      : controller(rudp::congestion::make_controller(kind, kDatagramBytes)), pacer(kDatagramBytes) {}

  std::unique_ptr<rudp::congestion::Controller> controller;
  std::uint64_t delivered_wire_bytes = 0;
  std::uint64_t sent_wire_bytes = 0;
  std::uint64_t reductions = 0;
  std::uint64_t wakings = 0;  // scheduled so far; the last one counts

  bool window_open() const { return in_flight_ + kDatagramBytes <= controller->congestion_window(); }
  std::optional<Instant> paced_until(Instant now) {
    pacer.set_rate(now, controller->pacing_rate(smoothed_));
    return pacer.next_send(now, kDatagramBytes);
  }

  PacketNumber send(Instant now) {
    const PacketNumber number = first_ + sent_.size();
    sent_.push_back({now, sampler_.on_sent(now, in_flight_), false});
    in_flight_ += kDatagramBytes;
    sent_wire_bytes += kWireBytes;
    pacer.on_sent(now, kDatagramBytes);
    controller->on_packet_sent({now, number, in_flight_});
    return number;
  }

  void on_ack(Instant now, PacketNumber number) {
    if (number < first_) return;
    const Sent acked = sent_[number - first_];
    if (acked.gone) return;
    sent_[number - first_].gone = true;
    in_flight_ -= kDatagramBytes;
    sample_rtt(now - acked.at);
    declare_lost(now, number);
    const auto rate = sampler_.on_acked(now, kDatagramBytes, {acked.at, acked.rate}, min_);
    controller->on_ack({now, number, kDatagramBytes, in_flight_, now - acked.at, smoothed_, min_, rate});
    last_ack_ = now;
    trim();
  }

  // All that is under way went missing: what a probe timeout would find out, without its details.
  void check_silence(Instant now) {
    if (sent_.empty() || now - last_ack_ < 4 * smoothed_) return;
    declare_lost(now, first_ + sent_.size() + kThreshold);
    last_ack_ = now;
    trim();
  }

  Duration smoothed_rtt() const { return smoothed_; }

 private:
  static constexpr PacketNumber kThreshold = 3;
  struct Sent {
    Instant at;
    rudp::RateSnapshot rate;
    bool gone = false;
  };

  void sample_rtt(Duration rtt) {
    smoothed_ = min_ == Duration::max() ? rtt : (7 * smoothed_ + rtt) / 8;
    min_ = std::min(min_, rtt);
  }

  void declare_lost(Instant now, PacketNumber largest_acked) {
    rudp::congestion::LossSample loss;
    for (PacketNumber at = first_; at + kThreshold <= largest_acked && at < first_ + sent_.size(); ++at) {
      if (sent_[at - first_].gone) continue;
      sent_[at - first_].gone = true;
      in_flight_ -= kDatagramBytes;
      loss.largest_lost = at;
      loss.lost_bytes += kDatagramBytes;
      ++loss.lost_packets;
    }
    if (loss.lost_packets == 0) return;
    loss.now = now;
    loss.bytes_in_flight = in_flight_;
    loss.smoothed_rtt = smoothed_;
    loss.min_rtt = min_;
    const std::uint64_t before = controller->congestion_window();
    controller->on_loss(loss);
    reductions += controller->congestion_window() < before ? 1 : 0;
  }

  void trim() {
    for (; !sent_.empty() && sent_.front().gone; ++first_) sent_.pop_front();
  }

  rudp::congestion::RateSampler sampler_;
  rudp::congestion::Pacer pacer;
  std::deque<Sent> sent_;
  PacketNumber first_ = 0;
  std::uint64_t in_flight_ = 0;
  Duration smoothed_ = 333ms;  // as before the first sample
  Duration min_ = Duration::max();
  Instant last_ack_;
};

class Network {
 public:
  Network(Link link, std::uint64_t seed) : link_(link), random_(seed) {}

  // Flows join in the order of their times. The reference holds while no other is added.
  std::size_t add(rudp::ControllerKind kind, Duration at = Duration::zero()) {
    flows_.emplace_back(kind);
    schedule(Instant() + at, Kind::wake, flows_.size() - 1, 0);
    return flows_.size() - 1;
  }
  Flow& flow(std::size_t index) { return flows_[index]; }

  void run_until(Duration end) {
    while (!events_.empty() && events_.top().at <= Instant() + end) {
      const Event event = events_.top();
      events_.pop();
      handle(event);
    }
  }

  // What of the link's capacity a flow's packets took from `from` to `to`, in thousandths.
  std::uint64_t share_per_thousand(std::size_t index, Duration from, Duration to) {
    run_until(from);
    const std::uint64_t before = flows_[index].delivered_wire_bytes;
    run_until(to);
    const auto span_ms = static_cast<std::uint64_t>((to - from) / 1ms);
    return (flows_[index].delivered_wire_bytes - before) * 1'000'000 / (link_.bytes_per_second() * span_ms);
  }

  Duration longest_queue() const { return longest_queue_; }

 private:
  enum class Kind : std::uint8_t { wake, arrive, ack };
  struct Event {
    Instant at;
    std::uint64_t order;
    Kind kind;
    std::size_t flow;
    PacketNumber number;
    bool operator<(const Event& other) const { return at != other.at ? at > other.at : order > other.order; }
  };

  void schedule(Instant at, Kind kind, std::size_t flow, PacketNumber number) {
    events_.push({at, order_++, kind, flow, number});
  }

  void handle(const Event& event) {
    Flow& flow = flows_[event.flow];
    switch (event.kind) {
      case Kind::wake:
        if (event.number != flow.wakings) return;  // a later event has set another time
        flow.check_silence(event.at);
        break;
      case Kind::ack:
        flow.on_ack(event.at, event.number);
        break;
      case Kind::arrive:
        flow.delivered_wire_bytes += Flow::kWireBytes;
        return schedule(event.at + link_.round_trip / 2, Kind::ack, event.flow, event.number);
    }
    send_what_may(event.at, event.flow);
  }

  void send_what_may(Instant now, std::size_t index) {
    Flow& flow = flows_[index];
    std::optional<Instant> wake;
    while (flow.window_open() && !(wake = flow.paced_until(now))) transmit(now, index, flow.send(now));
    // Acks wake a flow that waits for its window; a waking of its own drives the pacer and sees to silence.
    schedule(wake.value_or(now + 10ms), Kind::wake, index, ++flow.wakings);
  }

  void transmit(Instant now, std::size_t index, PacketNumber number) {
    const Instant begins = std::max(now, free_at_);
    const Duration queued = begins - now;
    const std::uint64_t limit = link_.bdp_bytes() * link_.queue_percent_of_bdp / 100;
    if (bytes_in(queued) + Flow::kWireBytes > std::max(limit, 2 * Flow::kWireBytes)) return;
    longest_queue_ = std::max(longest_queue_, queued);
    free_at_ =
        begins +
        Duration(static_cast<std::int64_t>(Flow::kWireBytes * 1'000'000'000 / link_.bytes_per_second()));
    if (random_.below(1000) < link_.lost_per_thousand) return;
    schedule(free_at_ + link_.round_trip / 2, Kind::arrive, index, number);
  }

  std::uint64_t bytes_in(Duration queued) const {
    return static_cast<std::uint64_t>(queued.count()) * link_.bytes_per_second() / 1'000'000'000;
  }

  Link link_;
  test::Dice random_;
  std::deque<Flow> flows_;
  std::priority_queue<Event> events_;
  std::uint64_t order_ = 0;
  Instant free_at_;
  Duration longest_queue_{0};
};

}  // namespace model
