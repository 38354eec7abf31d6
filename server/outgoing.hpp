// What leaves for the clients: what does not fit into a connection's send queue
// waits here, within bounds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <rudp/endpoint.hpp>
#include <rudp/types.hpp>

#include "chat/effects.hpp"

namespace server {

/// Codes that a connection is closed with; the reason beside it says the same in English.
constexpr std::uint64_t kCloseDone = 0;     // all was said in the chat's own words before
constexpr std::uint64_t kCloseTooSlow = 1;  // more waited for the client than may; it can come back at once

/// The connections as this file needs them.
class Connections {
 public:
  virtual ~Connections() = default;
  virtual rudp::SendStatus send(chat::SessionId session, rudp::Bytes bytes) = 0;
  /// After what was sent has arrived, at the latest after `drain`.
  virtual void close(chat::SessionId session, std::uint64_t code, std::string_view reason,
                     rudp::Duration drain) = 0;
};

class Outgoing {
 public:
  struct Limits {
    std::size_t session_bytes_max = 8u << 20;
    std::size_t total_bytes_max = 256u << 20;
  };
  /// How long a closed session may take to read what was sent to it.
  static constexpr rudp::Duration kDrainMax = std::chrono::seconds(5);
  /// How long nothing of what waits may leave: what is on its way before it, a mebibyte by default, takes
  /// that at 10 kB/s.
  static constexpr rudp::Duration kStallMax = std::chrono::seconds(120);
  /// What a waiting message costs beside its bytes.
  static constexpr std::size_t kOverheadBytes = 64;

  enum class Outcome {
    sent,
    waits,    ///< the send queue is full: the first one that had to wait
    behind,   ///< waits behind others
    dropped,  ///< there is no such session, or it is being closed
  };

  /// Borrows `connections` for its lifetime.
  Outgoing(Connections& connections, const Limits& limits) : connections_(connections), limits_(limits) {}

  void add(chat::SessionId session) { sessions_.try_emplace(session); }
  void remove(chat::SessionId session);

  /// Sends, or keeps for later. A session for which too much would wait is closed; where too much waits for
  /// all together, those are for which most does.
  Outcome send(rudp::Instant now, chat::SessionId session, chat::SharedBytes bytes);
  /// Closes once everything sent before has left; nothing more is taken.
  void close(rudp::Instant now, chat::SessionId session);
  /// The send queue has room. True: nothing waits any more, and the session is open.
  bool handle_writable(rudp::Instant now, chat::SessionId session);
  /// Closes sessions that did not read in time what waited for their close, or anything of what waits.
  void handle_timeout(rudp::Instant now);
  std::optional<rudp::Instant> poll_timeout() const;

  std::size_t waiting_bytes() const { return waiting_bytes_; }

 private:
  struct Session {
    std::deque<chat::SharedBytes> waiting;
    std::size_t waiting_bytes = 0;
    bool closing = false;
    std::optional<rudp::Instant> deadline;  ///< while something waits
  };

  static std::size_t cost_of(const chat::SharedBytes& bytes) { return bytes->size() + kOverheadBytes; }
  bool make_room(const Session& session, std::size_t cost);
  Outcome keep(rudp::Instant now, chat::SessionId id, Session& session, chat::SharedBytes bytes);
  void give_up(chat::SessionId id, std::uint64_t code, std::string_view reason);
  void set_deadline(chat::SessionId id, Session& session, std::optional<rudp::Instant> deadline);
  void drop_waiting(chat::SessionId id, Session& session);

  Connections& connections_;
  const Limits limits_;
  std::unordered_map<chat::SessionId, Session> sessions_;
  std::set<std::pair<rudp::Instant, chat::SessionId>> deadlines_;
  std::size_t waiting_bytes_ = 0;
};

}  // namespace server
