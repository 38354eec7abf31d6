// What a world says about itself when something is wrong.
#include <algorithm>

#include "sim/world_impl.hpp"

namespace rudp::sim {
namespace {

using Field = std::pair<std::string_view, std::uint64_t>;

// Zeros say nothing, so they are left out.
std::string list(std::initializer_list<Field> fields) {
  std::string text;
  for (const auto& [name, value] : fields)
    if (value != 0) text.append(" ").append(name).append(" ").append(std::to_string(value));
  return text;
}

std::uint64_t microseconds(Duration duration) {
  return static_cast<std::uint64_t>(duration / std::chrono::microseconds(1));
}

std::string describe(const LinkOptions& link) {
  return list({{"delay_us", microseconds(link.delay)},
               {"jitter_us", microseconds(link.jitter)},
               {"rate_bits_per_s", link.rate_bits_per_s},
               {"queue_bytes", link.queue_bytes},
               {"loss_ppm", link.loss_ppm},
               {"burst_begin_ppm", link.burst_begin_ppm},
               {"duplicate_ppm", link.duplicate_ppm},
               {"reorder_ppm", link.reorder_ppm},
               {"reorder_delay_us", microseconds(link.reorder_delay)},
               {"corrupt_ppm", link.corrupt_ppm},
               {"blackouts", link.blackouts.size()}});
}

std::string describe(const LinkStatistics& link) {
  return list({{"offered", link.offered},
               {"delivered", link.delivered},
               {"blackout", link.dropped_blackout},
               {"too_big", link.dropped_too_big},
               {"queue", link.dropped_queue},
               {"burst", link.dropped_burst},
               {"loss", link.dropped_loss},
               {"marked", link.marked},
               {"duplicated", link.duplicated},
               {"reordered", link.reordered},
               {"flipped", link.corrupted_flipped},
               {"cut", link.corrupted_cut},
               {"extended", link.corrupted_extended}});
}

std::string describe(const EndpointStatistics& endpoint) {
  return list({{"received", endpoint.datagrams_received},
               {"sent", endpoint.datagrams_sent},
               {"malformed", endpoint.dropped_malformed},
               {"unknown_connection", endpoint.dropped_unknown_connection},
               {"unauthenticated", endpoint.dropped_unauthenticated},
               {"duplicate", endpoint.dropped_duplicate},
               {"limit", endpoint.dropped_limit},
               {"unexpected", endpoint.dropped_unexpected},
               {"inits", endpoint.inits_received},
               {"retries", endpoint.retries_sent},
               {"accepted", endpoint.connections_accepted},
               {"opened", endpoint.connections_opened},
               {"connections", endpoint.connections},
               {"half_open", endpoint.half_open}});
}

LinkStatistics& operator+=(LinkStatistics& sum, const LinkStatistics& more) {
  sum.offered += more.offered;
  sum.offered_bytes += more.offered_bytes;
  sum.delivered += more.delivered;
  sum.delivered_bytes += more.delivered_bytes;
  sum.dropped_blackout += more.dropped_blackout;
  sum.dropped_too_big += more.dropped_too_big;
  sum.dropped_queue += more.dropped_queue;
  sum.dropped_burst += more.dropped_burst;
  sum.dropped_loss += more.dropped_loss;
  sum.duplicated += more.duplicated;
  sum.reordered += more.reordered;
  sum.jittered += more.jittered;
  sum.corrupted_flipped += more.corrupted_flipped;
  sum.corrupted_cut += more.corrupted_cut;
  sum.corrupted_extended += more.corrupted_extended;
  sum.queue_bytes_max = std::max(sum.queue_bytes_max, more.queue_bytes_max);
  sum.queued += more.queued;
  sum.queue_delay_sum += more.queue_delay_sum;
  sum.marked += more.marked;
  return sum;
}

}  // namespace

LinkStatistics World::link_statistics() const {
  LinkStatistics sum;
  for (const auto& link : impl_->links) sum += link->statistics();
  return sum;
}

void World::Impl::note(Note noted) {
  noted.at = now;
  trace.note(noted);
}

void World::Impl::note_datagram(Note::What what, NodeId id, const Datagram& datagram) {
  note({.what = what,
        .kind = static_cast<std::uint8_t>(datagram.ecn),
        .node = id,
        .a = datagram.bytes.size(),
        .b = hash_bytes(datagram.bytes),
        .from = datagram.from,
        .to = datagram.to});
}

// The first violation is the cause; what follows it is its consequence.
void World::Impl::fail(std::string what) {
  if (violation.empty()) violation = what.empty() ? "failed" : std::move(what);
}

std::string World::Impl::report() const {
  std::string text = "violation: " + (violation.empty() ? "none" : violation) + "\n";
  text += "seed: " + std::to_string(seed) + ", time: " + std::to_string(now.ns() / 1'000) +
          " us, inputs: " + std::to_string(statistics.inputs) + "\n";
  if (!options.description.empty()) text += "drawn: " + options.description + "\n";
  for (const auto& each : nodes) {
    text += "node " + each->address.to_string() + ":";
    text += (each->endpoint ? describe(each->endpoint->statistics()) : " no endpoint") + "\n";
  }
  for (const auto& [ends, id] : routes) {
    const Link& link = *links[static_cast<std::size_t>(id)];
    text += "link " + std::to_string(static_cast<std::uint32_t>(ends.first)) + " -> " +
            std::to_string(static_cast<std::uint32_t>(ends.second)) + ":" + describe(link.options()) +
            "; met:" + describe(link.statistics()) + "\n";
  }
  text += "last of what happened:\n" + trace.text();
  if (!options.reproduce_with.empty()) text += "repeat with: " + options.reproduce_with + "\n";
  return text;
}

}  // namespace rudp::sim
