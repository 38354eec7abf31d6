// How a world moves: the next thing due, the drain after each input, and the way of a datagram.
#include <algorithm>

#include "sim/world_impl.hpp"

namespace rudp::sim {
namespace {

// Far above what honest timers need: one deadline may uncover another that is due as well.
constexpr std::uint64_t kTimeoutsPerInstantMax = 100;
// Far above what a world holds at one instant; more means that nothing ever lets time pass.
constexpr std::uint64_t kStepsPerInstantMax = 10'000'000;
// A drain that writes more than this without time passing will never end.
constexpr std::uint64_t kRunsPerDrainMax = 100'000;

std::string name(NodeId id) { return "node " + std::to_string(static_cast<std::uint32_t>(id)); }

}  // namespace

std::optional<Instant> World::Impl::next_at() const {
  if (!events.empty()) return now;
  std::optional<Instant> next = queue.next_at();
  if (timeouts.empty()) return next;
  return std::min(next.value_or(Instant::max()), timeouts.begin()->first);
}

void World::Impl::advance_to(Instant time) {
  if (time <= now) return;
  now = time;
  steps_now = 0;
}

// What arrives is handled before what is due at the same instant, so that an
// acknowledgement in time is not overtaken by the timer that waited for it.
bool World::Impl::step() {
  const std::optional<Instant> next = next_at();
  if (!violation.empty() || !next) return false;
  if (!events.empty()) return dispatch(), violation.empty();
  advance_to(*next);
  if (++steps_now > kStepsPerInstantMax) return fail("progress: time stands still"), false;
  const bool happens_first = queue.next_at().value_or(Instant::max()) <= now;
  if (happens_first && queue.size() > 0)
    do_next_happening();
  else
    do_next_timeout();
  dispatch();
  return violation.empty();
}

void World::Impl::do_next_happening() {
  Happening happening = queue.pop();
  if (auto* datagram = std::get_if<Datagram>(&happening)) return land(std::move(*datagram));
  std::get<Action>(happening)();
}

void World::Impl::do_next_timeout() {
  const NodeId id = timeouts.begin()->second;
  Node& due = node(id);
  due.timeouts_there = due.last_timeout_at == now ? due.timeouts_there + 1 : 1;
  due.last_timeout_at = now;
  if (due.timeouts_there > kTimeoutsPerInstantMax)
    return fail("progress: " + name(id) + " has a timer in the past that handle_timeout does not clear");
  note({.what = Note::What::timeout, .node = id});
  ++statistics.inputs;
  due.endpoint->handle_timeout(local_time(id));
  drain(id);
}

// In the world's time; an endpoint counts in its own.
void World::Impl::set_timeout(NodeId id, std::optional<Instant> timeout) {
  Node& owner = node(id);
  if (owner.timeout == timeout) return;
  if (owner.timeout) timeouts.erase({*owner.timeout, id});
  owner.timeout = timeout;
  if (timeout) timeouts.emplace(*timeout, id);
}

void World::Impl::drain(NodeId id) {
  Node& drained = node(id);
  if (!drained.endpoint) return;
  bool more = true;
  for (std::uint64_t runs = 0; more && violation.empty(); ++runs) {
    if (runs > kRunsPerDrainMax) return fail("progress: " + name(id) + " never ends to transmit");
    more = drain_transmits(id);
    more = drain_events(id) || more;
  }
  const std::optional<Instant> timeout = drained.endpoint->poll_timeout();
  set_timeout(id, timeout ? std::optional(*timeout - drained.clock_offset) : std::nullopt);
  check([&](Checker& checker) { return checker.on_settled(world, id); });
}

// One run at a time: events that a run causes are not kept waiting behind all others.
bool World::Impl::drain_transmits(NodeId id) {
  Transmit transmit;
  if (!node(id).endpoint->poll_transmit(local_time(id), buffer, transmit)) return false;
  split(id, transmit);
  return true;
}

bool World::Impl::drain_events(NodeId id) {
  Event event;
  if (!node(id).reading || !node(id).endpoint->poll_event(event)) return false;
  take_event(id, event);
  return true;
}

void World::Impl::split(NodeId id, const Transmit& transmit) {
  if (transmit.bytes == 0 || transmit.segment_bytes == 0 || transmit.bytes > buffer.size())
    return fail("door: " + name(id) + " wrote an empty run or one beyond its buffer");
  for (std::size_t at = 0; at < transmit.bytes; at += transmit.segment_bytes) {
    const std::size_t bytes = std::min(transmit.segment_bytes, transmit.bytes - at);
    const auto begin = buffer.begin() + static_cast<std::ptrdiff_t>(at);
    launch(id, {.from = address_of(id, transmit.socket),
                .to = transmit.to,
                .ecn = transmit.ecn,
                .bytes = {begin, begin + static_cast<std::ptrdiff_t>(bytes)}});
  }
}

void World::Impl::launch(NodeId id, Datagram datagram) {
  ++statistics.datagrams_sent;
  note_datagram(Note::What::sent, id, datagram);
  if (node(id).endpoint)
    check([&](Checker& checker) { return checker.on_datagram_sent(world, id, datagram); });
  if (filter && !filter(datagram)) {
    ++statistics.filtered;
    return note_datagram(Note::What::filtered, id, datagram);
  }
  const auto target = by_address.find(datagram.to);
  if (target == by_address.end()) {
    ++statistics.unroutable;
    return note_datagram(Note::What::unroutable, id, datagram);
  }
  arrivals.clear();
  link_between(id, target->second).carry(now, std::move(datagram), arrivals);
  for (Arrival& arrival : arrivals) queue.push(arrival.at, std::move(arrival.datagram));
}

// The address is looked up again: its owner may have moved while the datagram was on its way.
void World::Impl::land(Datagram datagram) {
  const auto target = by_address.find(datagram.to);
  if (target == by_address.end()) {
    ++statistics.unroutable;
    return note_datagram(Note::What::unroutable, NodeId{}, datagram);
  }
  const NodeId id = target->second;
  Node& receiver = node(id);
  note_datagram(Note::What::received, id, datagram);
  if (receiver.on_datagram) return receiver.on_datagram(datagram);
  if (!receiver.endpoint) return;
  check([&](Checker& checker) { return checker.on_datagram_received(world, id, datagram); });
  ++statistics.inputs;
  receiver.endpoint->handle_datagram(local_time(id), datagram.from, datagram.bytes, datagram.ecn,
                                     socket_of(id, datagram.to));
  drain(id);
}

void World::Impl::take_event(NodeId id, const Event& event) {
  ++statistics.events;
  const bool is_message = event.type == EventType::message;
  note({.what = Note::What::event,
        .kind = static_cast<std::uint8_t>(event.type),
        .node = id,
        .connection = event.connection,
        .number = is_message ? hash_bytes(event.message.bytes) : event.message_id + event.stream,
        .a = is_message ? event.message.bytes.size() : static_cast<std::uint64_t>(event.error),
        .b = is_message ? event.message.channel : event.close_code});
  check([&](Checker& checker) { return checker.on_event(world, id, event); });
  if (!node(id).on_event) return;
  const Bytes bytes = event.message.bytes;
  events.push_back({.node = id,
                    .event = event,
                    .bytes = {bytes.begin(), bytes.end()},
                    .reason = std::string(event.reason)});
}

// Hooks run after the drain, one by one, so that a command in a hook is an input like any other, with a drain
// of its own; and never inside of a command, so that no caller is entered again before it is done.
void World::Impl::dispatch() {
  while (!events.empty() && violation.empty()) {
    OwnedEvent owned = std::move(events.front());
    events.pop_front();
    owned.event.message.bytes = owned.bytes;
    owned.event.reason = owned.reason;
    const auto hook = node(owned.node).on_event;
    if (hook) hook(owned.event);
  }
}

void World::Impl::settle_command(NodeId id) {
  ++statistics.inputs;
  drain(id);
}

}  // namespace rudp::sim
