// The connection ids that we gave to the peer: packets to us may carry any of them (RFC 9000 5.1).
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

namespace rudp::path {

/// Ids of one side in use at a time: what we ask the peer to remember, and give it to remember at most.
inline constexpr std::size_t kActiveIdsMax = 4;

/// Ids are numbered from 0, the one of the handshake; each has its number for good.
class LocalIds {
 public:
  struct NewId {
    std::uint64_t sequence = 0;
    ConnectionId id;
  };

  /// Begins with the id of the handshake, which the peer knows. `peer_limit` is how many it remembers.
  void start(const ConnectionId& first, std::uint64_t peer_limit);

  /// How many more the peer has room for.
  std::size_t wanted() const { return limit_ - count_; }
  /// Gives the peer another. REQUIRES: wanted() > 0.
  void add(const ConnectionId& id);

  bool has_id_to_send() const;
  /// The next id that the peer has to be told of; counts as sent.
  std::optional<NewId> take_id_to_send();
  /// A frame that told of it was lost. Nothing happens where the peer has retired the id since.
  void on_lost(std::uint64_t sequence);

  /// The peer will not use it any more. Errors: protocol_violation: it was never given out.
  Result<void> on_retired(std::uint64_t sequence);
  /// Ids that packets to us cannot carry any more, for the endpoint's table.
  std::optional<ConnectionId> poll_forgotten();
  bool has_forgotten() const { return !forgotten_.empty(); }

  std::optional<std::uint64_t> sequence_of(const ConnectionId& id) const;
  std::size_t size() const { return count_; }
  /// REQUIRES: at < size().
  const ConnectionId& operator[](std::size_t at) const { return active()[at].id; }

 private:
  struct Entry {
    std::uint64_t sequence = 0;
    ConnectionId id;
    bool to_send = false;
  };
  std::span<const Entry> active() const { return std::span(entries_).first(count_); }
  std::span<Entry> active() { return std::span(entries_).first(count_); }

  std::array<Entry, kActiveIdsMax> entries_;
  std::uint64_t next_sequence_ = 0;
  std::uint8_t count_ = 0;
  std::uint8_t limit_ = 0;
  std::vector<ConnectionId> forgotten_;
};

}  // namespace rudp::path
