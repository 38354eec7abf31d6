#include "path/local_ids.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace rudp::path {

void LocalIds::start(const ConnectionId& first, std::uint64_t peer_limit) {
  *this = LocalIds();
  limit_ = static_cast<std::uint8_t>(std::min<std::uint64_t>(peer_limit, kActiveIdsMax));
  RUDP_ASSERT(limit_ > 0);
  entries_[count_++] = {next_sequence_++, first, false};
}

void LocalIds::add(const ConnectionId& id) {
  RUDP_ASSERT(wanted() > 0);
  entries_[count_++] = {next_sequence_++, id, true};
}

bool LocalIds::has_id_to_send() const {
  return std::any_of(active().begin(), active().end(), [](const Entry& entry) { return entry.to_send; });
}

std::optional<LocalIds::NewId> LocalIds::take_id_to_send() {
  for (Entry& entry : active()) {
    if (!entry.to_send) continue;
    entry.to_send = false;
    return NewId{entry.sequence, entry.id};
  }
  return std::nullopt;
}

void LocalIds::on_lost(std::uint64_t sequence) {
  for (Entry& entry : active()) entry.to_send = entry.to_send || entry.sequence == sequence;
}

Result<void> LocalIds::on_retired(std::uint64_t sequence) {
  if (sequence >= next_sequence_) return Error::protocol_violation;
  const auto all = active();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [sequence](const Entry& entry) { return entry.sequence == sequence; });
  if (found == all.end()) return {};  // retired before, and said again
  forgotten_.push_back(found->id);
  std::move(found + 1, all.end(), found);
  --count_;
  return {};
}

std::optional<ConnectionId> LocalIds::poll_forgotten() {
  if (forgotten_.empty()) return std::nullopt;
  const ConnectionId id = forgotten_.back();
  forgotten_.pop_back();
  // This happens seldom, and most connections are idle: the memory goes back.
  if (forgotten_.empty()) std::vector<ConnectionId>().swap(forgotten_);
  return id;
}

std::optional<std::uint64_t> LocalIds::sequence_of(const ConnectionId& id) const {
  for (const Entry& entry : active())
    if (entry.id == id) return entry.sequence;
  return std::nullopt;
}

}  // namespace rudp::path
