#include "crypto/noise.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "crypto/initialize.hpp"
#include "crypto/x25519.hpp"

namespace rudp::crypto {
namespace {

bool knows_static_of(const Pattern& pattern, Role role) {
  return role == Role::initiator ? pattern.initiator_static_is_known : pattern.responder_static_is_known;
}

Result<void> check(const NoiseOptions& options, const Pattern& pattern) {
  if (uses_static_key(pattern, options.role) && !options.identity) return Error::invalid_argument;
  if (knows_static_of(pattern, peer_of(options.role)) != options.remote_static.has_value()) {
    return Error::invalid_argument;
  }
  if (options.psks.size() != pattern.psk_count) return Error::invalid_argument;
  if (options.remote_static && !is_canonical(*options.remote_static)) return Error::bad_key;
  const bool is_reflected =
      options.identity && options.remote_static && options.identity.public_key() == *options.remote_static;
  if (is_reflected) return Error::bad_key;
  return {};
}

bool is_diffie_hellman(Token token) {
  return token == Token::ee || token == Token::es || token == Token::se || token == Token::ss;
}

Bytes take(Bytes& rest, std::size_t count) {
  const Bytes taken = rest.first(count);
  rest = rest.subspan(count);
  return taken;
}

MutableBytes take(MutableBytes& rest, std::size_t count) {
  const MutableBytes taken = rest.first(count);
  rest = rest.subspan(count);
  return taken;
}

std::span<const std::uint8_t, kKeyBytes> secret_of(const Identity& identity) {
  return identity.secret().first<kKeyBytes>();
}

}  // namespace

// --- creating and copying ---

Result<NoiseHandshake> NoiseHandshake::create(const NoiseOptions& options, Random& random) {
  initialize();
  const Result<Pattern> pattern = find_pattern(options.pattern);
  if (!pattern) return pattern.error();
  const Result<void> checked = check(options, *pattern);
  if (!checked) return checked.error();
  return NoiseHandshake(*pattern, options, random);
}

NoiseHandshake::NoiseHandshake(const Pattern& pattern, const NoiseOptions& options, Random& random)
    : pattern_(pattern),
      role_(options.role),
      identity_(options.identity),
      random_(&random),
      state_(NoiseSymmetric(pattern)) {
  std::transform(options.psks.begin(), options.psks.end(), psks_.begin(),
                 [](const Secret<32>& psk) { return psk.clone(); });
  state_.remote_static = options.remote_static;
  state_.symmetric.mix_hash(options.prologue);
  for (const Role role : {Role::initiator, Role::responder}) {
    if (!knows_static_of(pattern_, role)) continue;
    const PublicKey& key = role == role_ ? identity_.public_key() : *state_.remote_static;
    state_.symmetric.mix_hash(key.bytes);
  }
}

NoiseHandshake::State NoiseHandshake::State::clone() const {
  State copy(symmetric.clone());
  copy.ephemeral = ephemeral.clone();
  copy.ephemeral_public = ephemeral_public;
  copy.remote_ephemeral = remote_ephemeral;
  copy.remote_static = remote_static;
  copy.message = message;
  copy.psks_used = psks_used;
  return copy;
}

NoiseHandshake::NoiseHandshake(const NoiseHandshake& other, State state)
    : pattern_(other.pattern_),
      role_(other.role_),
      identity_(other.identity_),
      random_(other.random_),
      state_(std::move(state)) {
  std::transform(other.psks_.begin(), other.psks_.end(), psks_.begin(),
                 [](const Secret<32>& psk) { return psk.clone(); });
}

NoiseHandshake NoiseHandshake::clone() const { return NoiseHandshake(*this, state_.clone()); }

// --- messages ---

bool NoiseHandshake::is_our_turn_to_write() const {
  const Role writer = state_.message % 2 == 0 ? Role::initiator : Role::responder;
  return !finished() && writer == role_;
}

std::size_t NoiseHandshake::overhead_bytes() const {
  RUDP_ASSERT(!finished());
  bool has_key = state_.symmetric.has_key();
  std::size_t bytes = 0;
  for (const Token token : next_message()) {
    if (token == Token::s) bytes += kKeyBytes + (has_key ? kTagBytes : 0);
    if (token == Token::e) bytes += kKeyBytes;
    const bool gives_key = is_diffie_hellman(token) || token == Token::psk;
    has_key = has_key || gives_key || (token == Token::e && pattern_.psk_count > 0);
  }
  return bytes + (has_key ? kTagBytes : 0);
}

Result<std::size_t> NoiseHandshake::write_message(Bytes payload, MutableBytes out) {
  if (!is_our_turn_to_write()) return Error::invalid_state;
  const std::size_t overhead = overhead_bytes();
  if (payload.size() > kNoiseMessageBytesMax - overhead) return Error::too_large;
  const std::size_t message_bytes = payload.size() + overhead;
  if (out.size() < message_bytes) return Error::buffer_too_small;

  State next = state_.clone();
  MutableBytes rest = out.first(message_bytes);
  for (const Token token : next_message()) {
    const Result<void> written = write_token(next, token, rest);
    if (!written) return written.error();
  }
  next.symmetric.encrypt_and_hash(payload, rest);
  ++next.message;
  state_ = std::move(next);
  return message_bytes;
}

Result<std::size_t> NoiseHandshake::read_message(Bytes message, MutableBytes payload_out) {
  if (finished() || is_our_turn_to_write()) return Error::invalid_state;
  if (message.size() > kNoiseMessageBytesMax) return Error::too_large;
  // Lengths are checked before any Diffie-Hellman is paid for.
  const std::size_t overhead = overhead_bytes();
  if (message.size() < overhead) return Error::truncated;
  if (payload_out.size() < message.size() - overhead) return Error::buffer_too_small;

  State next = state_.clone();
  Bytes rest = message;
  for (const Token token : next_message()) {
    const Result<void> read = read_token(next, token, rest);
    if (!read) return read.error();
  }
  const Result<std::size_t> payload_bytes = next.symmetric.decrypt_and_hash(rest, payload_out);
  if (!payload_bytes) return payload_bytes.error();
  ++next.message;
  state_ = std::move(next);
  return *payload_bytes;
}

// --- tokens (Noise section 5.3); `rest` is long enough, the callers checked the lengths ---

Result<void> NoiseHandshake::write_token(State& state, Token token, MutableBytes& rest) const {
  if (token == Token::e) {
    random_->secret_fill(state.ephemeral.mutable_bytes());
    state.ephemeral_public = public_key_of(state.ephemeral.bytes());
    const MutableBytes out = take(rest, kKeyBytes);
    std::copy(state.ephemeral_public->bytes.begin(), state.ephemeral_public->bytes.end(), out.begin());
    mix_ephemeral(state, *state.ephemeral_public);
    return {};
  }
  if (token == Token::s) {
    const MutableBytes out = take(rest, kKeyBytes + state.symmetric.tag_bytes());
    state.symmetric.encrypt_and_hash(identity_.public_key().bytes, out);
    return {};
  }
  return mix_secret(state, token);
}

Result<void> NoiseHandshake::read_token(State& state, Token token, Bytes& rest) const {
  if (token != Token::e && token != Token::s) return mix_secret(state, token);
  PublicKey key;
  if (token == Token::e) {
    const Bytes in = take(rest, kKeyBytes);
    std::copy(in.begin(), in.end(), key.bytes.begin());
    mix_ephemeral(state, key);
  } else {
    const Bytes in = take(rest, kKeyBytes + state.symmetric.tag_bytes());
    const Result<std::size_t> opened = state.symmetric.decrypt_and_hash(in, key.bytes);
    if (!opened) return opened.error();
  }
  if (!is_canonical(key) || is_own_key(state, key)) return Error::bad_key;
  (token == Token::e ? state.remote_ephemeral : state.remote_static) = key;
  return {};
}

Result<void> NoiseHandshake::mix_secret(State& state, Token token) const {
  if (token == Token::none) return {};
  if (token == Token::psk) {
    state.symmetric.mix_key_and_hash(psks_[state.psks_used++].bytes());
    return {};
  }
  const Result<Secret<32>> shared = shared_secret(state, token);
  if (!shared) return shared.error();
  state.symmetric.mix_key(shared->bytes());
  return {};
}

// The first letter of a token is the initiator's key, the second the responder's.
Result<Secret<32>> NoiseHandshake::shared_secret(const State& state, Token token) const {
  const bool is_initiator = role_ == Role::initiator;
  const bool ours_is_static = token == Token::ss || token == (is_initiator ? Token::se : Token::es);
  const bool theirs_is_static = token == Token::ss || token == (is_initiator ? Token::es : Token::se);
  const std::optional<PublicKey>& theirs = theirs_is_static ? state.remote_static : state.remote_ephemeral;
  RUDP_ASSERT(theirs.has_value());
  return diffie_hellman(ours_is_static ? secret_of(identity_) : state.ephemeral.bytes(), *theirs);
}

// With a psk in the pattern the ephemeral key also goes into the key, so that no
// two handshakes with one psk share keys (Noise section 9.2).
void NoiseHandshake::mix_ephemeral(State& state, const PublicKey& key) const {
  state.symmetric.mix_hash(key.bytes);
  if (pattern_.psk_count > 0) state.symmetric.mix_key(key.bytes);
}

bool NoiseHandshake::is_own_key(const State& state, const PublicKey& key) const {
  if (identity_ && key == identity_.public_key()) return true;
  return state.ephemeral_public && key == *state.ephemeral_public;
}

// --- results ---

KeyPair NoiseHandshake::split() const {
  RUDP_ASSERT(finished());
  return state_.symmetric.split();
}

KeyPair NoiseHandshake::export_keys(std::string_view label) const {
  RUDP_ASSERT(finished());
  return state_.symmetric.export_keys(label);
}

Hash NoiseHandshake::fingerprint() const {
  const auto bytes_of = [](const std::optional<PublicKey>& key) { return key ? Bytes(key->bytes) : Bytes(); };
  const std::array<std::uint8_t, 5> counters = {
      state_.message, state_.psks_used, static_cast<std::uint8_t>(state_.ephemeral_public.has_value()),
      static_cast<std::uint8_t>(state_.remote_ephemeral.has_value()),
      static_cast<std::uint8_t>(state_.remote_static.has_value())};
  return blake2b({state_.symmetric.fingerprint(), state_.ephemeral.bytes(), bytes_of(state_.ephemeral_public),
                  bytes_of(state_.remote_ephemeral), bytes_of(state_.remote_static), counters});
}

}  // namespace rudp::crypto
