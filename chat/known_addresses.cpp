#include "chat/known_addresses.hpp"

#include <algorithm>

namespace chat {

void KnownAddresses::remember(const std::string& account, const std::string& address) {
  const auto [found, is_new] = accounts_.try_emplace(account);
  Known& known = found->second;
  if (is_new) {
    known.position = by_age_.insert(by_age_.end(), account);
  } else {
    by_age_.splice(by_age_.end(), by_age_, known.position);
  }
  std::erase(known.addresses, address);
  if (known.addresses.size() == kAddressesMax) known.addresses.erase(known.addresses.begin());
  known.addresses.push_back(address);
  if (accounts_.size() <= kAccountsMax) return;
  accounts_.erase(by_age_.front());
  by_age_.pop_front();
}

bool KnownAddresses::knows(const std::string& account, const std::string& address) const {
  const auto found = accounts_.find(account);
  if (found == accounts_.end()) return false;
  const auto& addresses = found->second.addresses;
  return std::find(addresses.begin(), addresses.end(), address) != addresses.end();
}

}  // namespace chat
