#include "connection/pattern_choice.hpp"

namespace rudp::connection {

Result<HandshakePattern> choose_pattern(const ConnectOptions& options) {
  const bool psk = static_cast<bool>(options.pre_shared_key);
  if (!options.identity) {
    if (options.server_key) return psk ? HandshakePattern::nk_psk2 : HandshakePattern::nk;
    return psk ? HandshakePattern::nx_psk2 : HandshakePattern::nx;
  }
  if (!options.server_key) return Error::invalid_argument;
  if (options.identity_pattern == IdentityPattern::ik)
    return psk ? HandshakePattern::ik_psk2 : HandshakePattern::ik;
  return psk ? HandshakePattern::xk_psk3 : HandshakePattern::xk;
}

bool is_accepted(const EndpointConfig& config, HandshakePattern pattern) {
  if (mixes_pre_shared_key(pattern) && !config.pre_shared_key) return false;
  if (!mixes_pre_shared_key(pattern) && config.pre_shared_key && config.require_pre_shared_key) return false;
  return identifies_client(pattern) || !config.require_client_key;
}

bool mixes_pre_shared_key(HandshakePattern pattern) {
  return pattern == HandshakePattern::nk_psk2 || pattern == HandshakePattern::nx_psk2 ||
         pattern == HandshakePattern::xk_psk3 || pattern == HandshakePattern::ik_psk2;
}

bool identifies_client(HandshakePattern pattern) {
  return pattern == HandshakePattern::xk || pattern == HandshakePattern::ik ||
         pattern == HandshakePattern::xk_psk3 || pattern == HandshakePattern::ik_psk2;
}

}  // namespace rudp::connection
