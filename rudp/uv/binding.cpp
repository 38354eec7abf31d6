#include "uv/binding.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "uv/clock.hpp"

namespace rudp::uv {
namespace {

/// A binding's share of one turn of the loop: enough to keep the socket busy, little enough that timers and
/// other handles are served within milliseconds.
constexpr int kEventsPerTurn = 1024;
constexpr int kRunsPerTurn = 64;

/// While the socket takes nothing the core's deadlines for sending pass unmet; it is asked this seldom then.
constexpr Duration kBlockedInterval = std::chrono::milliseconds(10);

std::string addresses_of(const SocketSet& sockets) {
  std::string text;
  for (std::size_t at = 0; at < sockets.bound_count(); ++at) text += sockets.info(at).local.to_string() + ' ';
  return text;
}

}  // namespace

Result<std::unique_ptr<Binding>, Failure> Binding::open(uv_loop_t* loop, std::span<const Address> locals,
                                                        int buffer_bytes, EndpointConfig config,
                                                        BindingOwner& owner) {
  std::unique_ptr<Binding> binding(new Binding(owner));
  auto timer = Timer::open(loop, [raw = binding.get()] {
    raw->is_due_ = true;
    raw->owner_.on_due();
  });
  if (!timer) return timer.error();
  binding->timer_ = *std::move(timer);
  // Who calls a server knows it by one address; a client's peer takes it as it comes.
  const Source source = config.accept ? Source::where_asked : Source::chosen_by_system;
  auto sockets = SocketSet::open(loop, locals, buffer_bytes, *binding, source);
  if (!sockets) return sockets.error();
  binding->sockets_ = *std::move(sockets);
  if (config.reset_label.empty()) config.reset_label = addresses_of(*binding->sockets_);
  auto core = rudp::Endpoint::create(config, system_random());
  if (!core) return core.error();
  binding->core_ = *std::move(core);
  return binding;
}

rudp::Endpoint& Binding::command() {
  note_work();
  return *core_;
}

PeerId Binding::peer_of(ConnectionHandle handle) const {
  if (handle.index >= owned_.size()) return 0;
  const Owned& owned = owned_[handle.index];
  return owned.generation == handle.generation ? owned.peer : 0;
}

void Binding::assign(ConnectionHandle handle, PeerId peer) {
  if (handle.index >= owned_.size()) owned_.resize(handle.index + std::size_t{1});
  owned_[handle.index] = {handle.generation, peer};
}

void Binding::note_work() {
  has_work_ = true;
  owner_.on_work();
}

std::optional<SocketId> Binding::socket_for(bool is_v4) const {
  for (std::size_t at = 0; at < socket_count(); ++at)
    if (info(at).local.is_v4() == is_v4) return static_cast<SocketId>(at);
  return std::nullopt;
}

void Binding::close_socket(SocketId socket, Duration linger) {
  sockets_->close(socket, monotonic_now() + linger);
  note_work();
}

void Binding::on_received(SocketId socket, const Received& received) {
  const Instant now = monotonic_now();
  // Each datagram's messages are handed on at once, while they are in the cache: their few buffers serve the
  // next datagram again, where those of a whole batch would have to be allocated. Answers leave when the turn
  // ends, so that those to many datagrams go together.
  received.for_each_datagram([&](MutableBytes datagram) {
    core_->handle_datagram(now, received.from, datagram, received.ecn, socket);
    dispatch();
  });
  note_work();
}

void Binding::on_writable() { note_work(); }

void Binding::handle_due() {
  if (!std::exchange(is_due_, false)) return;
  core_->handle_timeout(monotonic_now());
  note_work();
}

void Binding::drain() {
  dispatch();
  has_work_ = false;
  const Instant now = monotonic_now();
  transmit(now);
  // What sending brought about may need to be answered in turn, if only by credit for a message taken.
  if (dispatch()) note_work();
  const std::optional<Instant> next_close = sockets_->sweep(now);
  if (next_close) timer_->set(next_close, now);
  set_timer(now);
}

bool Binding::dispatch() {
  Event event;
  for (int count = 0; count < kEventsPerTurn; ++count) {
    if (!core_->poll_event(event)) return count > 0;
    owner_.on_event(*this, event);
  }
  note_work();
  return true;
}

void Binding::transmit(Instant now) {
  for (int count = 0; count < kRunsPerTurn; ++count)
    if (!transmit_run(now)) return sockets_->flush();
  sockets_->flush();
  if (!sockets_->blocked()) note_work();
}

// A blocked socket says when it has space again; until then what is not polled stays with the core, which
// may still replace or cancel it.
bool Binding::transmit_run(Instant now) {
  MutableBytes space = sockets_->space();
  if (space.empty()) {
    sockets_->flush();
    space = sockets_->space();
  }
  Transmit run;
  if (space.empty() || !core_->poll_transmit(now, space, run)) return false;
  sockets_->push(run);
  return true;
}

void Binding::set_timer(Instant now) {
  std::optional<Instant> deadline = core_->poll_timeout();
  if (deadline && sockets_->blocked()) deadline = std::max(*deadline, now + kBlockedInterval);
  timer_->set(deadline, now);
}

}  // namespace rudp::uv
