// The channels of one direction, by their ids.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include <rudp/types.hpp>

namespace rudp::message {

/// Owns channels, which do not move. Most connections have one or two: sorted pointers hold less than a hash
/// table, and take a thousand as well. A Channel has a member `ChannelId id`.
template <class Channel>
class ChannelTable {
 public:
  /// Null: there is none.
  Channel* find(ChannelId id) const {
    const auto at = at_or_above(id);
    return at != channels_.end() && (*at)->id == id ? at->get() : nullptr;
  }
  /// REQUIRES: !find(id).
  Channel& add(ChannelId id) {
    auto channel = std::make_unique<Channel>();
    channel->id = id;
    return **channels_.insert(at_or_above(id), std::move(channel));
  }

  /// Forgets those of which `is_over` is true.
  template <class Predicate>
  void erase_if(Predicate is_over) {
    std::erase_if(channels_, [&](const auto& channel) { return is_over(*channel); });
  }

  std::size_t size() const { return channels_.size(); }
  auto begin() const { return channels_.begin(); }
  auto end() const { return channels_.end(); }

 private:
  auto at_or_above(ChannelId id) const {
    return std::lower_bound(channels_.begin(), channels_.end(), id,
                            [](const auto& channel, ChannelId key) { return channel->id < key; });
  }

  std::vector<std::unique_ptr<Channel>> channels_;  // ascending by id
};

}  // namespace rudp::message
