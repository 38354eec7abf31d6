#include "server/outgoing.hpp"

namespace server {

void Outgoing::remove(chat::SessionId id) {
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) return;
  drop_waiting(found->second);
  sessions_.erase(found);
}

Outgoing::Outcome Outgoing::send(chat::SessionId id, chat::SharedBytes bytes) {
  const auto found = sessions_.find(id);
  if (found == sessions_.end() || found->second.closing) return Outcome::dropped;
  Session& session = found->second;
  if (!session.waiting.empty()) return keep(id, session, std::move(bytes));
  switch (connections_.send(id, *bytes)) {
    case rudp::SendStatus::queued:
      return Outcome::sent;
    case rudp::SendStatus::would_block:
      return keep(id, session, std::move(bytes));
    case rudp::SendStatus::closed:
      return Outcome::dropped;  // its end is being told already
    default:
      give_up(id, kCloseTooSlow, "a message is larger than this client takes");
      return Outcome::dropped;
  }
}

bool Outgoing::has_room(const Session& session, std::size_t cost) const {
  return session.waiting_bytes + cost <= limits_.session_bytes_max &&
         waiting_bytes_ + cost <= limits_.total_bytes_max;
}

Outgoing::Outcome Outgoing::keep(chat::SessionId id, Session& session, chat::SharedBytes bytes) {
  const std::size_t cost = cost_of(bytes);
  if (!has_room(session, cost)) {
    give_up(id, kCloseTooSlow, "more waits for this client than it reads; what is missed can be fetched");
    return Outcome::dropped;
  }
  const bool is_first = session.waiting.empty();
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
  deadlines_.push_back({now + kDrainMax, id});
}

bool Outgoing::handle_writable(chat::SessionId id) {
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) return false;
  Session& session = found->second;
  while (!session.waiting.empty()) {
    if (connections_.send(id, *session.waiting.front()) != rudp::SendStatus::queued) return false;
    const std::size_t cost = cost_of(session.waiting.front());
    session.waiting.pop_front();
    session.waiting_bytes -= cost;
    waiting_bytes_ -= cost;
  }
  if (!session.closing) return true;
  connections_.close(id, kCloseDone, "", kDrainMax);
  return false;
}

void Outgoing::handle_timeout(rudp::Instant now) {
  for (; !deadlines_.empty() && deadlines_.front().at <= now; deadlines_.pop_front()) {
    const chat::SessionId id = deadlines_.front().session;
    const auto found = sessions_.find(id);
    if (found == sessions_.end() || found->second.waiting.empty()) continue;
    give_up(id, kCloseTooSlow, "what was left to say could not be said in time");
  }
}

std::optional<rudp::Instant> Outgoing::poll_timeout() const {
  if (deadlines_.empty()) return std::nullopt;
  return deadlines_.front().at;
}

void Outgoing::give_up(chat::SessionId id, std::uint64_t code, std::string_view reason) {
  Session& session = sessions_.at(id);
  session.closing = true;
  drop_waiting(session);
  connections_.close(id, code, reason, rudp::Duration::zero());
}

void Outgoing::drop_waiting(Session& session) {
  waiting_bytes_ -= session.waiting_bytes;
  session.waiting_bytes = 0;
  session.waiting.clear();
}

}  // namespace server
