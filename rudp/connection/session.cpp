#include "connection/session.hpp"

#include <algorithm>
#include <chrono>
#include <limits>

#include "wire/packet_header.hpp"

namespace rudp::connection {
namespace {

template <class Unit>
std::uint64_t count(Duration duration) {
  return static_cast<std::uint64_t>(
      std::max<std::int64_t>(0, std::chrono::duration_cast<Unit>(duration).count()));
}

/// Both are bounded where they are read.
static_assert(wire::kMaxIdleMsMax <= std::numeric_limits<std::uint32_t>::max());
static_assert(wire::kMaxAckDelayMsMax <= std::numeric_limits<std::uint16_t>::max());

}  // namespace

PeerLimits::PeerLimits(const wire::TransportParameters& parameters)
    : max_message_bytes(parameters.max_message_bytes),
      initial_data(parameters.initial_data),
      initial_stream_data(parameters.initial_stream_data),
      max_streams(parameters.max_streams),
      max_idle_ms(static_cast<std::uint32_t>(parameters.max_idle_ms)),
      max_ack_delay_ms(static_cast<std::uint16_t>(parameters.max_ack_delay_ms)),
      max_udp_payload(static_cast<std::uint16_t>(
          std::min<std::uint64_t>(parameters.max_udp_payload, std::numeric_limits<std::uint16_t>::max()))),
      address_token(parameters.address_token) {}

bool takes_back(const wire::TransportParameters& before, const wire::TransportParameters& now) {
  return now.max_message_bytes < before.max_message_bytes || now.initial_msg_data < before.initial_msg_data ||
         now.max_channels < before.max_channels || now.initial_data < before.initial_data ||
         now.initial_stream_data < before.initial_stream_data || now.max_streams < before.max_streams;
}

void take_keys(Environment& environment, const crypto::NoiseHandshake& noise, crypto::Role role,
               Session& session) {
  const auto suite = static_cast<crypto::Suite>(suite_bit(session.suite));
  crypto::KeyLimits limits = crypto::key_limits(suite);
  const std::uint64_t update_after = environment.config.transport.key_update_packets;
  if (update_after != 0) limits.update_after_packets = std::min(limits.update_after_packets, update_after);
  session.protection = crypto::PacketProtection::make(
      environment.keys, role, suite, {noise.split(), noise.export_keys(crypto::kHeaderKeyLabel)}, limits);
  session.handshake_hash = noise.handshake_hash();
  session.peer_key = noise.remote_static();
}

std::array<crypto::Secret<32>, 1> psks_of(const PreSharedKey& key) {
  std::array<crypto::Secret<32>, 1> psks;
  if (key) psks[0] = crypto::Secret<32>(key.bytes().first<32>());
  return psks;
}

std::uint8_t offered_suites(const TransportOptions& options) {
  if (!options.only_cipher) return crypto::supported_suites();
  return static_cast<std::uint8_t>(crypto::supported_suites() & suite_bit(*options.only_cipher));
}

wire::TransportParameters to_parameters(const TransportOptions& options) {
  wire::TransportParameters parameters;
  parameters.versions = {wire::kVersion1};
  parameters.suites = offered_suites(options);
  parameters.max_idle_ms = count<std::chrono::milliseconds>(options.max_idle);
  parameters.max_message_bytes = options.max_message_bytes;
  parameters.initial_msg_data = options.initial_message_credit_bytes;
  parameters.max_channels = options.max_channels;
  parameters.max_ack_delay_ms = count<std::chrono::milliseconds>(options.max_ack_delay);
  parameters.initial_data = options.initial_data_bytes;
  parameters.initial_stream_data = options.initial_stream_data_bytes;
  parameters.max_streams = options.max_streams;
  return parameters;
}

}  // namespace rudp::connection
