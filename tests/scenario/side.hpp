// One end of a planned connection, as its application sees it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include <rudp/sim.hpp>

#include "plan.hpp"
#include "stream_talk.hpp"

namespace scenario {

/// What is said at one end and must be heard at the other.
struct Script {
  const std::vector<PlannedMessage>& messages;
  const std::vector<PlannedStream>& streams;
};

/// A message, as far as it can be told from others.
using Content = std::tuple<rudp::ChannelId, rudp::Delivery, std::size_t>;

class Side {
 public:
  /// The plans outlive it. `closes`: this end ends the connection when all is said and heard.
  Side(rudp::sim::World& world, rudp::sim::NodeId node, const Script& ours, const Script& theirs,
       bool closes);

  /// From here on there is a handle; what is said before the handshake has ended must arrive as well.
  void begin(rudp::ConnectionHandle connection);
  void handle(const rudp::Event& event);
  void close_abruptly();

  bool is_connection(rudp::ConnectionHandle connection) const {
    return has_handle_ && connection_ == connection;
  }
  bool is_open() const { return open_ && !ended_; }
  bool ended() const { return ended_; }
  bool has_handle() const { return has_handle_; }
  rudp::Error ended_by() const { return ended_by_; }
  bool said_all() const { return next_ == to_say_.size() && streams_.said_all(); }
  bool heard_all() const { return to_hear_.empty() && streams_.heard_all(); }
  /// When the last of what was promised to it was heard. Empty: not yet.
  std::optional<rudp::Instant> heard_all_at() const { return heard_all_at_; }
  /// When the last thing that was planned for it was due. REQUIRES: has_handle().
  rudp::Instant last_due_at() const { return began_at_ + last_word_; }
  /// Of what was not heard, the first.
  std::string missing() const;

 private:
  void reach(Duration time);
  void say();
  bool say_one(const PlannedMessage& message);
  void hear(const rudp::Message& message);
  void take_receipt(const rudp::Event& event);
  void settle();
  void end(const rudp::Event& event);

  rudp::sim::World& world_;
  rudp::sim::NodeId node_;
  const std::vector<PlannedMessage>& to_say_;
  const std::vector<PlannedStream>& to_open_;
  StreamTalk streams_;
  std::map<Content, int> to_hear_;
  std::unordered_map<rudp::MessageId, const PlannedMessage*> asked_;
  bool closes_;
  Duration last_word_;
  rudp::Instant began_at_;
  std::optional<rudp::Instant> heard_all_at_;
  rudp::ConnectionHandle connection_;
  bool has_handle_ = false, open_ = false, closing_ = false, ended_ = false, abandoned_ = false;
  rudp::Error ended_by_ = rudp::Error::closed_locally;
  Duration reached_{-1};
  std::size_t next_ = 0;
};

}  // namespace scenario
