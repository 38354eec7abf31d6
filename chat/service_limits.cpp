// What a session, an account and all strangers together may do.
#include "chat/service_state.hpp"

namespace chat {

// A full one says nothing that a new one would not. Looking through all of them at every leave would be dear.
void Service::State::forget_full_allowances(rudp::Instant now) {
  if (now < forget_allowances_at) return;
  forget_allowances_at = now + kForgetInterval;
  std::erase_if(allowances, [now](const auto& entry) { return entry.second.is_full(now); });
}

}  // namespace chat
