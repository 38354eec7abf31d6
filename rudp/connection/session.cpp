#include "connection/session.hpp"

#include <algorithm>
#include <chrono>

#include "wire/packet_header.hpp"

namespace rudp::connection {
namespace {

template <class Unit>
std::uint64_t count(Duration duration) {
  return static_cast<std::uint64_t>(
      std::max<std::int64_t>(0, std::chrono::duration_cast<Unit>(duration).count()));
}

}  // namespace

void take_keys(Environment& environment, const crypto::NoiseHandshake& noise, crypto::Role role,
               Session& session) {
  const auto suite = static_cast<crypto::Suite>(suite_bit(session.suite));
  crypto::KeyLimits limits = crypto::key_limits(suite);
  const std::uint64_t update_after = environment.config.transport.key_update_packets;
  if (update_after != 0) limits.update_after_packets = std::min(limits.update_after_packets, update_after);
  session.protection =
      crypto::PacketProtection::make(environment.secrets, role, suite,
                                     {noise.split(), noise.export_keys(crypto::kHeaderKeyLabel)}, limits);
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
