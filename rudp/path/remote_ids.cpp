#include "path/remote_ids.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"

namespace rudp::path {
namespace {

// How far back it is known which numbers were offered. An honest peer has a handful of them under way.
constexpr std::uint64_t kSeenSpan = 64;

}  // namespace

void RemoteIds::start(const ConnectionId& first, const ResetTokenBytes& reset_token) {
  *this = RemoteIds();
  entries_[count_++] = {0, first, reset_token, false};
  seen_ = 1;
}

void RemoteIds::forget_all() {
  while (count_ > 0) forget(count_ - 1u);
}

Result<void> RemoteIds::on_offered(const OfferedId& offered) {
  if (offered.id.empty() || offered.id.size() != current().size()) return Error::protocol_violation;
  if (const Result<void> consistent = check_repeated(offered); !consistent) return consistent;
  if (note_seen(offered.sequence)) {
    if (offered.sequence >= retired_prior_to_)
      entries_[count_++] = {offered.sequence, offered.id, offered.reset_token, false};
    else if (const Result<void> queued = queue_retirement(offered.sequence); !queued)
      return queued;
  }
  if (const Result<void> retired = retire_prior_to(offered.retire_prior_to); !retired) return retired;
  if (count_ > kActiveIdsMax) return Error::connection_id_limit;
  if (count_ == 0) return Error::protocol_violation;
  return {};
}

Result<void> RemoteIds::check_repeated(const OfferedId& offered) const {
  for (const Entry& entry : active()) {
    const bool same_number = entry.sequence == offered.sequence;
    if (same_number != (entry.id == offered.id)) return Error::protocol_violation;
    if (same_number && entry.reset_token != offered.reset_token) return Error::protocol_violation;
  }
  return {};
}

/// False: it was offered before, or so long ago that nobody remembers.
bool RemoteIds::note_seen(std::uint64_t sequence) {
  if (sequence > largest_seen_) {
    const std::uint64_t ahead = sequence - largest_seen_;
    seen_ = ahead < kSeenSpan ? seen_ << ahead : 0;
    largest_seen_ = sequence;
  }
  const std::uint64_t age = largest_seen_ - sequence;
  if (age >= kSeenSpan || (seen_ >> age & 1) != 0) return false;
  seen_ |= std::uint64_t{1} << age;
  return true;
}

Result<void> RemoteIds::retire_prior_to(std::uint64_t limit) {
  if (limit <= retired_prior_to_) return {};
  retired_prior_to_ = limit;
  for (std::size_t at = count_; at-- > 0;) {
    if (entries_[at].sequence >= limit) continue;
    if (const Result<void> queued = queue_retirement(entries_[at].sequence); !queued) return queued;
    forget(at);
  }
  if (reserved_ && !find_sequence(*reserved_)) reserved_.reset();
  if (!reserved_ || entries_[0].sequence != *reserved_) return {};
  // The one set apart moved to the front, where the one in use stands.
  if (count_ > 1)
    std::swap(entries_[0], entries_[1]);
  else
    reserved_.reset();
  return {};
}

Result<void> RemoteIds::queue_retirement(std::uint64_t sequence) {
  if (!has_room_to_retire()) return Error::connection_id_limit;
  retirements_.push_back({sequence});
  return {};
}

void RemoteIds::forget(std::size_t at) {
  if (entries_[at].is_told) forgotten_.push_back(entries_[at].id);
  std::move(entries_.begin() + static_cast<std::ptrdiff_t>(at) + 1,
            entries_.begin() + static_cast<std::ptrdiff_t>(count_),
            entries_.begin() + static_cast<std::ptrdiff_t>(at));
  entries_[--count_] = {};
}

std::optional<ConnectionId> RemoteIds::reserve() {
  RUDP_ASSERT(!reserved_);
  if (!has_spare()) return std::nullopt;
  reserved_ = entries_[1].sequence;
  return entries_[1].id;
}

std::optional<ConnectionId> RemoteIds::reserved() const {
  if (!reserved_) return std::nullopt;
  return find_sequence(*reserved_)->id;
}

// Room for these retirements was seen to when the id was set apart; what the peer added since is its own
// fault.
void RemoteIds::adopt_reserved() {
  if (!reserved_) return;
  const std::uint64_t adopted = *std::exchange(reserved_, std::nullopt);
  retirements_.push_back({entries_[0].sequence});
  forget(0);
  const auto all = active();
  std::swap(entries_[0], *std::find_if(all.begin(), all.end(),
                                       [adopted](const Entry& entry) { return entry.sequence == adopted; }));
}

void RemoteIds::drop_reserved() {
  if (!reserved_) return;
  const std::uint64_t dropped = *std::exchange(reserved_, std::nullopt);
  retirements_.push_back({dropped});
  forget(static_cast<std::size_t>(find_sequence(dropped) - entries_.data()));
}

bool RemoteIds::has_retirement_to_send() const {
  return std::any_of(retirements_.begin(), retirements_.end(),
                     [](const Retirement& retirement) { return retirement.to_send; });
}

std::optional<std::uint64_t> RemoteIds::take_retirement_to_send() {
  for (Retirement& retirement : retirements_)
    if (std::exchange(retirement.to_send, false)) return retirement.sequence;
  return std::nullopt;
}

void RemoteIds::on_retirement_lost(std::uint64_t sequence) {
  for (Retirement& retirement : retirements_)
    retirement.to_send = retirement.to_send || retirement.sequence == sequence;
}

void RemoteIds::on_retirement_acked(std::uint64_t sequence) {
  std::erase_if(retirements_,
                [sequence](const Retirement& retirement) { return retirement.sequence == sequence; });
  // This happens seldom, and most connections are idle: the memory goes back.
  if (retirements_.empty()) std::vector<Retirement>().swap(retirements_);
}

std::optional<ConnectionId> RemoteIds::poll_forgotten() {
  if (forgotten_.empty()) return std::nullopt;
  const ConnectionId id = forgotten_.back();
  forgotten_.pop_back();
  if (forgotten_.empty()) std::vector<ConnectionId>().swap(forgotten_);
  return id;
}

std::optional<ConnectionId> RemoteIds::poll_learned() {
  for (Entry& entry : active())
    if (!std::exchange(entry.is_told, true)) return entry.id;
  return std::nullopt;
}

bool RemoteIds::has_news() const {
  return !forgotten_.empty() ||
         std::any_of(active().begin(), active().end(), [](const Entry& entry) { return !entry.is_told; });
}

const RemoteIds::Entry* RemoteIds::find(const ConnectionId& id) const {
  for (const Entry& entry : active())
    if (entry.id == id) return &entry;
  return nullptr;
}

const RemoteIds::Entry* RemoteIds::find_sequence(std::uint64_t sequence) const {
  for (const Entry& entry : active())
    if (entry.sequence == sequence) return &entry;
  return nullptr;
}

}  // namespace rudp::path
