// What a session, an account and all strangers together may do.
#include "chat/service_state.hpp"

namespace chat {
namespace {

/// Every message has its price, and every KiB of it, which goes to everybody and stays on the disk.
constexpr std::size_t kTextBytesPerToken = 1'024;

std::uint32_t weight_of(const SendMessage& message) {
  return static_cast<std::uint32_t>(1 + message.text.size() / kTextBytesPerToken);
}

}  // namespace

std::optional<rudp::Duration> Service::State::charge(rudp::Instant now, const Session& session,
                                                     const SendMessage& message) {
  Bucket& bucket = allowances[session.account].messages;
  return bucket.take(now, options.messages_per_account, weight_of(message));
}

// A full one says nothing that a new one would not. Looking through all of them at every leave would be dear.
void Service::State::forget_full_allowances(rudp::Instant now) {
  if (now < forget_allowances_at) return;
  forget_allowances_at = now + kForgetInterval;
  std::erase_if(allowances, [now](const auto& entry) { return entry.second.is_full(now); });
}

}  // namespace chat
