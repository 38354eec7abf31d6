#include "crypto/packet_protection.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "base/units.hpp"

namespace rudp::crypto {
namespace {

Secret<32>& sending(KeyPair& keys, Role role) {
  return role == Role::initiator ? keys.initiator_to_responder : keys.responder_to_initiator;
}

Secret<32>& receiving(KeyPair& keys, Role role) { return sending(keys, peer_of(role)); }

}  // namespace

KeyLimits key_limits(Suite suite) {
  constexpr std::uint64_t kForgedPacketsMax = std::uint64_t{1} << 36;
  constexpr std::uint64_t kPacketNumbers = std::uint64_t{1} << 62;
  if (suite == Suite::aes256_gcm) return {std::uint64_t{1} << 22, std::uint64_t{1} << 23, kForgedPacketsMax};
  return {std::uint64_t{1} << 32, kPacketNumbers, kForgedPacketsMax};
}

SlabPtr<PacketProtection> PacketProtection::make(KeyCache& cache, Role role, Suite suite, Keys keys) {
  return make(cache, role, suite, std::move(keys), key_limits(suite));
}

SlabPtr<PacketProtection> PacketProtection::make(KeyCache& cache, Role role, Suite suite, Keys keys,
                                                 KeyLimits limits) {
  // There is one of these for each connection: it is to take the smallest slot.
  static_assert(sizeof(PacketProtection) <= kSecretSlotBytes.front());
  return make_in_slab<PacketProtection>(cache.slab(), cache, role, suite, std::move(keys), limits);
}

PacketProtection::PacketProtection(KeyCache& cache, Role role, Suite suite, Keys keys,
                                   KeyLimits limits) noexcept
    : cache_(&cache),
      send_key_(cache, suite, sending(keys.traffic, role)),
      receive_key_(cache, suite, receiving(keys.traffic, role)),
      next_send_secret_(next_traffic_secret(sending(keys.traffic, role))),
      next_receive_secret_(next_traffic_secret(receiving(keys.traffic, role))),
      send_header_key_(std::move(sending(keys.header, role))),
      receive_header_key_(std::move(receiving(keys.header, role))),
      limits_(limits),
      suite_(suite) {}

// --- out ---

Result<void> PacketProtection::seal(std::uint64_t number, Bytes header, MutableBytes payload_and_tag) {
  // A number sealed twice would give away the key's keystream.
  RUDP_ASSERT(number >= next_number_);
  if (number > kPacketNumberMax) return Error::packet_numbers_exhausted;
  if (sealed_packets_ >= limits_.sealed_packets_max) return Error::limit_exceeded;
  const Result<void> sealed = cache_->expanded(suite_, send_key_).seal(number, header, payload_and_tag);
  if (!sealed) return sealed.error();
  ++sealed_packets_;
  next_number_ = number + 1;
  first_sent_in_phase_ = std::min(first_sent_in_phase_, number);
  return {};
}

// --- in ---

Result<std::size_t> PacketProtection::open(std::uint64_t number, bool key_phase, Bytes header,
                                           MutableBytes ciphertext_and_tag) {
  if (forged_packets_ >= limits_.forged_packets_max) return Error::integrity_limit;
  const bool is_current_phase = key_phase == ((receive_generation_ & 1) != 0);
  if (is_current_phase) return open_with_current_key(number, header, ciphertext_and_tag);
  if (belongs_to_previous_key(number)) return open_with_previous_key(number, header, ciphertext_and_tag);
  return open_with_next_key(number, header, ciphertext_and_tag);
}

Result<std::size_t> PacketProtection::open_with_current_key(std::uint64_t number, Bytes header,
                                                            MutableBytes ciphertext_and_tag) {
  const Result<std::size_t> opened =
      cache_->expanded(suite_, receive_key_).open(number, header, ciphertext_and_tag);
  if (opened) lowest_received_in_phase_ = std::min(lowest_received_in_phase_, number);
  return counted(opened);
}

// Numbers never restart, so what is below the first packet of this phase was
// sealed before it (RFC 9001, section 6.5).
bool PacketProtection::belongs_to_previous_key(std::uint64_t number) const {
  return receive_generation_ > 0 && number < lowest_received_in_phase_;
}

Result<std::size_t> PacketProtection::open_with_previous_key(std::uint64_t number, Bytes header,
                                                             MutableBytes ciphertext_and_tag) {
  // Too late rather than forged: no key was tried, so nothing is counted.
  if (!previous_receive_key_) return Error::authentication_failed;
  return counted(cache_->expanded(suite_, *previous_receive_key_).open(number, header, ciphertext_and_tag));
}

Result<std::size_t> PacketProtection::open_with_next_key(std::uint64_t number, Bytes header,
                                                         MutableBytes ciphertext_and_tag) {
  RestingKey next(*cache_, suite_, next_receive_secret_);
  const Result<std::size_t> opened =
      counted(cache_->expanded(suite_, next).open(number, header, ciphertext_and_tag));
  if (!opened) return opened;
  const bool is_peers_update = receive_generation_ == send_generation_;
  // The peer may only move on after our acknowledgement in this phase reached
  // it, and we sent nothing in this phase yet (RFC 9001, section 6.2).
  if (is_peers_update && first_sent_in_phase_ == kNone) return Error::protocol_violation;
  move_receive_key(std::move(next), number);
  if (is_peers_update) move_send_key();
  return opened;
}

Result<std::size_t> PacketProtection::counted(Result<std::size_t> opened) {
  if (opened || opened.error() != Error::authentication_failed) return opened;
  if (++forged_packets_ >= limits_.forged_packets_max) return Error::integrity_limit;
  return opened;
}

// --- key update ---

void PacketProtection::on_acked(std::uint64_t number) {
  if (first_sent_in_phase_ != kNone && number >= first_sent_in_phase_) phase_is_acked_ = true;
}

// One bit tells the phases apart, so an update waits until the last one is over
// on both sides and its late packets are no longer expected.
bool PacketProtection::may_update_key() const {
  return phase_is_acked_ && receive_generation_ == send_generation_ && !has_previous_key();
}

bool PacketProtection::is_key_update_due() const {
  return sealed_packets_ >= limits_.update_after_packets && may_update_key();
}

Result<void> PacketProtection::initiate_key_update() {
  if (!may_update_key()) return Error::invalid_state;
  move_send_key();
  return {};
}

void PacketProtection::move_send_key() {
  send_key_ = RestingKey(*cache_, suite_, next_send_secret_);
  next_send_secret_ = next_traffic_secret(next_send_secret_);
  sealed_packets_ = 0;
  first_sent_in_phase_ = kNone;
  phase_is_acked_ = false;
  ++send_generation_;
}

void PacketProtection::move_receive_key(RestingKey next, std::uint64_t number) {
  if (previous_receive_key_) {
    *previous_receive_key_ = std::move(receive_key_);
  } else {
    previous_receive_key_ = make_in_slab<RestingKey>(cache_->slab(), std::move(receive_key_));
  }
  receive_key_ = std::move(next);
  next_receive_secret_ = next_traffic_secret(next_receive_secret_);
  lowest_received_in_phase_ = number;
  ++receive_generation_;
}

}  // namespace rudp::crypto
