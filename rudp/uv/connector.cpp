#include "uv/connector.hpp"

#include <algorithm>

namespace rudp::uv {
namespace {

// What a server said tells more than its silence, and silence more than a system without that family.
int telling(Error error) {
  if (error == Error::key_changed) return 3;
  if (error == Error::handshake_timeout) return 1;
  return static_cast<std::uint32_t>(error) >= 400 || static_cast<std::uint32_t>(error) < 200 ? 0 : 2;
}

}  // namespace

void Connector::set_addresses(std::vector<Address> addresses, Instant now) {
  addresses_ = std::move(addresses);
  if (addresses_.size() > kAddressesMax) addresses_.resize(kAddressesMax);
  next_at_ = now;
}

std::optional<Address> Connector::poll_attempt(Instant now) {
  if (next_ == addresses_.size() || now < next_at_) return std::nullopt;
  next_at_ = now + kAttemptDelay;
  return addresses_[next_++];
}

std::optional<Instant> Connector::poll_timeout() const {
  if (next_ == addresses_.size()) return std::nullopt;
  return next_at_;
}

void Connector::on_failed(const std::optional<Route>& route, const Closed& why, Instant now) {
  if (route) attempts_.erase(std::remove(attempts_.begin(), attempts_.end(), *route), attempts_.end());
  if (!verdict_ || telling(why.error) > telling(verdict_->error)) verdict_ = why;
  next_at_ = std::min(next_at_, now);
}

}  // namespace rudp::uv
