// Password hashing as an effect: what is asked, what comes back, and how to do it.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "chat/passwords.hpp"

namespace chat {

/// Names one asynchronous operation of a service; never reused by it.
using OperationId = std::uint64_t;

struct CreateHash {
  std::string password;
};

/// An empty hash is "no such account": the dummy hash is verified, at equal
/// cost, and the answer is mismatch, or failed as for every other account.
struct VerifyHash {
  std::string password;
  std::string hash;
};

using HashRequest = std::variant<CreateHash, VerifyHash>;

enum class HashStatus : std::uint8_t {
  created,
  match,
  mismatch,
  busy,    ///< the queue is full: nothing was hashed
  failed,  ///< no memory for it: whether the password was right is not known
};

struct HashReply {
  HashStatus status = HashStatus::failed;
  /// With `created`: the hash. With `match`: empty, or the password hashed anew
  /// because the stored hash was made at another cost (threat U19).
  std::string hash;
};

/// Does hash requests where it is called; each costs exactly one Argon2id, and
/// one more where the cost was changed since the account's last login.
class Hasher {
 public:
  /// Hashes once, for the dummy.
  explicit Hasher(const PasswordCost& cost);

  /// False: there was no memory for the dummy. Such a hasher must not serve: it answers for
  /// unknown accounts at once, and so tells which ones there are (threat U3).
  bool is_ready() const { return !dummy_hash_.empty(); }

  /// Wipes the passwords in `request`. Safe from several threads at once.
  HashReply run(HashRequest& request) const;

 private:
  HashReply create(CreateHash& request) const;
  HashReply verify(VerifyHash& request) const;

  PasswordCost cost_;
  std::string dummy_hash_;
};

}  // namespace chat
