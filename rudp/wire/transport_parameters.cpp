#include "wire/transport_parameters.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "wire/reader.hpp"

namespace rudp::wire {

namespace {

/// Empty: the parameter is good.
using Refusal = std::optional<Error>;

constexpr std::uint64_t kUsPerMs = 1000;
constexpr std::uint64_t kGreaseStep = 31;
constexpr std::uint64_t kGreaseFirst = 27;
constexpr std::size_t kVersionBytes = 4;

/// The parameters whose value is one varint, ascending by id as they are written.
struct IntegerParameter {
  ParameterId id;
  std::uint64_t TransportParameters::*field;
  std::uint64_t min;
  std::uint64_t max;
};
constexpr IntegerParameter kIntegerParameters[] = {
    {ParameterId::suites, &TransportParameters::suites, 1, kVarintMax},
    {ParameterId::max_idle, &TransportParameters::max_idle_ms, 0, kMaxIdleMsMax},
    {ParameterId::max_message, &TransportParameters::max_message_bytes, 0, kVarintMax},
    {ParameterId::initial_msg_data, &TransportParameters::initial_msg_data, 0, kVarintMax},
    {ParameterId::initial_data, &TransportParameters::initial_data, 0, kVarintMax},
    {ParameterId::initial_stream_data, &TransportParameters::initial_stream_data, 0, kVarintMax},
    {ParameterId::max_streams, &TransportParameters::max_streams, 0, kMaxStreamsMax},
    {ParameterId::max_channels, &TransportParameters::max_channels, 1, kMaxChannelsMax},
    {ParameterId::max_ack_delay, &TransportParameters::max_ack_delay_ms, 0, kMaxAckDelayMsMax},
    {ParameterId::min_ack_delay, &TransportParameters::min_ack_delay_us, 0, kMaxAckDelayMsMax* kUsPerMs},
    {ParameterId::max_udp_payload, &TransportParameters::max_udp_payload, kMaxUdpPayloadMin, kVarintMax},
    {ParameterId::active_cid_limit, &TransportParameters::active_cid_limit, kActiveCidLimitMin, kVarintMax},
    {ParameterId::features, &TransportParameters::features, 0, kVarintMax},
};

bool is_cid_length(std::uint8_t length) { return length == 0 || length == 4 || length == 8; }

Refusal read_integer(const IntegerParameter& integer, Bytes value, TransportParameters& parameters) {
  Reader reader(value);
  const std::uint64_t number = reader.varint();
  if (!reader.ok() || !reader.at_end()) return Error::malformed;
  if (number < integer.min || number > integer.max) return Error::malformed;
  parameters.*integer.field = number;
  return {};
}

Refusal read_versions(Bytes value, TransportParameters& parameters) {
  if (value.empty() || value.size() % kVersionBytes != 0) return Error::malformed;
  if (value.size() > VersionList::kMax * kVersionBytes) return Error::malformed;
  for (Reader reader(value); !reader.at_end();) parameters.versions.push_back(reader.u32());
  return {};
}

Refusal read_data_cid_length(Bytes value, TransportParameters& parameters) {
  if (value.size() != 1 || !is_cid_length(value[0])) return Error::malformed;
  parameters.data_cid_length = value[0];
  return {};
}

Refusal read_server_cid(Bytes value, TransportParameters& parameters) {
  if (value.size() != ConnectionId::kBytesMax) return Error::malformed;
  parameters.server_cid = ConnectionId(value);
  return {};
}

Refusal read_retry_used(Bytes value, TransportParameters& parameters) {
  if (!value.empty()) return Error::malformed;
  parameters.retry_used = true;
  return {};
}

Refusal read_chosen_version(Bytes value, TransportParameters& parameters) {
  if (value.size() != kVersionBytes) return Error::malformed;
  parameters.chosen_version = Reader(value).u32();
  return {};
}

Refusal read_chosen_suite(Bytes value, TransportParameters& parameters) {
  if (value.size() != 1 || value[0] > static_cast<std::uint8_t>(CipherSuite::aes256_gcm))
    return Error::malformed;
  parameters.chosen_suite = static_cast<CipherSuite>(value[0]);
  return {};
}

template <std::size_t N>
Refusal read_array(Bytes value, std::optional<std::array<std::uint8_t, N>>& field) {
  if (value.size() != N) return Error::malformed;
  field = Reader(value).array<N>();
  return {};
}

Refusal read_parameter(std::uint64_t id, Bytes value, TransportParameters& parameters) {
  for (const IntegerParameter& integer : kIntegerParameters) {
    if (id == static_cast<std::uint64_t>(integer.id)) return read_integer(integer, value, parameters);
  }
  switch (static_cast<ParameterId>(id)) {
    case ParameterId::versions:
      return read_versions(value, parameters);
    case ParameterId::data_cid_length:
      return read_data_cid_length(value, parameters);
    case ParameterId::server_cid:
      return read_server_cid(value, parameters);
    case ParameterId::reset_token:
      return read_array(value, parameters.reset_token);
    case ParameterId::retry_used:
      return read_retry_used(value, parameters);
    case ParameterId::init_hash:
      return read_array(value, parameters.init_hash);
    case ParameterId::address_token:
      return read_array(value, parameters.address_token);
    case ParameterId::chosen_version:
      return read_chosen_version(value, parameters);
    case ParameterId::chosen_suite:
      return read_chosen_suite(value, parameters);
    default:
      return {};
  }
}

/// The ids met so far, unknown ones too.
class SeenIds {
 public:
  /// False for an id met before, and when there are too many.
  bool add(std::uint64_t id) {
    const auto end = ids_.begin() + static_cast<std::ptrdiff_t>(size_);
    if (size_ == ids_.size() || std::find(ids_.begin(), end, id) != end) return false;
    ids_[size_++] = id;
    return true;
  }

