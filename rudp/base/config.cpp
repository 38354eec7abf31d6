#include <rudp/config.hpp>

#include <string>

namespace rudp {
namespace {

using std::chrono::milliseconds;

/// The first field outside its range, if any.
class RangeCheck {
 public:
  void bytes(std::string_view field, std::uint64_t value, std::uint64_t least, std::uint64_t most) {
    if (value >= least && value <= most) return;
    report(field, std::to_string(value), std::to_string(least) + " to " + std::to_string(most));
  }

  void time(std::string_view field, Duration value, Duration least, Duration most) {
    if (value >= least && value <= most) return;
    report(field, in_ms(value), in_ms(least) + " to " + in_ms(most));
  }

  void that(std::string_view field, bool holds, std::string_view rule) {
    if (!holds && what_.empty()) what_ = std::string(field) + ": " + std::string(rule);
  }

  Result<void, Failure> result() const {
    if (what_.empty()) return {};
    return Failure(Error::invalid_config, what_);
  }

 private:
  static std::string in_ms(Duration value) {
    return std::to_string(std::chrono::duration_cast<milliseconds>(value).count()) + " ms";
  }
  void report(std::string_view field, const std::string& value, const std::string& range) {
    if (what_.empty()) what_ = std::string(field) + ": " + value + ", must be " + range;
  }

  std::string what_;
};

void check(RangeCheck& range, const TransportOptions& transport) {
  range.time("transport.max_idle", transport.max_idle, milliseconds(1000), milliseconds(600'000));
  range.time("transport.keep_alive", transport.keep_alive, milliseconds(0),
             transport.max_idle - milliseconds(1));
  range.time("transport.handshake_timeout", transport.handshake_timeout, milliseconds(1000),
             milliseconds(600'000));
  range.time("transport.max_ack_delay", transport.max_ack_delay, milliseconds(1), milliseconds(1000));
  range.bytes("transport.max_message_bytes", transport.max_message_bytes, 1u << 10, 1u << 30);
  range.bytes("transport.initial_message_credit_bytes", transport.initial_message_credit_bytes, 16u << 10,
              64u << 20);
  range.bytes("transport.send_queue_bytes", transport.send_queue_bytes, 4u << 10, 1u << 30);
  range.bytes("transport.max_channels", transport.max_channels, 1, 65'536);
  if (transport.key_update_packets != 0)
    range.bytes("transport.key_update_packets", transport.key_update_packets, 16, std::uint64_t{1} << 32);
  range.bytes("transport.initial_data_bytes", transport.initial_data_bytes, 16u << 10, 64u << 20);
  range.bytes("transport.initial_stream_data_bytes", transport.initial_stream_data_bytes, 4u << 10,
              64u << 20);
  range.bytes("transport.max_stream_window_bytes", transport.max_stream_window_bytes,
              transport.initial_data_bytes, 1u << 30);
  range.bytes("transport.max_streams", transport.max_streams, 0, 65'536);
  range.bytes("transport.max_datagram_bytes", transport.max_datagram_bytes, 1200, 1472);
}

}  // namespace

Result<void, Failure> EndpointConfig::validate() const {
  RangeCheck range;
  range.that("identity", !accept || identity, "an endpoint that accepts connections needs a key");
  check(range, transport);
  range.bytes("max_connections", max_connections, 1, 1'000'000);
  range.bytes("max_half_open", max_half_open, 1, 100'000);
  range.that("message_budget_bytes", message_budget_bytes >= transport.max_message_bytes + 64,
             "less than transport.max_message_bytes + 64, so that the largest message could never start");
  range.bytes("cookie_free_handshakes_per_second", cookie_free_handshakes_per_second, 0, 100'000);
  range.bytes("source_handshakes_per_second", source_handshakes_per_second, 1, 100'000);
  range.bytes("source_handshakes_burst", source_handshakes_burst, 1, 100'000);
  return range.result();
}

}  // namespace rudp
