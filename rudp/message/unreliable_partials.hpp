// Messages without credit of which some fragments have arrived: few, bounded, soon forgotten.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <rudp/error.hpp>
#include <rudp/types.hpp>

#include "message/incoming_channel.hpp"
#include "message/limits.hpp"
#include "transfer/body_pool.hpp"
#include "transfer/reassembler.hpp"

namespace rudp::message {

/// At most kUnreliablePartialsMax of them in kUnreliablePartialBytesMax; to stay inside, the oldest are
/// dropped (F3). No credit is involved: it would leak with each loss.
class UnreliablePartials {
 public:
  /// How long what is not complete is waited for: a message since its first fragment, a value of latest,
  /// which is sent until it is there, since the last that was new.
  struct Patience {
    Duration message;
    Duration value;
  };

  /// Takes a fragment in; gives the message where it is complete now. A new message may use a buffer of the
  /// pool. Errors: as Reassembler::add.
  Result<std::optional<ReceivedMessage>> add(transfer::BufferPool& pool, Instant now, Delivery delivery,
                                             ChannelId channel, std::uint16_t number, std::uint64_t total,
                                             std::uint64_t offset, Bytes bytes);
  /// When drop_old has something to drop; Instant::max() where nothing is partial.
  Instant next_drop(const Patience& patience) const;
  void drop_old(Instant now, const Patience& patience);

  /// Drops the values of `channel` that are not newer than `number`.
  void drop_values_to(ChannelId channel, std::uint16_t number);

  std::size_t size() const { return partials_.size(); }
  std::size_t memory_bytes() const { return memory_bytes_; }
  /// How many were dropped, for age or room.
  std::uint64_t dropped() const { return dropped_; }

 private:
  struct Partial {
    Instant since;  // as Patience has it
    Delivery delivery;
    ChannelId channel;
    std::uint16_t number;
    transfer::Reassembler body;
  };
  using Iterator = std::vector<Partial>::iterator;

  static Instant drop_time(const Partial& partial, const Patience& patience);
  Iterator find(Delivery delivery, ChannelId channel, std::uint16_t number);
  std::size_t occupied_by(const Partial& partial) const;
  Iterator drop(Iterator at);
  void make_room();

  std::vector<Partial> partials_;  // oldest first
  transfer::BodyPool bodies_;
  std::size_t memory_bytes_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace rudp::message
