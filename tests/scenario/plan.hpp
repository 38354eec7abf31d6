// What one seed stands for: who is there, what the links do, and what is said.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <rudp/config.hpp>
#include <rudp/sim.hpp>
#include <rudp/types.hpp>

namespace scenario {

using rudp::ChannelId;
using rudp::Delivery;
using rudp::Duration;

struct PlannedMessage {
  Duration after_connected{0};
  ChannelId channel = 0;
  Delivery delivery = Delivery::reliable_ordered;
  std::uint8_t priority = 4;
  std::optional<Duration> deadline;
  bool receipt = false;
  std::uint64_t content_seed = 0;
  std::size_t bytes = 0;
};

/// How the opener's half of a stream ends.
enum class StreamEnd : std::uint8_t {
  fin,      ///< all of it arrives, and all of the answer
  reset,    ///< given up by its writer after some bytes: nothing is promised but an end
  stopped,  ///< given up by its reader after some bytes
};

struct PlannedStream {
  Duration after_connected{0};
  rudp::StreamDirection direction = rudp::StreamDirection::bidirectional;
  std::uint8_t priority = 4;
  std::size_t bytes = 0;
  std::size_t answer_bytes = 0;  ///< of a bidirectional one: what the peer writes when it knows the stream
  StreamEnd end = StreamEnd::fin;
  std::size_t end_after = 0;  ///< bytes, at most `bytes`
  std::uint64_t content_seed = 0;
};

/// The NAT of a client gives it another port, or another address.
struct PlannedRebind {
  Duration at{0};  ///< of the world's time
  bool same_ip = true;
};

/// A clock jumps, forwards or back.
struct PlannedJump {
  Duration at{0};  ///< of the world's time
  Duration by{0};
};

enum class Ending : std::uint8_t {
  drained_by_client,  ///< close after all was received; everything must arrive
  drained_by_server,
  abrupt,  ///< close_now by the client at any time: nothing is promised but an end
};

struct ClientPlan {
  Duration starts_at{0};
  bool pins_server_key = true;
  rudp::EndpointConfig config;
  rudp::sim::LinkOptions to_server;
  rudp::sim::LinkOptions to_client;
  std::vector<PlannedMessage> from_client;       ///< by time
  std::vector<PlannedMessage> from_server;       ///< by time
  std::vector<PlannedStream> streams_of_client;  ///< opened by it, by time
  std::vector<PlannedStream> streams_of_server;
  std::vector<PlannedRebind> rebinds;
  std::vector<PlannedJump> jumps;
  Ending ending = Ending::drained_by_client;
  Duration abrupt_after{0};
};

struct Plan {
  std::uint64_t seed = 0;
  bool extreme = false;  ///< every fault at its maximum
  /// From here on links do nothing wrong, and nobody moves; what was promised must arrive soon.
  Duration faults_stop{0};
  rudp::EndpointConfig server;
  std::vector<PlannedJump> server_jumps;
  std::vector<ClientPlan> clients;
};

/// The same plan for the same seed, on every machine.
Plan draw_plan(std::uint64_t seed);
/// One line for a failure report.
std::string describe(const Plan& plan);
/// The bytes of a planned message.
std::vector<std::uint8_t> content_of(const PlannedMessage& message);
/// When, after it is connected, a side begins the last thing that it says.
Duration last_word(const std::vector<PlannedMessage>& talk, const std::vector<PlannedStream>& streams);

}  // namespace scenario
