#include "server/outgoing.hpp"

#include <algorithm>

namespace server {
namespace {

constexpr std::string_view kTooMuchWaits =
    "more waits for this client than it reads; what is missed can be fetched";

}  // namespace

void Outgoing::remove(chat::SessionId id) {
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) return;
  drop_waiting(id, found->second);
  sessions_.erase(found);
}

Outgoing::Outcome Outgoing::send(rudp::Instant now, chat::SessionId id, chat::SharedBytes bytes) {
  const auto found = sessions_.find(id);
  if (found == sessions_.end() || found->second.closing) return Outcome::dropped;
  Session& session = found->second;
  if (!session.waiting.empty()) return keep(now, id, session, std::move(bytes));
  switch (connections_.send(id, *bytes)) {
    case rudp::SendStatus::queued:
      return Outcome::sent;
    case rudp::SendStatus::would_block:
      return keep(now, id, session, std::move(bytes));
    case rudp::SendStatus::closed:
      return Outcome::dropped;  // its end is being told already
    default:
      give_up(id, kCloseTooSlow, "a message is larger than this client takes");
      return Outcome::dropped;
  }
}

// Whoever happens to need room when all of it is in use is not to blame: those are who hold it.
bool Outgoing::make_room(const Session& session, std::size_t cost) {
  if (session.waiting_bytes + cost > limits_.session_bytes_max) return false;
  while (waiting_bytes_ + cost > limits_.total_bytes_max) {
    const auto most = std::max_element(sessions_.begin(), sessions_.end(), [](const auto& a, const auto& b) {
      return a.second.waiting_bytes < b.second.waiting_bytes;
    });
    if (most->second.waiting_bytes <= session.waiting_bytes) return false;
    give_up(most->first, kCloseTooSlow, kTooMuchWaits);
  }
  return true;
}

Outgoing::Outcome Outgoing::keep(rudp::Instant now, chat::SessionId id, Session& session,
                                 chat::SharedBytes bytes) {
  const std::size_t cost = cost_of(bytes);
  if (!make_room(session, cost)) {
    give_up(id, kCloseTooSlow, kTooMuchWaits);
    return Outcome::dropped;
  }
  const bool is_first = session.waiting.empty();
  if (is_first) set_deadline(id, session, now + kStallMax);
  session.waiting.push_back(std::move(bytes));
  session.waiting_bytes += cost;
  waiting_bytes_ += cost;
  return is_first ? Outcome::waits : Outcome::behind;
}

void Outgoing::close(rudp::Instant now, chat::SessionId id) {
  const auto found = sessions_.find(id);
  if (found == sessions_.end() || found->second.closing) return;
  found->second.closing = true;
  if (found->second.waiting.empty()) return connections_.close(id, kCloseDone, "", kDrainMax);
  set_deadline(id, found->second, now + kDrainMax);
}

bool Outgoing::handle_writable(rudp::Instant now, chat::SessionId id) {
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) return false;
  Session& session = found->second;
  while (!session.waiting.empty()) {
    if (connections_.send(id, *session.waiting.front()) != rudp::SendStatus::queued) return false;
    const std::size_t cost = cost_of(session.waiting.front());
    session.waiting.pop_front();
    session.waiting_bytes -= cost;
    waiting_bytes_ -= cost;
    if (!session.closing) set_deadline(id, session, now + kStallMax);
  }
  set_deadline(id, session, std::nullopt);
  if (!session.closing) return true;
  connections_.close(id, kCloseDone, "", kDrainMax);
  return false;
}

void Outgoing::handle_timeout(rudp::Instant now) {
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    const chat::SessionId id = deadlines_.begin()->second;
    give_up(id, kCloseTooSlow, "what was left to say could not be said in time");
  }
}

std::optional<rudp::Instant> Outgoing::poll_timeout() const {
  if (deadlines_.empty()) return std::nullopt;
  return deadlines_.begin()->first;
}

void Outgoing::give_up(chat::SessionId id, std::uint64_t code, std::string_view reason) {
  Session& session = sessions_.at(id);
  session.closing = true;
  drop_waiting(id, session);
  connections_.close(id, code, reason, rudp::Duration::zero());
}

void Outgoing::set_deadline(chat::SessionId id, Session& session, std::optional<rudp::Instant> deadline) {
  if (session.deadline) deadlines_.erase({*session.deadline, id});
  session.deadline = deadline;
  if (deadline) deadlines_.insert({*deadline, id});
}

void Outgoing::drop_waiting(chat::SessionId id, Session& session) {
  set_deadline(id, session, std::nullopt);
  waiting_bytes_ -= session.waiting_bytes;
  session.waiting_bytes = 0;
  session.waiting.clear();
}

}  // namespace server
