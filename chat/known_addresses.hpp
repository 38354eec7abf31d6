// From where accounts were entered before.
#pragma once

#include <cstddef>
#include <list>
#include <map>
#include <string>
#include <vector>

namespace chat {

/// The last addresses of the accounts that were entered last; in memory only.
class KnownAddresses {
 public:
  static constexpr std::size_t kAccountsMax = 16'384;  // about 6 MiB
  static constexpr std::size_t kAddressesMax = 8;      // of one account

  /// `account` by its name key, `address` as by rate_key().
  void remember(const std::string& account, const std::string& address);
  bool knows(const std::string& account, const std::string& address) const;
  std::size_t size() const { return accounts_.size(); }

 private:
  struct Known {
    std::vector<std::string> addresses;         // the last one behind
    std::list<std::string>::iterator position;  // in by_age_
  };

  std::map<std::string, Known> accounts_;
  std::list<std::string> by_age_;  // accounts, the last one entered behind
};

}  // namespace chat
