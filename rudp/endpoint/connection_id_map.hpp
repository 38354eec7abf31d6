// Finds connections by what stands in a datagram.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include <rudp/address.hpp>
#include <rudp/random.hpp>
#include <rudp/types.hpp>

#include "base/connection_id.hpp"
#include "crypto/short_hash.hpp"
#include "endpoint/slot_table.hpp"

namespace rudp::endpoint {

/// A client's handshake as a server sees it: two clients may draw the same id.
struct HandshakeKey {
  Address client;
  ConnectionId client_cid;
};

/// SipHash under a key that only this endpoint knows: whoever chooses ids cannot
/// choose where they land.
class KeyedHash {
 public:
  explicit KeyedHash(const crypto::ShortHashKey& key) : key_(key) {}
  std::uint64_t operator()(const ConnectionId& id) const;
  std::uint64_t operator()(const HandshakeKey& handshake) const;

 private:
  crypto::ShortHashKey key_;
};

/// A table from K to the slot of a connection. It knows a key by its hash alone, of which a connection has up
/// to nine: with n keys in it, one that is not there is taken for another with a probability of n / 2^64,
/// which nobody can raise, and what comes with it is no more than dropped, for it authenticates nowhere.
template <class K>
class SlotMapOf {
 public:
  explicit SlotMapOf(Random& random) : hash_(draw_key(random)) {}

  /// What the table knows a key by; see erase_named().
  std::uint64_t name_of(const K& key) const { return hash_(key); }

  /// False, and nothing changes, when the key is taken. Throws std::bad_alloc, and nothing changes.
  bool insert(const K& key, std::uint32_t slot) { return table_.insert(hash_(key), slot); }
  void erase(const K& key) { table_.erase(hash_(key)); }
  /// Only where it is this connection's: a peer may have named an id that was taken.
  void erase(const K& key, std::uint32_t slot) { erase_named(hash_(key), slot); }
  void erase_named(std::uint64_t name, std::uint32_t slot) {
    if (table_.find(name) == slot) table_.erase(name);
  }
  bool contains(const K& key) const { return find(key).has_value(); }
  std::optional<std::uint32_t> find(const K& key) const { return table_.find(hash_(key)); }
  std::size_t size() const { return table_.size(); }

 private:
  static crypto::ShortHashKey draw_key(Random& random) {
    crypto::ShortHashKey key;
    random.secret_fill(key);
    return key;
  }

  KeyedHash hash_;
  SlotTable table_;
};

using ConnectionIdMap = SlotMapOf<ConnectionId>;
using HandshakeMap = SlotMapOf<HandshakeKey>;

}  // namespace rudp::endpoint
