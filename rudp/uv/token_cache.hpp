// What servers gave a client for its next visit (ConnectionInfo::address_token), until it is used.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <utility>

#include <rudp/address.hpp>
#include <rudp/config.hpp>

namespace rudp::uv {

/// The newest of each of the servers that were seen last. In memory only: on a disk, tokens would tell where
/// somebody has been.
class TokenCache {
 public:
  /// Servers remembered; the longest unseen is forgotten first.
  static constexpr std::size_t kServersMax = 64;

  void put(const Address& server, const AddressToken& token);
  /// Each is used once, or observers could link two connections by it.
  std::optional<AddressToken> take(const Address& server);
  std::size_t size() const { return tokens_.size(); }

 private:
  std::deque<std::pair<Address, AddressToken>> tokens_;  // the newest at the end
};

}  // namespace rudp::uv
