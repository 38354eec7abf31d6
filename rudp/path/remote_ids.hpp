// The connection ids that the peer gave to us: which one our packets carry, which are spare, and which the
// peer has yet to learn that we gave up (RFC 9000 5.1, 19.15, 19.16).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <rudp/error.hpp>
#include <rudp/types.hpp>

#include "base/connection_id.hpp"
#include "path/local_ids.hpp"

namespace rudp::path {

/// Ids that we gave up and whose RETIRE_CONNECTION_ID is not acknowledged: twice what may be active
/// (RFC 9000 5.1.2). A peer that makes us retire faster than it acknowledges is closed.
inline constexpr std::size_t kRetirementsMax = 8;

using ResetTokenBytes = std::array<std::uint8_t, 16>;

/// An id as NEW_CONNECTION_ID gives it.
struct OfferedId {
  std::uint64_t sequence = 0;
  std::uint64_t retire_prior_to = 0;  ///< at most sequence
  ConnectionId id;
  ResetTokenBytes reset_token{};
};

class RemoteIds {
 public:
  struct Entry {
    std::uint64_t sequence = 0;
    ConnectionId id;
    ResetTokenBytes reset_token{};
    bool is_told = false;  ///< the endpoint's table has it
  };

  /// Begins with the id of the handshake.
  void start(const ConnectionId& first, const ResetTokenBytes& reset_token);
  /// The handshake starts over, with other ids. What is to be asked is poll_forgotten() alone, before start().
  void forget_all();

  /// Errors: protocol_violation (ids of another length, one number for two ids or one id for two numbers, or
  /// none is left to use), connection_id_limit (more than was asked for, or more retirements than can be
  /// pending). What was heard before changes nothing.
  Result<void> on_offered(const OfferedId& offered);

  /// What our packets carry.
  const ConnectionId& current() const { return entries_[0].id; }
  bool has_spare() const { return count_ > (reserved_ ? 2 : 1) && has_room_to_retire(); }
  /// Sets a spare id apart for packets on another path. Empty: there is none.
  /// REQUIRES: none is set apart.
  std::optional<ConnectionId> reserve();
  /// The one set apart. Empty: none is, or the peer has retired it.
  std::optional<ConnectionId> reserved() const;
  /// From now on our packets carry the one set apart, where it is there still; the other is retired.
  void adopt_reserved();
  /// The one set apart was seen on a path that is given up: it is retired, as no id is used on two paths.
  void drop_reserved();

  bool has_retirement_to_send() const;
  /// The next number to tell the peer; counts as sent.
  std::optional<std::uint64_t> take_retirement_to_send();
  void on_retirement_lost(std::uint64_t sequence);
  void on_retirement_acked(std::uint64_t sequence);

  /// For the endpoint's table of ids that a RESET may name. Take what was forgotten first.
  std::optional<ConnectionId> poll_forgotten();
  std::optional<ConnectionId> poll_learned();
  bool has_news() const;

  std::size_t size() const { return count_; }
  std::size_t retirements_pending() const { return retirements_.size(); }
  /// REQUIRES: at < size(). The one in use is first.
  const Entry& operator[](std::size_t at) const { return active()[at]; }
  /// Null: the id is not one of the active ones.
  const Entry* find(const ConnectionId& id) const;

 private:
  struct Retirement {
    std::uint64_t sequence = 0;
    bool to_send = true;
  };
  std::span<const Entry> active() const { return std::span(entries_).first(count_); }
  std::span<Entry> active() { return std::span(entries_).first(count_); }
  bool has_room_to_retire() const { return retirements_.size() < kRetirementsMax; }
  const Entry* find_sequence(std::uint64_t sequence) const;
  bool note_seen(std::uint64_t sequence);
  Result<void> check_repeated(const OfferedId& offered) const;
  Result<void> retire_prior_to(std::uint64_t limit);
  Result<void> queue_retirement(std::uint64_t sequence);
  void forget(std::size_t at);

  std::array<Entry, kActiveIdsMax + 1>
      entries_;  // one more for the moment between an offer and its retirements
  std::uint8_t count_ = 0;
  std::optional<std::uint64_t> reserved_;  ///< a sequence
  std::uint64_t retired_prior_to_ = 0;
  std::uint64_t largest_seen_ = 0;
  std::uint64_t seen_ = 0;  ///< bit n: largest_seen_ - n was offered
  std::vector<Retirement> retirements_;
  std::vector<ConnectionId> forgotten_;
};

}  // namespace rudp::path
