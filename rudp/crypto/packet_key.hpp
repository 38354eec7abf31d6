// The key of one direction and one key phase: seals and opens packets in place.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <rudp/error.hpp>
#include <rudp/types.hpp>
#include "crypto/chacha20_poly1305.hpp"
#include "crypto/secret.hpp"

namespace rudp::crypto {

/// The ciphers of packets; the numbers are bits on the wire.
enum class Suite : std::uint8_t { chacha20_poly1305 = 0x1, aes256_gcm = 0x2 };

/// The suites that this machine offers, as a bit mask. ChaCha20-Poly1305 is
/// always among them, AES-256-GCM where the processor has instructions for it.
std::uint8_t supported_suites();

/// The suite that a server takes of those that both have: AES-256-GCM before
/// ChaCha20-Poly1305, for it is offered only where it is the faster one.
/// Unknown bits are ignored. Errors: no_common_suite.
Result<Suite> choose_suite(std::uint8_t ours, std::uint8_t theirs);

/// ts_{i+1} from ts_i: Noise REKEY (revision 34, section 4.2).
Secret<32> next_traffic_secret(const Secret<32>& traffic_secret);

/// The key that a suite uses of a traffic secret, one for each suite, so that none serves two ciphers: the
/// secret itself for ChaCha20-Poly1305, a hash of it for AES-256-GCM.
Secret<32> packet_secret(Suite suite, const Secret<32>& traffic_secret);

/// One AEAD key, ready for use. Associated data is the packet's header as sent before header
/// protection. The nonce is 4 zero bytes and the packet number, little-endian
/// for ChaCha20-Poly1305 and big-endian for AES-256-GCM.
class PacketKey {
 public:
  /// `key` is a packet_secret(). REQUIRES: the suite is one of supported_suites().
  PacketKey(Suite suite, const Secret<32>& key) noexcept;
  ~PacketKey() { wipe(state_); }
  PacketKey(const PacketKey&) = delete;
  PacketKey& operator=(const PacketKey&) = delete;
  PacketKey(PacketKey&& other) noexcept;
  PacketKey& operator=(PacketKey&& other) noexcept;

  /// Encrypts all but the last kTagBytes in place and writes the tag into those.
  /// REQUIRES: `number` was never used with this key.
  /// Errors: buffer_too_small (no room for the tag).
  Result<void> seal(std::uint64_t number, Bytes header, MutableBytes payload_and_tag) const;

  /// Checks and decrypts in place; returns the length of the payload, which
  /// starts where the ciphertext did.
  /// Errors: truncated (shorter than a tag), authentication_failed; the bytes
  /// are of no use afterwards.
  Result<std::size_t> open(std::uint64_t number, Bytes header, MutableBytes ciphertext_and_tag) const;

 private:
  /// An expanded AES-256-GCM key, or 32 bytes of a ChaCha20-Poly1305 key.
  alignas(16) std::array<std::uint8_t, 512> state_{};
  Suite suite_;
};

}  // namespace rudp::crypto
