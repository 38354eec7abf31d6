// What both sides tell each other inside the handshake messages.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include <rudp/error.hpp>
#include <rudp/types.hpp>

#include "base/connection_id.hpp"
#include "base/units.hpp"
#include "wire/version_list.hpp"
#include "wire/writer.hpp"

namespace rudp::wire {

/// The `id` of each parameter on the wire. 31 n + 27 stays free for grease.
enum class ParameterId : std::uint64_t {
  versions = 0x01,
  suites = 0x02,
  max_idle = 0x03,
  max_message = 0x04,
  initial_msg_data = 0x05,
  initial_data = 0x06,
  initial_stream_data = 0x07,
  max_streams = 0x08,
  max_channels = 0x09,
  max_ack_delay = 0x0a,
  min_ack_delay = 0x0b,
  max_udp_payload = 0x0c,
  active_cid_limit = 0x0d,
  data_cid_length = 0x0e,
  features = 0x0f,
  server_cid = 0x20,
  reset_token = 0x21,
  retry_used = 0x22,
  init_hash = 0x23,
  address_token = 0x24,
  chosen_version = 0x25,
  chosen_suite = 0x26,
};

/// Both sides' parameters. A field's initial value is what holds when its parameter is absent; each is
/// written only where it differs from that.
struct TransportParameters {
  // Both sides.
  VersionList versions;                           ///< most preferred first; empty: only the one in INIT
  std::uint64_t suites = 1;                       ///< suite_bit() of each suite offered, never 0
  std::uint64_t max_idle_ms = 30'000;             ///< 0: never; at most kMaxIdleMsMax
  std::uint64_t max_message_bytes = 16u << 20;    ///< the largest message this side accepts
  std::uint64_t initial_msg_data = 256u << 10;    ///< bytes of credit for reliable messages
  std::uint64_t initial_data = 256u << 10;        ///< bytes of credit for all streams
  std::uint64_t initial_stream_data = 64u << 10;  ///< bytes of credit for each stream
  std::uint64_t max_streams = 128;         ///< of each direction, opened by the peer; <= kMaxStreamsMax
  std::uint64_t max_channels = 1024;       ///< the peer may ever use, 1 to 65,536
  std::uint64_t max_ack_delay_ms = 25;     ///< below 2^14 (RFC 9000 18.2)
  std::uint64_t min_ack_delay_us = 1000;   ///< at most max_ack_delay
  std::uint64_t max_udp_payload = 65'527;  ///< bytes this side can receive, at least 1,200
  std::uint64_t active_cid_limit = 4;      ///< ids of the peer that this side remembers, at least 2
  std::uint8_t data_cid_length = 4;        ///< client only: of the ids in packets to it, 0, 4 or 8
  std::uint64_t features = 0;              ///< bits; unknown ones are ignored

  // Server only.
  std::optional<ConnectionId> server_cid;  ///< 8 bytes
  std::optional<std::array<std::uint8_t, 16>> reset_token;
  bool retry_used = false;
  std::optional<std::array<std::uint8_t, 32>> init_hash;
  std::optional<std::array<std::uint8_t, 40>> address_token;
  std::optional<std::uint32_t> chosen_version;
  std::optional<CipherSuite> chosen_suite;

  friend bool operator==(const TransportParameters&, const TransportParameters&) = default;
};

/// 49 days: keeps every time computed from it far from overflow.
inline constexpr std::uint64_t kMaxIdleMsMax = 0xffffffff;
inline constexpr std::uint64_t kMaxAckDelayMsMax = (1u << 14) - 1;
/// Every path carries this much (RFC 9000 14).
inline constexpr std::uint64_t kMaxUdpPayloadMin = 1200;
inline constexpr std::uint64_t kMaxStreamsMax = std::uint64_t{1} << 60;
inline constexpr std::uint64_t kMaxChannelsMax = 65'536;
inline constexpr std::uint64_t kActiveCidLimitMin = 2;
/// All parameters of one side, at their longest.
inline constexpr std::size_t kTransportParametersBytesMax = 512;
/// Parameters in one list, unknown ones included: bounds the search for duplicates.
inline constexpr std::size_t kParametersMax = 64;

/// Reads a list of (id v, length v, value) to its end; unknown ids are skipped.
/// Errors: truncated, malformed (a duplicate, a value out of its bounds or of another length).
Result<TransportParameters> parse_transport_parameters(Bytes bytes);

/// Appends all that differs from the initial values, ascending by id. False, with nothing written, when it
/// does not fit. REQUIRES: values inside the bounds stated above, min_ack_delay at most max_ack_delay.
bool write_transport_parameters(Writer& writer, const TransportParameters& parameters);

/// Appends one parameter that no receiver may know, with an id and a value made of `random`, so that peers
/// that choke on unknown ones are found early (RFC 9000 18.1). False when it does not fit.
bool write_grease_parameter(Writer& writer, std::uint64_t random);

}  // namespace rudp::wire
