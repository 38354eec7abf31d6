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

crypto::SlabPtr<crypto::PacketProtection> make_protection(crypto::SecretSlab& secrets,
                                                          const crypto::NoiseHandshake& noise,
                                                          crypto::Role role, CipherSuite suite) {
  return crypto::PacketProtection::make(secrets, role, static_cast<crypto::Suite>(suite_bit(suite)),
                                        {noise.split(), noise.export_keys(crypto::kHeaderKeyLabel)});
}

wire::TransportParameters to_parameters(const TransportOptions& options) {
  wire::TransportParameters parameters;
  parameters.versions = {wire::kVersion1};
  parameters.suites = crypto::supported_suites();
  parameters.max_idle_ms = count<std::chrono::milliseconds>(options.max_idle);
  parameters.max_message_bytes = options.max_message_bytes;
  parameters.initial_msg_data = options.initial_message_credit_bytes;
  parameters.max_channels = options.max_channels;
  parameters.max_ack_delay_ms = count<std::chrono::milliseconds>(options.max_ack_delay);
  // Streams are not offered yet: a peer that opens one breaks its limit.
  parameters.max_streams = 0;
  return parameters;
}

}  // namespace rudp::connection
