#include "uv/token_cache.hpp"

#include <algorithm>

namespace rudp::uv {

void TokenCache::put(const Address& server, const AddressToken& token) {
  take(server);
  if (tokens_.size() == kServersMax) tokens_.pop_front();
  tokens_.emplace_back(server, token);
}

std::optional<AddressToken> TokenCache::take(const Address& server) {
  const auto found =
      std::find_if(tokens_.begin(), tokens_.end(), [&](const auto& one) { return one.first == server; });
  if (found == tokens_.end()) return std::nullopt;
  const AddressToken token = found->second;
  tokens_.erase(found);
  return token;
}

}  // namespace rudp::uv
