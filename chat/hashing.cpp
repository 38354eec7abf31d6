#include "chat/hashing.hpp"

#include <utility>

namespace chat {
namespace {

HashStatus status_of(PasswordVerdict verdict) {
  switch (verdict) {
    case PasswordVerdict::match:
      return HashStatus::match;
    case PasswordVerdict::mismatch:
      return HashStatus::mismatch;
    case PasswordVerdict::failed:
      break;
  }
  return HashStatus::failed;
}

// Nobody logs in with the dummy, whatever its password is.
HashStatus status_of_unknown(PasswordVerdict verdict) {
  return verdict == PasswordVerdict::failed ? HashStatus::failed : HashStatus::mismatch;
}

}  // namespace

HashReply Hasher::create(CreateHash& request) const {
  auto hash = hash_password(request.password, cost_);
  wipe(request.password);
  if (!hash) return {};
  return {HashStatus::created, std::move(*hash)};
}

// An unknown account costs the same one Argon2id as a known one (threat U3).
HashReply Hasher::verify(VerifyHash& request) const {
  const bool known = !request.hash.empty();
  const PasswordVerdict verdict = verify_password(request.password, known ? request.hash : dummy_hash_);
  HashReply reply{known ? status_of(verdict) : status_of_unknown(verdict), {}};
  if (reply.status == HashStatus::match && needs_rehash(request.hash, cost_))
    reply.hash = hash_password(request.password, cost_).value_or("");
  wipe(request.password);
  return reply;
}

Hasher::Hasher(const PasswordCost& cost)
    : cost_(cost), dummy_hash_(hash_password("dummy password", cost).value_or(std::string{})) {}

HashReply Hasher::run(HashRequest& request) const {
  if (auto* wanted = std::get_if<CreateHash>(&request)) return create(*wanted);
  return verify(std::get<VerifyHash>(request));
}

}  // namespace chat
