// A Noise handshake (revision 34) "Noise_<pattern>_25519_ChaChaPoly_BLAKE2b", for every pattern in
// noise_pattern.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include <rudp/error.hpp>
#include <rudp/identity.hpp>
#include <rudp/random.hpp>
#include <rudp/types.hpp>
#include "crypto/noise_pattern.hpp"
#include "crypto/noise_symmetric.hpp"
#include "crypto/secret.hpp"

namespace rudp::crypto {

inline constexpr std::size_t kNoiseMessageBytesMax = 65'535;  // Noise section 3

struct NoiseOptions {
  std::string_view pattern;  ///< "NK", "NX", "NKpsk2", ...
  Role role = Role::initiator;
  Bytes prologue{};                          ///< what both sides must agree on; read during create()
  Identity identity{};                       ///< our static key, where the pattern has one
  std::optional<PublicKey> remote_static{};  ///< the peer's, where the pattern knows it beforehand
  std::span<const Secret<32>> psks{};        ///< one for each psk token; copied
};

/// One side of a handshake. Messages alternate, the initiator writes first.
///
/// A call that answers an error leaves the state exactly as it was: the work is
/// done on a copy and taken over on success. So a forged message can be dropped
/// and the genuine one read afterwards.
class NoiseHandshake {
 public:
  /// `random` gives the ephemeral key when it is first written, through
  /// secret_fill, and must outlive the handshake.
  /// Errors: unsupported (pattern), invalid_argument (a key or psk that the
  /// pattern needs is missing, or one too many), bad_key (the peer's static key
  /// is not canonical, or our own).
  static Result<NoiseHandshake> create(const NoiseOptions& options, Random& random);

  NoiseHandshake(NoiseHandshake&&) noexcept = default;
  NoiseHandshake& operator=(NoiseHandshake&&) noexcept = default;
  /// A second handshake in the same state. Both may read; if both wrote the
  /// same message they would do so with the same key, so only one may write
  /// unless an ephemeral is still to be drawn.
  NoiseHandshake clone() const;

  bool is_our_turn_to_write() const;
  bool finished() const { return state_.message == pattern_.message_count; }
  const Pattern& pattern() const { return pattern_; }

  /// How many bytes the next message has beyond its payload.
  /// REQUIRES: !finished().
  std::size_t overhead_bytes() const;

  /// Writes the next message around `payload`; returns its length. No overlap.
  /// Errors: invalid_state (not our turn, finished), buffer_too_small,
  /// too_large (over kNoiseMessageBytesMax), bad_key (the peer's key is of low
  /// order).
  Result<std::size_t> write_message(Bytes payload, MutableBytes out);

  /// Reads the peer's next message; returns the length of its payload. No overlap.
  /// Errors: invalid_state, too_large, truncated, buffer_too_small, bad_key (not
  /// canonical, of low order, or our own key sent back), authentication_failed.
  Result<std::size_t> read_message(Bytes message, MutableBytes payload_out);

  /// The transcript hash; after finished() it names this session uniquely and
  /// serves as its channel binding.
  const Hash& handshake_hash() const { return state_.symmetric.hash(); }
  /// The peer's keys as far as they are known by now. A static key received in
  /// a message is proven only once the handshake is finished.
  const std::optional<PublicKey>& remote_static() const { return state_.remote_static; }
  const std::optional<PublicKey>& remote_ephemeral() const { return state_.remote_ephemeral; }

  /// The traffic secrets ts_0 of both directions. REQUIRES: finished().
  KeyPair split() const;
  /// Further keys bound to this session: HKDF(ck, label | h, 2), the first 32
  /// bytes of each output. REQUIRES: finished().
  KeyPair export_keys(std::string_view label) const;

  /// A hash of the whole state, secrets included, for tests: equal exactly for
  /// equal states.
  Hash fingerprint() const;

 private:
  using Message = std::array<Token, kTokensPerMessageMax>;
  /// What messages change.
  struct State {
    explicit State(NoiseSymmetric start) : symmetric(std::move(start)) {}
    State clone() const;

    NoiseSymmetric symmetric;
    Secret<32> ephemeral;
    std::optional<PublicKey> ephemeral_public;
    std::optional<PublicKey> remote_ephemeral;
    std::optional<PublicKey> remote_static;
    std::uint8_t message = 0;  ///< how many messages were written or read
    std::uint8_t psks_used = 0;
  };

  NoiseHandshake(const Pattern& pattern, const NoiseOptions& options, Random& random);
  NoiseHandshake(const NoiseHandshake& other, State state);
  const Message& next_message() const { return pattern_.messages[state_.message]; }
  bool is_own_key(const State& state, const PublicKey& key) const;
  Result<void> write_token(State& state, Token token, MutableBytes& rest) const;
  Result<void> read_token(State& state, Token token, Bytes& rest) const;
  Result<void> mix_secret(State& state, Token token) const;
  Result<Secret<32>> shared_secret(const State& state, Token token) const;
  void mix_ephemeral(State& state, const PublicKey& key) const;

  Pattern pattern_;
  Role role_;
  Identity identity_;
  Random* random_;
  std::array<Secret<32>, kPsksMax> psks_;
  State state_;
};

}  // namespace rudp::crypto
