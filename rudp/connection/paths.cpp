// Other paths: a packet from a new address is noticed, both paths are challenged, and the connection moves,
// in this order. Data stays on the path in use until then; to an address that has not answered goes nothing
// but challenges, answers and padding (docs/STATE-MACHINE.md, "Paths"; RFC 9000, sections 8.2 and 9).
#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "connection/connection.hpp"
#include "wire/frame_writer.hpp"

namespace rudp::connection {
namespace {

/// Type and data of PATH_CHALLENGE or PATH_RESPONSE.
constexpr std::size_t kPathFrameBytes = 1 + wire::kPathDataBytes;
/// A packet that holds one such frame, at its longest.
constexpr std::size_t kPathPacketBytesMax =
    wire::short_header_bytes(ConnectionId::kBytesMax, 4) + kPathFrameBytes + crypto::kTagBytes;
/// A client that has received so many ack-eliciting packets without sending one is in the middle of a
/// transfer.
constexpr std::uint32_t kTransferPackets = 10;
/// Then this many PTO of silence make it ask: its address may have changed, and only it can tell the server.
constexpr int kSilencePtos = 3;

}  // namespace

bool Connection::takes_from(const NetworkPath& path) const {
  // Servers do not move of themselves: what comes from elsewhere is not theirs (RFC 9000 9).
  if (role_ == Role::server || path.remote == path_.remote) return true;
  return probing_ && probing_->fresh.path().remote == path.remote;
}

void Connection::note_path(Instant now, const OpenedPacket& packet, bool is_highest) {
  if (role_ == Role::client || state_ != State::open) return;
  const std::uint64_t sequence = local_ids_.sequence_of(packet.local_cid).value_or(0);
  if (packet.from == path_) {
    peer_id_sequence_ = std::max(peer_id_sequence_, sequence);
    originals_from_ = std::max(originals_from_, packet.number + 1);
    hear_old_path(now);
    const bool is_newer = probing_ && packet.number > probing_->noticed_by;
    if (is_newer && probing_->occasion == path::Occasion::noticed) end_probing(now);
    return;
  }
  const bool announced = sequence > peer_id_sequence_;
  if (probing_ && probing_->fresh.path() == packet.from) {
    probing_->fresh.limit().on_received(packet.datagram_bytes);
    probing_->id_sequence = std::max(probing_->id_sequence, sequence);
    if (announced) announce(now);
    return;
  }
  // What is only noticed comes again with the next packet. Who announces a move may say nothing more for long.
  // Of two places that the peer announced, the newer id is where it went last: else each would end the look at
  // the other, for ever.
  const std::uint64_t looked_at = probing_ && !is_in_doubt(now) ? probing_->id_sequence : 0;
  const bool is_busy = now < next_look_at_ || (probing_ && probing_->fresh.is_validated());
  if (!is_highest || sequence < looked_at) return;
  if (is_busy && !(announced && sequence > looked_at)) return;
  const Instant not_before = next_look_at_;
  look_at(now, packet.from, path::Occasion::noticed);
  probing_->noticed_by = packet.number;
  probing_->id_sequence = sequence;
  probing_->fresh.limit().on_received(packet.datagram_bytes);
  if (announced) {
    probing_->fresh.wait_until(not_before);
    return announce(now);
  }
  probing_->old.emplace(path_);
  probing_->old->limit().on_validated();
}

Result<void> Connection::migrate(Instant now, const NetworkPath& to) {
  if (role_ == Role::server || state_ != State::open || over_) return Error::invalid_state;
  if (!remote_ids_.has_spare()) return Error::would_block;
  look_at(now, to, path::Occasion::own);
  remote_ids_.reserve();
  // The application says that its server is there; it was not a stranger who named the address.
  probing_->fresh.limit().on_validated();
  return {};
}

void Connection::look_at(Instant now, const NetworkPath& path, path::Occasion occasion) {
  end_probing(now);
  probing_ = std::make_unique<Probing>(path, occasion);
  probing_->noticed_at = now;
  probing_->old_heard_at = now;
}

/// Nobody answers there, and nothing is heard of the old path either: the peer may have gone back to that, and
/// its router may have given it another port.
bool Connection::is_in_doubt(Instant now) const {
  return probing_->fresh.is_backing_off() && now - probing_->old_heard_at > recovery_.pto();
}

/// Something came from there, or arrived there: the peer has not left yet.
void Connection::hear_old_path(Instant now) {
  if (probing_) probing_->old_heard_at = now;
}

/// Each number tells it once, and none below those that came over the path: else one packet, or all that an
/// attacker recorded there, sent again and again, would do so for ever.
bool Connection::may_be_original(PacketNumber number) const { return probing_ && number >= originals_from_; }

void Connection::hear_original(Instant now, PacketNumber number) {
  originals_from_ = number + 1;
  hear_old_path(now);
}

/// Only the peer can have used an id that was never seen: no need to ask the old path.
void Connection::announce(Instant now) {
  if (probing_->occasion == path::Occasion::announced) return;
  probing_->occasion = path::Occasion::announced;
  probing_->old.reset();
  // Where there is no spare id, the two paths can be told to belong together; that is all that is lost.
  remote_ids_.reserve();
  consider_move(now);
}

void Connection::end_probing(Instant now) {
  next_look_at_ = now + std::max(recovery_.rtt().smoothed_rtt(), path::kMoveIntervalMin);
  remote_ids_.drop_reserved();
  probing_.reset();
}

Result<void> Connection::on_challenge(const OpenedPacket& packet, const wire::PathChallengeFrame& frame) {
  if (!responses_) responses_ = std::make_unique<path::ResponseQueue>();
  responses_->push({frame.data, packet.from, static_cast<std::uint32_t>(packet.datagram_bytes)});
  return {};
}

/// Whichever way it came: its data says which path the challenge took (RFC 9000 8.2.3).
Result<void> Connection::on_frame(Instant now, const wire::PathResponseFrame& frame) {
  if (!probing_) return {};
  if (probing_->fresh.on_response(now, frame.data)) {
    // A challenge that was sent before the clock jumped tells nothing of the path.
    const Duration rtt = probing_->fresh.rtt();
    probing_->rtt = now - rtt < jumped_at_ ? recovery::kInitialRtt : rtt;
    trace(now, TraceKind::path_validated, 0, static_cast<std::uint64_t>(rtt.count()), 0);
    consider_move(now);
  } else if (probing_->old && probing_->old->on_response(now, frame.data)) {
    // The peer still receives where it did: who answers from the other address too forwards, or may try
    // again.
    end_probing(now);
  }
  return {};
}

std::optional<Instant> Connection::path_timeout() const {
  if (!probing_) return std::nullopt;
  const path::Validation& fresh = probing_->fresh;
  if (!fresh.is_validated()) return fresh.next_at();
  const auto at = move_time();
  const bool asks_old = probing_->old && !probing_->old->is_exhausted();
  return asks_old ? std::min(*at, probing_->old->next_at()) : at;
}

std::optional<Instant> Connection::move_time() const {
  return path::move_at({.occasion = probing_->occasion,
                        .validated = probing_->fresh.is_validated(),
                        .silent_since = probing_->old_heard_at,
                        .smoothed_rtt = recovery_.rtt().smoothed_rtt()});
}

void Connection::on_path_timeout(Instant now) {
  if (!probing_) return;
  if (probing_->fresh.is_validated()) return consider_move(now);
  const path::Validation& fresh = probing_->fresh;
  const bool may_ask = !fresh.is_exhausted() && fresh.limit().can_send(kPathPacketBytesMax);
  if (now >= fresh.next_at() && !may_ask) end_probing(now);
}

void Connection::consider_move(Instant now) {
  const auto at = move_time();
  if (at && now >= *at) move(now);
}

void Connection::move(Instant now) {
  const std::unique_ptr<Probing> probing = std::move(probing_);
  const NetworkPath& to = probing->fresh.path();
  // Behind the same address is most likely the same network: a NAT chose another port.
  const bool same_network = probing->occasion != path::Occasion::own && to.socket == path_.socket &&
                            to.remote.ip == path_.remote.ip;
  const Instant lost_since =
      same_network ? probing->noticed_at - recovery_.rtt().smoothed_rtt() : Instant::min();
  give_up_sent(now, lost_since);
  path_ = to;
  originals_from_ = probing->noticed_by;
  peer_id_sequence_ = std::max(peer_id_sequence_, probing->id_sequence);
  if (!same_network) begin_path(now, probing->rtt);
  remote_ids_.adopt_reserved();
  next_look_at_ = now + std::max(recovery_.rtt().smoothed_rtt(), path::kMoveIntervalMin);
  // What was acknowledged meanwhile went to the old path, and the other side waits for it with ever longer
  // probe timeouts; and the sooner something is acknowledged here, the sooner this path is known.
  received_.ack_at_once(now);
  ping_pending_ = true;
  path_changed_event_ = true;
  ++counters_.path_moves;
  trace(now, TraceKind::path_changed, 0, static_cast<std::uint64_t>(probing->rtt.count()),
        same_network ? 1 : 0);
}

/// What went to where nobody was goes out again; that says nothing of congestion.
void Connection::give_up_sent(Instant now, Instant since) {
  const recovery::LossReport lost = recovery_.give_up(since);
  route_lost(now, lost.frames);
  probes_pending_ = 0;
  trace(now, TraceKind::packet_lost, lost.largest, lost.bytes, recovery_.bytes_in_flight());
}

/// Another network: nothing that was learned of the old one holds (RFC 9000 9.4).
void Connection::begin_path(Instant now, Duration rtt) {
  recovery_.begin_path(std::max(rtt, Duration(recovery::kGranularity)));
  begin_discovery(now);
  begin_ecn();
  controller_ = congestion::make_controller(controller_->kind(), max_datagram_bytes_);
  pacer_ = congestion::Pacer(max_datagram_bytes_);
  rate_sampler_ = {};
  bandwidth_ = {};
  update_pacing(now);
}

bool Connection::transmit_path(Instant now, MutableBytes buffer, Transmit& transmit) {
  if (responses_) return transmit_responses(now, buffer, transmit);
  if (!probing_ || !probing_->fresh.is_due(now)) return transmit_old_challenge(now, buffer, transmit);
  return transmit_fresh_challenge(now, buffer, transmit);
}

/// All answers for the path of the oldest, and a challenge where one is due there.
bool Connection::transmit_responses(Instant now, MutableBytes buffer, Transmit& transmit) {
  const NetworkPath path = responses_->front().path;
  std::size_t bytes = std::max<std::size_t>(responses_->front().datagram_bytes, kPathPacketBytesMax);
  bytes = std::min({bytes, path::kChallengeDatagramBytes, buffer.size()});
  PacketBuilder builder(buffer.first(bytes), path_header(path));
  while (!responses_->empty() && responses_->front().path == path && builder.space() >= kPathFrameBytes) {
    wire::write(builder.frames(), wire::PathResponseFrame{responses_->front().data});
    responses_->pop();
  }
  if (responses_->empty()) responses_.reset();
  if (probing_ && probing_->fresh.path() == path) {
    const bool room = builder.space() >= kPathFrameBytes && probing_->fresh.limit().can_send(bytes);
    if (room && probing_->fresh.is_due(now)) write_challenge(now, builder, probing_->fresh);
  }
  return send_on_path(now, builder, path, bytes, transmit);
}

/// Where full length is more than may be sent there, short challenges can be repeated; the address counts
/// more than the length.
bool Connection::transmit_fresh_challenge(Instant now, MutableBytes buffer, Transmit& transmit) {
  path::Validation& fresh = probing_->fresh;
  if (!fresh.limit().can_send(kPathPacketBytesMax)) return false;
  const bool full = fresh.limit().can_send(path::kChallengeDatagramBytes);
  const std::size_t bytes = full ? path::kChallengeDatagramBytes : kPathPacketBytesMax;
  PacketBuilder builder(buffer.first(bytes), path_header(fresh.path()));
  write_challenge(now, builder, fresh);
  return send_on_path(now, builder, fresh.path(), full ? bytes : 0, transmit);
}

/// The path in use is known to carry full datagrams: nothing needs to be padded there.
bool Connection::transmit_old_challenge(Instant now, MutableBytes buffer, Transmit& transmit) {
  if (!probing_ || !probing_->old || !probing_->old->is_due(now)) return false;
  PacketBuilder builder(buffer.first(kPathPacketBytesMax), path_header(path_));
  write_challenge(now, builder, *probing_->old);
  return send_on_path(now, builder, path_, 0, transmit);
}

PacketBuilder::Header Connection::path_header(const NetworkPath& path) {
  PacketBuilder::Header header = next_header();
  const auto reserved = remote_ids_.reserved();
  if (reserved && probing_ && probing_->fresh.path() == path) header.destination_cid = *reserved;
  return header;
}

void Connection::write_challenge(Instant now, PacketBuilder& builder, path::Validation& validation) {
  path::PathData data;
  environment_.random.public_fill(data);
  wire::write(builder.frames(), wire::PathChallengeFrame{data});
  validation.on_challenge_sent(now, data, recovery_.pto());
  ++counters_.path_challenges_sent;
  trace(now, TraceKind::path_challenged, builder.number(), builder.bytes(),
        validation.path() == path_ ? 1 : 0);
}

/// Neither in flight nor asked after: a path that answers nothing is no congestion of the one in use, and
/// what was lost is made anew (threat A-11).
bool Connection::send_on_path(Instant now, PacketBuilder& builder, const NetworkPath& path,
                              std::size_t pad_to_bytes, Transmit& transmit) {
  const auto bytes = builder.finish(*session_.protection, pad_to_bytes);
  if (!bytes) return finish_silently(now, Error::integrity_limit), false;
  recovery_.on_packet_sent({.number = builder.number(),
                            .sent_at = now,
                            .bytes = static_cast<std::uint32_t>(*bytes),
                            .ack_eliciting = false,
                            .in_flight = false,
                            .purpose = recovery::PacketPurpose::path_probe,
                            .copy_of = std::nullopt,
                            .rate = {}},
                           {});
  ++next_number_;
  ++counters_.packets_sent;
  counters_.bytes_sent += *bytes;
  if (probing_ && probing_->fresh.path() == path) probing_->fresh.limit().on_sent(*bytes);
  trace(now, TraceKind::packet_sent, builder.number(), *bytes, 0);
  transmit = {.to = path.remote, .bytes = *bytes, .segment_bytes = *bytes, .socket = path.socket};
  return true;
}

void Connection::note_transfer(Instant now) {
  if (role_ != Role::client || ++eliciting_since_sent_ < kTransferPackets) return;
  timers_.arm(Timer::silence, now + kSilencePtos * recovery_.pto());
}

void Connection::end_transfer() {
  eliciting_since_sent_ = 0;
  timers_.disarm(Timer::silence);
}

}  // namespace rudp::connection
