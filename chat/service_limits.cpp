// What a session, an account and all strangers together may do.
#include <algorithm>
#include <chrono>
#include <functional>

#include "chat/service_state.hpp"

namespace chat {
namespace {

/// Every message has its price, and every KiB of it, which goes to everybody and stays on the disk.
constexpr std::size_t kTextBytesPerToken = 1'024;
/// The store looks each entry up; ten of them cost what another request does.
constexpr std::size_t kEntriesPerToken = 10;

/// What a request costs, in tokens.
struct Weight {
  static std::uint32_t of(std::size_t amount, std::size_t per_token) {
    return static_cast<std::uint32_t>(1 + amount / per_token);
  }
  std::uint32_t operator()(const SendMessage& wanted) const {
    return of(wanted.text.size(), kTextBytesPerToken);
  }
  std::uint32_t operator()(const Login& wanted) const { return of(wanted.seen.size(), kEntriesPerToken); }
  std::uint32_t operator()(const Resume& wanted) const { return of(wanted.seen.size(), kEntriesPerToken); }
  std::uint32_t operator()(const Received& wanted) const { return of(wanted.up_to.size(), kEntriesPerToken); }
  template <class Other>
  std::uint32_t operator()(const Other&) const {
    return 1;
  }
};

}  // namespace

std::optional<rudp::Duration> Service::State::charge_message(rudp::Instant now, const Session& session,
                                                             const SendMessage& message) {
  Bucket& bucket = allowances[session.account].messages;
  return bucket.take(now, options.messages_per_account, Weight()(message));
}

// Messages have a limit of their own, and a Quit is the last request that there is.
std::optional<rudp::Duration> Service::State::charge(rudp::Instant now, Session& session,
                                                     const RequestBody& body) {
  const bool is_online = session.stage == Session::Stage::online;
  if (std::holds_alternative<Quit>(body)) return std::nullopt;
  if (is_online && std::holds_alternative<SendMessage>(body)) return std::nullopt;
  Bucket& bucket = is_online ? allowances[session.account].requests : session.requests;
  return bucket.take(now, options.requests_per_account, std::visit(Weight(), body));
}

void keep_newest(std::vector<Seen>& seen) {
  std::sort(seen.begin(), seen.end(), std::greater<>());
  const auto is_same = [](const Seen& a, const Seen& b) { return a.conversation == b.conversation; };
  seen.erase(std::unique(seen.begin(), seen.end(), is_same), seen.end());
  std::reverse(seen.begin(), seen.end());
}

// A person at the menu may take all evening, so there is no time limit; but there is room for so many only.
void Service::State::move_to(const Now& now, Session& session, Session::Stage stage) {
  session.stage = stage;
  const bool is_stranger = stage == Session::Stage::new_here || stage == Session::Stage::anonymous;
  if (!is_stranger) return strangers.remove(session.id);
  strangers.add(session.id, rate_key(session.address));
  if (strangers.size() > options.strangers_max) crowd_out(now, strangers.first_to_go());
}

void Service::State::crowd_out(const Now& now, SessionId id) {
  refuse_for_now({id, 0}, RefusalCode::busy, std::chrono::milliseconds(jittered_ms(1'000)));
  close_session(now, *find(id));
}

// A full one says nothing that a new one would not. Looking through all of them at every leave would be dear.
void Service::State::forget_full_allowances(rudp::Instant now) {
  if (now < forget_allowances_at) return;
  forget_allowances_at = now + kForgetInterval;
  std::erase_if(allowances, [now](const auto& entry) { return entry.second.is_full(now); });
}

}  // namespace chat
