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
  std::vector<PlannedMessage> from_client;  ///< by time
  std::vector<PlannedMessage> from_server;  ///< by time
  Ending ending = Ending::drained_by_client;
  Duration abrupt_after{0};
};

struct Plan {
  std::uint64_t seed = 0;
  bool extreme = false;  ///< every fault at its maximum
  rudp::EndpointConfig server;
  std::vector<ClientPlan> clients;
};

/// The same plan for the same seed, on every machine.
Plan draw_plan(std::uint64_t seed);
/// One line for a failure report.
std::string describe(const Plan& plan);
/// The bytes of a planned message.
std::vector<std::uint8_t> content_of(const PlannedMessage& message);

}  // namespace scenario
