#include "tcp.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>

namespace scenario {
namespace {

constexpr std::uint64_t kDuplicates = 3;  // later ones that arrived make a segment lost
constexpr std::uint64_t kBetaPercent = 70;
constexpr Duration kRtoMin = 200ms;
constexpr Duration kRtoMax = 120s;
constexpr int kHystartSamples = 8;
constexpr std::uint64_t kHystartWindow = 16;  // segments
constexpr std::size_t kDataDatagram = 1472;   // with UDP's and IP's headers 1,500, as the segment has

void put(std::vector<std::uint8_t>& out, std::uint64_t value) {
  for (int shift = 0; shift < 64; shift += 8) out.push_back(static_cast<std::uint8_t>(value >> shift));
}

std::uint64_t get(Bytes bytes, std::size_t at) {
  std::uint64_t value = 0;
  for (std::size_t i = 8; i-- > 0;) value = value << 8 | bytes[at + i];
  return value;
}

}  // namespace

std::vector<std::uint8_t> TcpAck::encode() const {
  std::vector<std::uint8_t> bytes;
  put(bytes, next);
  for (const auto& [first, end] : blocks) {
    put(bytes, first);
    put(bytes, end);
  }
  return bytes;
}

TcpAck TcpAck::decode(Bytes bytes) {
  TcpAck ack{.next = get(bytes, 0), .blocks = {}};
  for (std::size_t at = 8; at + 16 <= bytes.size(); at += 16)
    ack.blocks.emplace_back(get(bytes, at), get(bytes, at + 8));
  return ack;
}

// Every second segment is acked, and every one out of order or into a gap at once.
std::optional<TcpAck> TcpReceiver::on_segment(std::uint64_t number) {
  const bool in_order = number == next_ && ranges_.empty();
  newest_ = number;
  if (number >= next_) {
    auto [at, is_new] = ranges_.try_emplace(number, number + 1);
    if (at != ranges_.begin()) {
      const auto before = std::prev(at);
      if (before->second > number) {
        if (is_new) ranges_.erase(at);
      } else if (before->second == number) {
        before->second = at->second;
        ranges_.erase(at);
        at = before;
      }
    }
    const auto after = ranges_.find(number + 1);
    if (after != ranges_.end() && is_new) {
      const auto owner = std::prev(after);
      owner->second = after->second;
      ranges_.erase(after);
    }
    while (!ranges_.empty() && ranges_.begin()->first <= next_) {
      next_ = std::max(next_, ranges_.begin()->second);
      ranges_.erase(ranges_.begin());
    }
  }
  ++unacked_;
  if (in_order && unacked_ < 2) return {};
  return make_ack();
}

// The block with the newest segment first, then the highest others (RFC 2018).
TcpAck TcpReceiver::make_ack() {
  unacked_ = 0;
  TcpAck ack{.next = next_, .blocks = {}};
  const auto holds_newest = [this](const auto& range) {
    return range.first <= newest_ && newest_ < range.second;
  };
  const auto newest = std::find_if(ranges_.begin(), ranges_.end(), holds_newest);
  if (newest != ranges_.end()) ack.blocks.emplace_back(*newest);
  for (auto at = ranges_.rbegin(); at != ranges_.rend() && ack.blocks.size() < kBlocksMax; ++at)
    if (!holds_newest(*at)) ack.blocks.emplace_back(*at);
  return ack;
}

void TcpSender::poll(Instant now, std::vector<std::uint64_t>& numbers) {
  while ((in_flight_ + 1) * kSegment <= window_) {
    const std::uint64_t number = lost_.empty() ? first_ + segments_.size() : *lost_.begin();
    if (lost_.empty()) {
      segments_.emplace_back();
    } else {
      lost_.erase(lost_.begin());
      at(number).resent = true;
    }
    send(now, number);
    numbers.push_back(number);
  }
}

void TcpSender::send(Instant now, std::uint64_t number) {
  Segment& segment = at(number);
  if (in_flight_ == 0) timer_from_ = now;
  segment.sent_at = now;
  segment.order = ++sent_orders_;
  segment.lost = false;
  in_order_.emplace_back(segment.order, number);
  ++in_flight_;
  if (in_recovery_) ++recovery_sent_;
}

void TcpSender::on_ack(Instant now, const TcpAck& ack) {
  delivered_now_ = 0;
  const std::uint64_t end = first_ + segments_.size();
  const bool advances = ack.next > first_;
  for (std::uint64_t number = first_; number < std::min(ack.next, end); ++number) deliver(now, number);
  for (const auto& [first, last] : ack.blocks)
    for (std::uint64_t number = std::max(first, first_); number < std::min(last, end); ++number)
      deliver(now, number);
  while (first_ < ack.next && !segments_.empty()) {
    segments_.pop_front();
    ++first_;
  }
  if (advances) {
    timer_from_ = now;
    backoffs_ = 0;
  }
  if (in_recovery_ && first_ >= recovery_end_) {
    in_recovery_ = false;
    window_ = std::max(threshold_, 2 * kSegment);
  }
  detect_losses();
  if (in_recovery_) {
    recovery_delivered_ += delivered_now_;
    reduce_proportionally();
  } else if (delivered_now_ > 0) {
    grow(now, delivered_now_);
  }
}

void TcpSender::deliver(Instant now, std::uint64_t number) {
  Segment& segment = at(number);
  if (segment.sacked) return;
  segment.sacked = true;
  ++delivered_now_;
  if (segment.lost) {
    lost_.erase(number);
  } else {
    --in_flight_;
  }
  newest_order_ = std::max(newest_order_, segment.order);
  if (!segment.resent) sample_rtt(now - segment.sent_at);
}

void TcpSender::sample_rtt(Duration rtt) {
  if (smoothed_ == Duration(0)) {
    smoothed_ = rtt;
    variance_ = rtt / 2;
  } else {
    const Duration off = rtt > smoothed_ ? rtt - smoothed_ : smoothed_ - rtt;
    variance_ = (3 * variance_ + off) / 4;
    smoothed_ = (7 * smoothed_ + rtt) / 8;
  }
  min_ = std::min(min_, rtt);
  if (window_ < threshold_ && !in_recovery_ && hystart_says_stop(rtt)) {
    threshold_ = window_;
    curve_.on_slow_start_end(window_);
  }
}

// The lowest of a round's first samples is an eighth above the lowest of all.
bool TcpSender::hystart_says_stop(Duration rtt) {
  if (newest_order_ >= round_end_) {
    round_end_ = sent_orders_;
    round_samples_ = 0;
    round_min_ = Duration::max();
  }
  round_min_ = std::min(round_min_, rtt);
  if (++round_samples_ < kHystartSamples || window_ < kHystartWindow * kSegment) return false;
  return round_min_ > min_ + std::clamp<Duration>(min_ / 8, 4ms, 16ms);
}

void TcpSender::detect_losses() {
  bool found = false;
  while (!in_order_.empty() && in_order_.front().first + kDuplicates <= newest_order_) {
    const auto [order, number] = in_order_.front();
    in_order_.pop_front();
    if (number < first_) continue;
    Segment& segment = at(number);
    if (segment.sacked || segment.lost || segment.order != order) continue;
    segment.lost = true;
    lost_.insert(number);
    --in_flight_;
    found = true;
  }
  if (found && !in_recovery_) enter_recovery();
}

void TcpSender::enter_recovery() {
  curve_.on_reduction(window_);
  threshold_ = std::max(window_ * kBetaPercent / 100, 2 * kSegment);
  recovery_end_ = first_ + segments_.size();
  recovery_flight_ = std::max<std::uint64_t>(window_ / kSegment, 1);
  recovery_delivered_ = 0;
  recovery_sent_ = 0;
  in_recovery_ = true;
}

void TcpSender::reduce_proportionally() {
  const std::uint64_t target = threshold_ / kSegment;
  std::uint64_t may_send = 0;
  if (in_flight_ > target) {
    const std::uint64_t allowed = (recovery_delivered_ * target + recovery_flight_ - 1) / recovery_flight_;
    may_send = allowed > recovery_sent_ ? allowed - recovery_sent_ : 0;
  } else {
    const std::uint64_t owed =
        recovery_delivered_ > recovery_sent_ ? recovery_delivered_ - recovery_sent_ : 0;
    may_send = std::min(target - in_flight_, std::max(owed, delivered_now_) + 1);
  }
  if (recovery_sent_ == 0) may_send = std::max<std::uint64_t>(may_send, 1);  // the first retransmission
  window_ = (in_flight_ + may_send) * kSegment;
}

void TcpSender::grow(Instant now, std::uint64_t acked) {
  if (window_ > (in_flight_ + acked + kDuplicates) * kSegment * 2) return;  // not what holds us back
  if (window_ < threshold_) {
    window_ += std::min(acked * kSegment, threshold_ - window_);
    return;
  }
  window_ += curve_.growth(now, min_, window_, acked * kSegment, kSegment);
}

std::optional<Instant> TcpSender::timeout() const {
  if (in_flight_ == 0 && lost_.empty()) return {};
  const Duration base =
      smoothed_ == Duration(0) ? Duration(1s) : smoothed_ + std::max(4 * variance_, kRtoMin);
  return timer_from_ + std::min(base * (1 << std::min(backoffs_, 10)), kRtoMax);
}

void TcpSender::on_timeout(Instant now) {
  for (std::uint64_t number = first_; number < first_ + segments_.size(); ++number) {
    Segment& segment = at(number);
    if (segment.sacked || segment.lost) continue;
    segment.lost = true;
    lost_.insert(number);
  }
  in_flight_ = 0;
  in_order_.clear();
  if (backoffs_ == 0) {
    curve_.on_reduction(window_);
    threshold_ = std::max(window_ * kBetaPercent / 100, 2 * kSegment);
  }
  window_ = kSegment;
  in_recovery_ = false;
  ++backoffs_;
  timer_from_ = now;
}

TcpFlow::TcpFlow(World& world, std::uint8_t number, LinkId forward, LinkId backward, Duration at)
    : world_(world) {
  source_ = world
                .add_host(Address::v4(10, 1, 1, number, 80),
                          [this](const Datagram& datagram) {
                            sender_.on_ack(world_.now(), TcpAck::decode(datagram.bytes));
                            push();
                          })
                .value();
  sink_ = world
              .add_host(Address::v4(10, 1, 2, number, 80),
                        [this](const Datagram& datagram) { on_segment(datagram); })
              .value();
  world.route(source_, sink_, forward);
  world.route(sink_, source_, backward);
  world.at(Instant() + at, [this] { push(); });
}

void TcpFlow::on_segment(const Datagram& datagram) {
  if (const auto ack = receiver_.on_segment(get(datagram.bytes, 0))) return send_ack(*ack);
  world_.after(TcpReceiver::kDelayedAck, [this, timer = ++ack_timers_] {
    if (timer == ack_timers_ && receiver_.ack_pending()) send_ack(receiver_.delayed_ack());
  });
}

void TcpFlow::send_ack(const TcpAck& ack) {
  ++ack_timers_;
  world_.send_datagram(sink_, world_.address(source_), ack.encode());
}

void TcpFlow::push() {
  numbers_.clear();
  sender_.poll(world_.now(), numbers_);
  for (const std::uint64_t number : numbers_) {
    std::vector<std::uint8_t> bytes;
    put(bytes, number);
    bytes.resize(kDataDatagram);
    ++sent_;
    world_.send_datagram(source_, world_.address(sink_), bytes);
  }
  arm();
}

// One timer is under way at a time; where its time has moved on, it moves after it.
void TcpFlow::arm() {
  const auto due = sender_.timeout();
  if (timer_set_ || !due) return;
  timer_set_ = true;
  world_.at(*due, [this] {
    timer_set_ = false;
    const auto still_due = sender_.timeout();
    if (still_due && *still_due <= world_.now()) sender_.on_timeout(world_.now());
    push();
  });
}

}  // namespace scenario
