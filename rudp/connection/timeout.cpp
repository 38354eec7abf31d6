// Time in: what is due by now, then the same way out as everything else.
#include <algorithm>
#include <bit>
#include <utility>

#include "base/give_back.hpp"
#include "connection/connection.hpp"

namespace rudp::connection {

void Connection::handle_timeout(Instant now) {
  if (timers_.expire(Timer::close_end, now)) return set_state(now, State::finished);
  // The first may have been lost, and a peer that only waits would not draw another (RFC 9000 10.2.1).
  if (timers_.expire(Timer::close_repeat, now)) close_due_ = true;
  if (timers_.expire(Timer::handshake_end, now)) return on_attempt_over(now);
  if (timers_.due(Timer::idle, now) && !ask_after_absence(now))
    return finish_silently(now, Error::idle_timeout);
  if (timers_.expire(Timer::handshake_resend, now)) on_init_unanswered(now);
  if (timers_.expire(Timer::confirm, now)) on_confirm_timeout(now);
  if (timers_.expire(Timer::keep_alive, now)) ping_pending_ = true;
  if (timers_.expire(Timer::key_discard, now)) session_.protection->forget_previous_key();
  timers_.expire(Timer::pacing, now);
  if (timers_.expire(Timer::silence, now)) ping_pending_ = true;
  if (timers_.expire(Timer::rest, now)) rest(now);
  if (timers_.expire(Timer::drain, now)) return close_at_drain_end(now);
  if (!over_) outgoing_.on_timeout(now);
  if (state_ != State::open && state_ != State::unconfirmed) return;
  const auto partials = incoming_.timeout();
  if (partials && *partials <= now) incoming_.on_timeout(now);
  on_path_timeout(now);
  const auto loss = recovery_.timeout();
  if (loss && *loss <= now) on_loss_timeout(now);
}

/// The idle timer is late by more than a probe timeout: nobody listened in the meantime, the machine slept or
/// the clock jumped, and so the silence says nothing of the peer. It is asked once, and has three probe
/// timeouts to answer: who wakes up behind another address is answered only after a look at that.
bool Connection::ask_after_absence(Instant now) {
  if (asked_after_absence_ || now - timers_.at(Timer::idle) <= recovery_.pto()) return false;
  asked_after_absence_ = true;
  eliciting_sent_since_receive_ = true;  // so that the question does not start the idle period anew
  ping_pending_ = true;
  timers_.arm(Timer::idle, now + kCloseProbeTimeouts * recovery_.pto());
  return true;
}

void Connection::on_loss_timeout(Instant now) {
  const recovery::TimeoutOutcome outcome = recovery_.on_timeout(now);
  route_lost(now, outcome.lost.frames);
  report_losses(now, outcome.lost);
  if (outcome.forgotten_bytes > 0)
    trace(now, TraceKind::packet_lost, 0, outcome.forgotten_bytes, recovery_.bytes_in_flight());
  queue_probes(outcome.probes);
  update_pacing(now);
}

void Connection::queue_probes(std::span<const recovery::Probe> probes) {
  if (probes_.size() < probes.size()) probes_.resize(probes.size());
  probes_pending_ = 0;
  for (const recovery::Probe& probe : probes) {
    PendingProbe& pending = probes_[probes_pending_++];
    pending.copy_of = probe.copy_of;
    pending.is_awaited = probe.is_awaited;
    pending.frames.assign(probe.frames.begin(), probe.frames.end());
    pending.of_base_size = false;
  }
  if (max_datagram_bytes_ > kBaseDatagramBytes) add_small_probe();
}

/// Where large packets vanish nothing but a small one would tell (RFC 8899 4.4). It comes beside a large one, so
/// that an outage is not taken for that, and ever more seldom.
void Connection::add_small_probe() {
  if (recovery_.pto_count() < 2 || !std::has_single_bit(recovery_.pto_count())) return;
  if (probes_.size() < 2) probes_.resize(2);
  if (probes_pending_ == 1) {
    std::swap(probes_[0], probes_[1]);
    probes_[0].frames.clear();
    probes_[0].is_awaited = true;
    probes_pending_ = 2;
  }
  probes_[0].of_base_size = true;
}

/// The server sends nothing before it has heard us with the new keys, and our
/// first packets may be lost: keep knocking, whatever the window says.
void Connection::on_confirm_timeout(Instant now) {
  Duration after = kConfirmFirst;
  for (std::uint32_t sent = 0; sent < attempt_->confirms_sent && after < kConfirmMax; ++sent)
    after = after * 3 / 2;
  timers_.arm(Timer::confirm, now + std::min(after, kConfirmMax));
  ++attempt_->confirms_sent;
  attempt_->fin_due = true;
  if (probes_.empty()) probes_.resize(1);
  if (probes_pending_ > 0 || recovery_.sent().is_full()) return;
  probes_[0].frames.clear();
  probes_[0].is_awaited = true;
  probes_[0].of_base_size = false;
  probes_pending_ = 1;
}

/// Most connections are silent most of the time: what is only of use while something is under way is given
/// back, and taken anew when something is said.
void Connection::rest(Instant now) {
  if (!can_rest()) return timers_.arm(Timer::rest, now + kRestAfter);
  recovery_.rest();
  replay_.rest();
  received_.rest();
  outgoing_.rest();
  if (repetition_) *repetition_ = {};  // its tags name nothing any more
  incoming_.rest();
  if (streams_) streams_->rest();
  send_order_.rest();
  base::give_back(probes_);
}

bool Connection::can_rest() const {
  return state_ == State::open && !is_asked_to_close() && !probing_ && !responses_ && probes_pending_ == 0 &&
         !has_data() && recovery_.sent().eliciting() == 0 && !received_.ack_pending() &&
         outgoing_.can_rest() && incoming_.can_rest();
}

void Connection::restart_idle(Instant now) {
  if (state_ != State::open) return;
  timers_.arm(Timer::rest, now + kRestAfter);
  asked_after_absence_ = false;
  const Duration idle = idle_timeout();
  if (idle > Duration::zero()) timers_.arm(Timer::idle, now + idle);
  Duration quiet = environment_.config.transport.keep_alive;
  if (quiet <= Duration::zero()) return;
  if (idle > Duration::zero()) quiet = std::min(quiet, idle / 3);
  timers_.arm(Timer::keep_alive, now + quiet);
}

void Connection::on_clock_jump(Instant now) {
  jumped_at_ = now;
  recovery_.on_clock_jump(now);
}

/// The smaller of both sides' timeouts, but never less than three probe timeouts (RFC 9000 10.1).
Duration Connection::idle_timeout() const {
  Duration idle = environment_.config.transport.max_idle;
  const Duration theirs = std::chrono::milliseconds(session_.peer.max_idle_ms);
  if (theirs > Duration::zero()) idle = std::min(idle, theirs);
  return std::max(idle, kCloseProbeTimeouts * recovery_.pto());
}

}  // namespace rudp::connection