 private:
  std::array<std::uint64_t, kParametersMax> ids_{};
  std::size_t size_ = 0;
};

void write_opening(Writer& writer, ParameterId id, std::size_t length) {
  writer.varint(static_cast<std::uint64_t>(id));
  writer.varint(length);
}

void write_integers(Writer& writer, const TransportParameters& parameters) {
  const TransportParameters initial;
  for (const IntegerParameter& integer : kIntegerParameters) {
    const std::uint64_t number = parameters.*integer.field;
    RUDP_ASSERT(number >= integer.min && number <= integer.max);
    if (number == initial.*integer.field) continue;
    write_opening(writer, integer.id, varint_bytes(number));
    writer.varint(number);
  }
}

void write_versions(Writer& writer, const VersionList& versions) {
  if (versions.empty()) return;
  write_opening(writer, ParameterId::versions, versions.size() * kVersionBytes);
  for (const std::uint32_t version : versions) writer.u32(version);
}

void write_data_cid_length(Writer& writer, std::uint8_t length) {
  RUDP_ASSERT(is_cid_length(length));
  if (length == TransportParameters().data_cid_length) return;
  write_opening(writer, ParameterId::data_cid_length, 1);
  writer.u8(length);
}

template <std::size_t N>
void write_array(Writer& writer, ParameterId id, const std::optional<std::array<std::uint8_t, N>>& value) {
  if (!value) return;
  write_opening(writer, id, N);
  writer.bytes(*value);
}

void write_server_cid(Writer& writer, const std::optional<ConnectionId>& server_cid) {
  if (!server_cid) return;
  RUDP_ASSERT(server_cid->size() == ConnectionId::kBytesMax);
  write_opening(writer, ParameterId::server_cid, server_cid->size());
  writer.bytes(server_cid->bytes());
}

void write_choice(Writer& writer, const TransportParameters& parameters) {
  if (parameters.chosen_version) {
    write_opening(writer, ParameterId::chosen_version, kVersionBytes);
    writer.u32(*parameters.chosen_version);
  }
  if (parameters.chosen_suite) {
    write_opening(writer, ParameterId::chosen_suite, 1);
    writer.u8(static_cast<std::uint8_t>(*parameters.chosen_suite));
  }
}

}  // namespace

Result<TransportParameters> parse_transport_parameters(Bytes bytes) {
  TransportParameters parameters;
  SeenIds seen;
  for (Reader reader(bytes); !reader.at_end();) {
    const std::uint64_t id = reader.varint();
    const Bytes value = reader.bytes(reader.varint());
    if (!reader.ok()) return Error::truncated;
    if (!seen.add(id)) return Error::malformed;
    const Refusal refusal = read_parameter(id, value, parameters);
    if (refusal) return *refusal;
  }
  if (parameters.min_ack_delay_us > parameters.max_ack_delay_ms * kUsPerMs) return Error::malformed;
  return parameters;
}

bool write_transport_parameters(Writer& writer, const TransportParameters& parameters) {
  const std::size_t start = writer.size();
  write_versions(writer, parameters.versions);
  write_integers(writer, parameters);
  write_data_cid_length(writer, parameters.data_cid_length);
  write_server_cid(writer, parameters.server_cid);
  write_array(writer, ParameterId::reset_token, parameters.reset_token);
  if (parameters.retry_used) write_opening(writer, ParameterId::retry_used, 0);
  write_array(writer, ParameterId::init_hash, parameters.init_hash);
  write_array(writer, ParameterId::address_token, parameters.address_token);
  write_choice(writer, parameters);
  return writer.commit(start);
}

bool write_grease_parameter(Writer& writer, std::uint64_t random) {
  const std::size_t start = writer.size();
  const std::uint64_t id = kGreaseFirst + kGreaseStep * (random >> 40);
  const std::size_t length = random & 7;
  writer.varint(id);
  writer.varint(length);
  writer.integer(random >> 3, length);
  return writer.commit(start);
}

}  // namespace rudp::wire
