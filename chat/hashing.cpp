#include "chat/hashing.hpp"

#include <utility>

namespace chat {

HashReply Hasher::create(CreateHash& request) const {
  auto hash = hash_password(request.password, cost_);
  wipe(request.password);
  if (!hash) return {};
  return {HashStatus::created, std::move(*hash)};
}

// An unknown account costs the same one Argon2id as a known one (threat U3).
HashReply Hasher::verify(VerifyHash& request) const {
  const bool known = !request.hash.empty();
  const bool match = verify_password(request.password, known ? request.hash : dummy_hash_) && known;
  std::string renewed;
  if (match && needs_rehash(request.hash, cost_))
    renewed = hash_password(request.password, cost_).value_or("");
  wipe(request.password);
  return {match ? HashStatus::match : HashStatus::mismatch, std::move(renewed)};
}

// Nobody logs in with the dummy, whatever its password is: an empty hash never matches.
Hasher::Hasher(const PasswordCost& cost)
    : cost_(cost), dummy_hash_(hash_password("dummy password", cost).value_or(std::string{})) {}

HashReply Hasher::run(HashRequest& request) const {
  if (auto* wanted = std::get_if<CreateHash>(&request)) return create(*wanted);
  return verify(std::get<VerifyHash>(request));
}

}  // namespace chat
