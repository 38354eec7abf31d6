// Any parameter list: what is accepted must come back equal from its canonical form.
#include <cstdint>
#include <vector>

#include "base/assert.hpp"
#include "wire/transport_parameters.hpp"

namespace {

using namespace rudp;
using namespace rudp::wire;

using Buffer = std::vector<std::uint8_t>;

Buffer written(const TransportParameters& parameters) {
  Buffer buffer(kTransportParametersBytesMax);
  Writer writer{MutableBytes(buffer)};
  RUDP_ASSERT(write_transport_parameters(writer, parameters));
  RUDP_ASSERT(write_grease_parameter(writer, parameters.features));
  buffer.resize(writer.size());
  return buffer;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto parameters = parse_transport_parameters(Bytes(data, size));
  if (!parameters) return 0;
  RUDP_ASSERT(parameters->min_ack_delay_us <= parameters->max_ack_delay_ms * 1000);
  const auto again = parse_transport_parameters(written(*parameters));
  RUDP_ASSERT(again.has_value() && *again == *parameters);
  return 0;
}
