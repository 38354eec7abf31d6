// Finds connections by what stands in a datagram.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>

#include <rudp/address.hpp>
#include <rudp/random.hpp>
#include <rudp/types.hpp>

#include "base/connection_id.hpp"
#include "crypto/short_hash.hpp"

namespace rudp::endpoint {

/// A client's handshake as a server sees it: two clients may draw the same id.
struct HandshakeKey {
  Address client;
  ConnectionId client_cid;

  friend bool operator==(const HandshakeKey&, const HandshakeKey&) = default;
};

/// SipHash under a key that only this endpoint knows: whoever chooses ids cannot
/// choose where they land.
class KeyedHash {
 public:
  explicit KeyedHash(const crypto::ShortHashKey& key) : key_(key) {}
  std::size_t operator()(const ConnectionId& id) const;
  std::size_t operator()(const HandshakeKey& handshake) const;

 private:
  crypto::ShortHashKey key_;
};

/// A table from K to the handle of a connection.
template <class K>
class HandleMap {
 public:
  explicit HandleMap(Random& random) : map_(kBucketsAtFirst, KeyedHash(draw_key(random))) {}

  /// False, and nothing changes, when the key is taken.
  bool insert(const K& key, ConnectionHandle handle) { return map_.emplace(key, handle).second; }
  void erase(const K& key) { map_.erase(key); }
  /// Only where it is this connection's: a peer may have named an id that was taken.
  void erase(const K& key, ConnectionHandle handle) {
    const auto found = map_.find(key);
    if (found != map_.end() && found->second == handle) map_.erase(found);
  }
  bool contains(const K& key) const { return map_.contains(key); }
  std::optional<ConnectionHandle> find(const K& key) const {
    const auto found = map_.find(key);
    if (found == map_.end()) return std::nullopt;
    return found->second;
  }
  std::size_t size() const { return map_.size(); }

 private:
  static constexpr std::size_t kBucketsAtFirst = 16;

  static crypto::ShortHashKey draw_key(Random& random) {
    crypto::ShortHashKey key;
    random.secret_fill(key);
    return key;
  }

  std::unordered_map<K, ConnectionHandle, KeyedHash> map_;
};

using ConnectionIdMap = HandleMap<ConnectionId>;
using HandshakeMap = HandleMap<HandshakeKey>;

}  // namespace rudp::endpoint
