// An ACK frame passes through here in this order: check all of it, take what is outstanding, recognise what
// came late, sample the round trip, declare losses. A timeout declares losses or asks for probes; both where
// the record of what was sent is full.
#include "recovery/recovery.hpp"

#include <algorithm>
#include <limits>

#include "recovery/persistent_congestion.hpp"
#include "recovery/probe_timeout.hpp"

namespace rudp::recovery {
namespace {

// A lost packet that has not arrived this many probe periods after its sending will not be recognised any
// more.
constexpr int kLateAckPeriods = 4;

}  // namespace

Recovery::Recovery(const RecoveryConfig& config)
    : config_(config), rtt_(config.initial_rtt), reordering_(config.thresholds) {
  set_peer_max_ack_delay(config.peer_max_ack_delay);
}

void Recovery::set_peer_max_ack_delay(Duration delay) {
  config_.peer_max_ack_delay = std::clamp(delay, Duration::zero(), kRttMax);
}

void Recovery::on_packet_sent(const OutgoingPacket& packet, std::span<const SentFrame> frames) {
  sent_.push(packet, frames);
  if (packet.ack_eliciting) last_eliciting_at_ = packet.sent_at;
}

Recovery::Scratch& Recovery::cleared_scratch() {
  if (!scratch_) scratch_ = std::make_unique<Scratch>();
  scratch_->acked_frames.clear();
  scratch_->spurious_frames.clear();
  scratch_->lost_frames.clear();
  scratch_->probe_frames.clear();
  scratch_->probes.clear();
  scratch_->late.clear();
  scratch_->spurious.clear();
  return *scratch_;
}

Result<AckOutcome> Recovery::on_ack_received(Instant now, std::span<const PacketRange> descending,
                                             Duration ack_delay) {
  if (const Result<void> checked = check(descending); !checked) return checked.error();
  const Scratch& scratch = cleared_scratch();
  AckOutcome outcome;
  outcome.ack_only = true;

  const PacketNumber largest = descending.front().last;
  std::optional<Instant> largest_sent_at;
  const SentPacket* const newest = sent_.find(largest);
  const bool is_path_probe = newest != nullptr && newest->purpose == PacketPurpose::path_probe;
  if (newest != nullptr && !newest->lost && !is_path_probe) largest_sent_at = newest->sent_at;
  // What went over another path overtakes nothing here.
  const std::optional<PacketNumber> largest_before = largest_acked_;
  if (!is_path_probe) largest_acked_ = std::max(largest_acked_.value_or(0), largest);
  const PacketNumber lowest = acknowledge_outstanding(descending, outcome);
  if (largest_before && lowest < *largest_before)
    reordering_.on_overtaken(overtaken_by(lowest, *largest_before));
  acknowledge_lost(now, descending, outcome);
  if (!outcome.newly_acked) return AckOutcome{};

  // An ack whose highest number went over another path may still tell that this one has become slower: where
  // a path is looked at again and again, no other acks come. What its delay was is not known, a short time
  // says nothing, and a very long one that earlier acks were lost.
  if (is_path_probe && outcome.newest && now - outcome.newest->sent_at > rtt_.smoothed_rtt()) {
    largest_sent_at = std::max(outcome.newest->sent_at, now - 2 * rtt_.smoothed_rtt());
    ack_delay = Duration::zero();
  }
  if (largest_sent_at && !outcome.ack_only) sample_rtt(now, *largest_sent_at, ack_delay, outcome);
  forget_timeouts();
  outcome.lost = detect_losses(now);
  sent_.forget_lost_before(now - kLateAckPeriods * pto());
  outcome.acked_frames = scratch.acked_frames;
  outcome.spurious_frames = scratch.spurious_frames;
  outcome.spurious = scratch.spurious;
  return outcome;
}

// All of the frame is judged before any of it counts: a peer that lies changes nothing.
Result<void> Recovery::check(std::span<const PacketRange> descending) const {
  if (descending.empty() || descending.size() > kAckRangesMax) return Error::protocol_violation;
  PacketNumber limit = sent_.next_number();
  for (const PacketRange& range : descending) {
    if (range.first > range.last || range.last >= limit) return Error::protocol_violation;
    if (sent_.was_skipped(range.first, range.last)) return Error::protocol_violation;
    limit = range.first;
  }
  return {};
}

// Both sides ascend. What is passed over is older than an acked packet: it is soon acked or lost, so the walk
// is as long as what is newly acked and the reordering window, however many numbers the ranges span.
PacketNumber Recovery::acknowledge_outstanding(std::span<const PacketRange> descending, AckOutcome& outcome) {
  PacketNumber lowest = kNoPacket;
  PacketNumber number = sent_.oldest();
  std::size_t left = descending.size();
  while (number != kNoPacket && left > 0) {
    const PacketRange& range = descending[left - 1];
    if (number > range.last) {
      --left;
      continue;
    }
    const PacketNumber next = sent_.find(number)->next;
    if (number >= range.first) {
      lowest = std::min(lowest, number);
      acknowledge(number, outcome);
    }
    number = next;
  }
  return lowest;
}

void Recovery::acknowledge(PacketNumber number, AckOutcome& outcome) {
  const SentPacket& packet = *sent_.find(number);
  outcome.newly_acked = true;
  if (packet.ack_eliciting) outcome.ack_only = false;
  if (packet.purpose != PacketPurpose::path_probe)
    largest_acked_ = std::max(largest_acked_.value_or(0), number);
  if (packet.ecn_marked) ++outcome.marked_packets;
  if (packet.bytes > kBaseDatagramBytes) {
    outcome.large_acked = true;
    largest_large_acked_ = std::max(largest_large_acked_, number);
  }
  if (packet.in_flight) {
    outcome.acked_bytes += packet.bytes;
    outcome.newest = NewestAcked{number, packet.sent_at, packet.rate};
  }
  sent_.append_frames(packet, scratch_->acked_frames);
  sent_.remove(number);
}

void Recovery::acknowledge_lost(Instant now, std::span<const PacketRange> descending, AckOutcome& outcome) {
  std::vector<PacketNumber>& late = scratch_->late;
  const std::span<const PacketNumber> lost = sent_.lost();
  for (const PacketRange& range : descending) {
    auto at = std::lower_bound(lost.begin(), lost.end(), range.first);
    for (; at != lost.end() && *at <= range.last; ++at) late.push_back(*at);
  }
  for (const PacketNumber number : late) acknowledge_late(now, number, outcome);
}

void Recovery::acknowledge_late(Instant now, PacketNumber number, AckOutcome& outcome) {
  const SentPacket& packet = *sent_.find(number);
  outcome.newly_acked = true;
  if (packet.ack_eliciting) outcome.ack_only = false;
  if (packet.in_flight && packet.purpose != PacketPurpose::mtu_probe) {
    ++outcome.spurious_packets;
    outcome.spurious_bytes += packet.bytes;
    scratch_->spurious.push_back({number, packet.bytes});
    reordering_.on_late(now - packet.sent_at, longest_rtt(rtt_));
  }
  sent_.append_frames(packet, scratch_->spurious_frames);
  sent_.remove(number);
}

// A packet acked before it was sent tells that the clock ran back, not that the path is short; one that was
// sent before the clock jumped, not that it is long.
void Recovery::sample_rtt(Instant now, Instant sent_at, Duration ack_delay, AckOutcome& outcome) {
  if (now < sent_at || sent_at < timed_since_) return;
  rtt_.on_sample(now, now - sent_at, ack_delay, config_.peer_max_ack_delay);
  outcome.rtt_sample = rtt_.latest_rtt();
}

LossReport Recovery::detect_losses(Instant now) {
  LossReport report;
  loss_time_ = Instant::max();
  if (!largest_acked_) return report;
  reordering_.settle();
  const LossThresholds& thresholds = reordering_.thresholds();
  const Duration delay = loss_delay(rtt_, thresholds);
  PersistentCongestion persistent(pto(), rtt_.first_sample_at());
  std::optional<PacketNumber> previous;
  for (PacketNumber number = sent_.oldest(); number < *largest_acked_;) {
    const SentPacket packet = *sent_.find(number);
    const Overtaken overtaken{packet.sent_at, overtaken_by(number, *largest_acked_)};
    const LossVerdict verdict = judge(overtaken, now, delay, thresholds);
    if (!verdict.lost && packet.in_flight) {
      loss_time_ = *verdict.lost_at;  // the oldest is the first to be lost, so the walk ends here
      break;
    }
    if (verdict.lost) declare_lost(number, report);
    if (verdict.lost && packet.ack_eliciting) {
      persistent.on_lost(packet.sent_at, previous && acked_between(*previous, number));
      previous = number;
    }
    number = packet.next;
  }
  if (report.packets > 0) reordering_.on_lost(report.largest, sent_.next_number());
  report.persistent_congestion = persistent.established();
  report.frames = scratch_->lost_frames;
  return report;
}

std::uint64_t Recovery::overtaken_by(PacketNumber number, PacketNumber largest) const {
  return largest - number - sent_.skipped_between(number, largest);
}

void Recovery::declare_lost(PacketNumber number, LossReport& report) {
  const SentPacket& packet = *sent_.find(number);
  if (packet.purpose == PacketPurpose::mtu_probe) {
    ++report.mtu_probes;
  } else if (packet.in_flight) {
    ++report.packets;
    report.bytes += packet.bytes;
    const bool is_large = packet.bytes > kBaseDatagramBytes;
    if (is_large && number > largest_large_acked_) ++report.large_packets;
    report.marked_packets += packet.ecn_marked ? 1 : 0;
    report.largest = number;
  }
  const PacketNumber copy = copy_under_way(packet);
  if (copy == kNoPacket) {
    sent_.append_frames(packet, scratch_->lost_frames);
  } else {
    sent_.find(copy)->probes = std::max(sent_.find(copy)->probes, packet.probes);
    sent_.promote(copy);
  }
  sent_.mark_lost(number);
}

// Copies have ascending numbers, and at most one is made per probe: the chain is short and ends.
PacketNumber Recovery::copy_under_way(const SentPacket& packet) const {
  PacketNumber copy = packet.copied_in;
  while (const SentPacket* const found = sent_.find(copy)) {
    if (!found->lost) return copy;
    copy = found->copied_in;
  }
  return kNoPacket;
}

// Acked packets are forgotten at once: what is neither remembered nor was skipped has been acked.
bool Recovery::acked_between(PacketNumber low, PacketNumber high) const {
  for (PacketNumber number = low + 1; number < high; ++number) {
    if (sent_.find(number) == nullptr && !sent_.was_skipped(number, number)) return true;
  }
  return false;
}

LossReport Recovery::give_up(Instant since) {
  LossReport report;
  cleared_scratch();
  for (PacketNumber number = sent_.oldest(); number != kNoPacket;) {
    const SentPacket packet = *sent_.find(number);
    if (packet.sent_at >= since && packet.in_flight) {
      declare_lost(number, report);
      if (SentPacket* const lost = sent_.find(number)) lost->in_flight = false;
    }
    number = packet.next;
  }
  forget_timeouts();
  report.frames = scratch_->lost_frames;
  return report;
}

void Recovery::rest() {
  sent_.rest();
  loss_time_ = Instant::max();
  scratch_.reset();
}

void Recovery::begin_path(Duration rtt) {
  rtt_ = RttEstimator(rtt);
  reordering_ = Reordering(config_.thresholds);
  loss_time_ = Instant::max();
  forget_timeouts();
}

void Recovery::forget_timeouts() {
  pto_count_ = 0;
  doublings_ = 0;
  silent_since_ = Instant::max();
}

Duration Recovery::pto() const { return probe_period(rtt_, config_.peer_max_ack_delay); }

bool Recovery::is_thin() const {
  const std::uint32_t limit = config_.is_low_latency ? kLowLatencyThinPackets : kThinFlowPackets;
  return !backlog_ && sent_.originals() > 0 && sent_.originals() <= limit;
}

std::optional<Instant> Recovery::timeout() const {
  if (loss_time_ != Instant::max()) return loss_time_;
  const std::optional<DueProbe> probe = next_probe();
  return probe ? std::optional(probe->at) : std::nullopt;
}

std::optional<Recovery::DueProbe> Recovery::next_probe() const {
  if (sent_.eliciting() == 0) return std::nullopt;
  if (is_thin()) return next_thin_probe();
  // A probe that comes alone is acked at once, so only the first one allows for the ack's delay.
  const bool is_silent = silent_since_ != Instant::max();
  const Duration period =
      is_silent ? std::max(probe_period(rtt_, Duration::zero()), kSilencePeriodMin) : pto();
  return DueProbe{oldest_eliciting(sent_.oldest()), last_eliciting_at_ + backed_off(period, doublings_)};
}

// Each packet is asked after on its own, counted from its newest copy: a restart at every send, as RFC 9002
// has it, would never fire in a steady flow. Those that were asked after in vain share one timer and take
// turns, so that a silent path gets one datagram a period.
std::optional<Recovery::DueProbe> Recovery::next_thin_probe() const {
  std::optional<DueProbe> first;
  Instant asked_at = Instant::max();  // when the one in `first` was last asked after
  PacketNumber number = sent_.oldest();
  while (const SentPacket* const packet = sent_.find(number)) {
    const bool is_original = packet->ack_eliciting && !packet->is_copy;
    const Instant at = thin_probe_at(*packet);
    const bool is_earlier = !first || at < first->at || (at == first->at && packet->probed_at < asked_at);
    if (is_original && is_earlier) {
      first = DueProbe{number, at};
      asked_at = packet->probed_at;
    }
    number = packet->next;
  }
  return first;
}

Instant Recovery::thin_probe_at(const SentPacket& packet) const {
  const Duration period = thin_probe_period(rtt_);
  if (packet.probes < kThinProbesOfItsOwn) return packet.probed_at + period;
  return std::max(packet.probed_at, asked_in_turn_at_) +
         backed_off(std::max(period, kSilencePeriodMin), doublings_);
}

PacketNumber Recovery::oldest_eliciting(PacketNumber from) const {
  const SentPacket* packet = sent_.find(from);
  while (packet != nullptr && !packet->ack_eliciting) {
    from = packet->next;
    packet = sent_.find(from);
  }
  return from;
}

TimeoutOutcome Recovery::on_timeout(Instant now) {
  const std::optional<Instant> due_at = timeout();
  if (!due_at || now < *due_at) return {};
  const Scratch& scratch = cleared_scratch();
  if (loss_time_ != Instant::max()) return {.lost = detect_losses(now), .probes = {}};
  const LossReport lost = make_room();
  const std::uint64_t forgotten_bytes = sent_.forget_copies(kCopiesMax - kProbeDatagramsMax);
  if (const std::optional<DueProbe> due = next_probe()) {
    count_timeout(now, due->number);
    fill_probes(now, due->number);
  }
  sent_.forget_lost_before(now - kLateAckPeriods * pto());
  return {.lost = lost, .probes = scratch.probes, .forgotten_bytes = forgotten_bytes};
}

// A record that is full of what nobody acknowledges lets no probe in, and so it would stay for ever.
LossReport Recovery::make_room() {
  LossReport report;
  while (sent_.is_full()) declare_lost(sent_.oldest(), report);
  report.frames = scratch_->lost_frames;
  return report;
}

// Early probes of a thin flow do not count to the back-off, else a thick one would begin with it on a path
// that answers. Nor does anything while the silence is young: one packet a period is no load, and each may be
// the one that finds the path again.
void Recovery::count_timeout(Instant now, PacketNumber due) {
  if (pto_count_ < std::numeric_limits<std::uint32_t>::max()) ++pto_count_;
  if (is_thin() && sent_.find(due)->probes < kThinProbesOfItsOwn) return;
  if (silent_since_ == Instant::max()) silent_since_ = now;
  if (backs_off(now)) doublings_ = std::min(doublings_ + 1, kBackoffDoublingsMax);
}

bool Recovery::backs_off(Instant now) const {
  if (now - silent_since_ >= kSilenceWithoutBackoff) return true;
  const Duration period = std::max(probe_period(rtt_, Duration::zero()), kSilencePeriodMin);
  return config_.is_server && 2 * backed_off(period, doublings_) <= kSilencePeriodMax;
}

void Recovery::on_peer_heard(Instant now) {
  if (silent_since_ != Instant::max() && now - silent_since_ < kSilenceWithoutBackoff) doublings_ = 0;
}

// In a thin flow a second datagram repeats the same packet, for that one is waited for; in the low-latency
// mode with the first probe, behind which there is no time to lose. The timers restart here, so that a probe
// that cannot leave does not leave them due.
void Recovery::fill_probes(Instant now, PacketNumber due) {
  SentPacket& packet = *sent_.find(due);
  const bool thin = is_thin();
  const bool has_turns = packet.probes >= kThinProbesOfItsOwn;
  const bool again = thin && !has_turns && (packet.probes > 0) != config_.is_low_latency;
  if (thin && has_turns) asked_in_turn_at_ = now;
  packet.probed_at = now;
  if (packet.probes < std::numeric_limits<std::uint8_t>::max()) ++packet.probes;
  last_eliciting_at_ = now;

  sent_.append_frames(packet, scratch_->probe_frames);
  scratch_->probes.push_back({due, scratch_->probe_frames, thin});
  if (again) scratch_->probes.push_back(scratch_->probes.front());
}

}  // namespace rudp::recovery
