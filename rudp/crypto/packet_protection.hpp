// Everything that protects the packets of one connection: both directions, key phases, limits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

#include <rudp/error.hpp>
#include <rudp/types.hpp>
#include "crypto/header_protection.hpp"
#include "crypto/key_cache.hpp"
#include "crypto/noise_symmetric.hpp"
#include "crypto/packet_key.hpp"
#include "crypto/secret_slab.hpp"

namespace rudp::crypto {

/// How far a key may be used.
struct KeyLimits {
  /// A key update is due after so many packets sealed with one key.
  std::uint64_t update_after_packets = 0;
  /// Nothing is sealed beyond so many packets with one key.
  std::uint64_t sealed_packets_max = 0;
  /// The connection ends after so many packets that failed to open, over all keys.
  std::uint64_t forged_packets_max = 0;
};

/// AES-256-GCM stays confidential up to 2^23 packets a key (RFC 9001, appendix
/// B.1), half of which leaves time for the update. ChaCha20-Poly1305 has no such
/// limit below the packet numbers. 2^36 forgeries is the limit of RFC 9001,
/// section 6.6, for ChaCha20-Poly1305, and far below AES-GCM's 2^52.
KeyLimits key_limits(Suite suite);

/// Seals and opens the packets of one connection, in place and without
/// allocating; lives in a slot of a SecretSlab, together with make(). Its keys are expanded in a KeyCache.
///
/// Key phases follow RFC 9001, section 6. Either side may start an update after
/// the peer acknowledged a packet of the current phase; a peer's update is
/// noticed by its first packet that opens with the next key, and answered by
/// moving our own key too. The previous key stays for late packets until
/// forget_previous_key(), which is due 3 PTO after has_previous_key() turned true.
class PacketProtection {
 public:
  struct Keys {
    KeyPair traffic;  ///< NoiseHandshake::split()
    KeyPair header;   ///< NoiseHandshake::export_keys(kHeaderKeyLabel)
  };

  /// It lives in the slab of `cache`, as does the previous key during an update; the cache must outlive this.
  static SlabPtr<PacketProtection> make(KeyCache& cache, Role role, Suite suite, Keys keys);
  static SlabPtr<PacketProtection> make(KeyCache& cache, Role role, Suite suite, Keys keys, KeyLimits limits);

  PacketProtection(KeyCache& cache, Role role, Suite suite, Keys keys, KeyLimits limits) noexcept;
  PacketProtection(const PacketProtection&) = delete;
  PacketProtection& operator=(const PacketProtection&) = delete;

  Suite suite() const { return suite_; }

  /// The key phase bit for the header of the next packet.
  bool send_phase() const { return (send_generation_ & 1) != 0; }
  /// See PacketKey::seal. REQUIRES: numbers rise from call to call.
  /// Errors: buffer_too_small, limit_exceeded (key used up, no update possible), packet_numbers_exhausted.
  Result<void> seal(std::uint64_t number, Bytes header, MutableBytes payload_and_tag);

  /// See PacketKey::open. `key_phase` is the bit of the header.
  /// Errors: truncated, authentication_failed (drop the packet),
  /// integrity_limit (too many of those: close at once), protocol_violation (the
  /// peer updated its key before it could know that we have the last one).
  Result<std::size_t> open(std::uint64_t number, bool key_phase, Bytes header,
                           MutableBytes ciphertext_and_tag);

  HeaderMask send_mask(HeaderSample sample) const { return header_mask(send_header_key_, sample); }
  HeaderMask receive_mask(HeaderSample sample) const { return header_mask(receive_header_key_, sample); }

  /// Tells that the peer acknowledged our packet `number`.
  void on_acked(std::uint64_t number);
  /// Whether an update may start now, and whether the current key is used enough for one.
  bool may_update_key() const;
  bool is_key_update_due() const;
  /// Moves our sending key on. Errors: invalid_state (!may_update_key()).
  Result<void> initiate_key_update();
  /// How many updates our sending key went through, and the peer's packets.
  std::uint32_t send_generation() const { return send_generation_; }
  std::uint32_t receive_generation() const { return receive_generation_; }
  bool has_previous_key() const { return previous_receive_key_ != nullptr; }
  void forget_previous_key() { previous_receive_key_.reset(); }

  std::uint64_t forged_packets() const { return forged_packets_; }

 private:
  static constexpr std::uint64_t kNone = std::numeric_limits<std::uint64_t>::max();

  Result<std::size_t> open_with_current_key(std::uint64_t number, Bytes header,
                                            MutableBytes ciphertext_and_tag);
  bool belongs_to_previous_key(std::uint64_t number) const;
  Result<std::size_t> open_with_previous_key(std::uint64_t number, Bytes header,
                                             MutableBytes ciphertext_and_tag);
  Result<std::size_t> open_with_next_key(std::uint64_t number, Bytes header, MutableBytes ciphertext_and_tag);
  Result<std::size_t> counted(Result<std::size_t> opened);
  void move_send_key();
  void move_receive_key(RestingKey next, std::uint64_t number);

  KeyCache* cache_;
  RestingKey send_key_;
  RestingKey receive_key_;
  Secret<32> next_send_secret_;
  Secret<32> next_receive_secret_;
  Secret<32> send_header_key_;
  Secret<32> receive_header_key_;
  SlabPtr<RestingKey> previous_receive_key_;
  KeyLimits limits_;
  std::uint64_t sealed_packets_ = 0;                ///< with the current key
  std::uint64_t forged_packets_ = 0;                ///< with all keys
  std::uint64_t next_number_ = 0;                   ///< lowest that may still be sealed
  std::uint64_t first_sent_in_phase_ = kNone;       ///< number
  std::uint64_t lowest_received_in_phase_ = kNone;  ///< number
  std::uint32_t send_generation_ = 0;
  std::uint32_t receive_generation_ = 0;
  Suite suite_;
  bool phase_is_acked_ = false;
};

/// The label of the header protection keys (PROTOCOL.md, "Keys").
inline constexpr std::string_view kHeaderKeyLabel = "rudp/1 hp";

}  // namespace rudp::crypto
