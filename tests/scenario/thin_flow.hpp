// A game's or a talk's flow: small ordered messages at a steady pace; how late they are, and what they cost.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "duo.hpp"

namespace scenario {

struct ThinFlow {
  std::uint64_t seed = 1;
  LinkOptions path;            ///< of both directions
  TransportOptions transport;  ///< of the sender
  TransportOptions receiver_transport;
  int messages = 6'000;
  std::size_t message_bytes = 200;
  Duration interval = Duration(1'000'000'000 / 30);
};

struct ThinFlowFigures {
  Duration p50{0}, p99{0}, longest{0};        ///< from send to delivery, in order
  std::uint64_t forward_bytes_per_mille = 0;  ///< IP bytes put into the link for 1,000 bytes of payload
  std::size_t delivered = 0;
  bool well = false;
};

/// The message that is `index` away from the first; what follows the number is filler.
inline std::vector<std::uint8_t> numbered(std::uint32_t index, std::size_t bytes) {
  std::vector<std::uint8_t> message(bytes, 0x5a);
  for (int byte = 0; byte < 4; ++byte)
    message[static_cast<std::size_t>(byte)] = std::uint8_t(index >> (8 * byte));
  return message;
}

inline std::uint32_t number_in(Bytes message) {
  std::uint32_t index = 0;
  for (std::size_t byte = 4; byte-- > 0;) index = index << 8 | message[byte];
  return index;
}

/// Sends from the client to the server and waits until all has arrived.
inline ThinFlowFigures measure(const ThinFlow& flow) {
  Duo duo(flow.seed, flow.path, flow.transport, flow.receiver_transport);
  std::vector<Instant> sent;
  std::vector<Duration> delays;
  duo.world.on_event(duo.server, [&](const Event& event) {
    if (event.type == EventType::connected) duo.at_server.take(event);
    if (event.type == EventType::message)
      delays.push_back(duo.world.now() - sent[number_in(event.message.bytes)]);
  });
  ThinFlowFigures figures;
  if (!duo.connect()) return figures;
  duo.world.run_for(1s);
  const LinkStatistics& link = duo.world.link(duo.client, duo.server).statistics();
  const std::uint64_t bytes_before = link.offered_bytes;
  for (int index = 0; index < flow.messages; ++index) {
    sent.push_back(duo.world.now());
    if (!duo.say_bytes(numbered(static_cast<std::uint32_t>(index), flow.message_bytes))) return figures;
    duo.world.run_for(flow.interval);
  }
  duo.world.run_until([&] { return delays.size() == sent.size(); }, 30s);
  figures.well = duo.is_well() && delays.size() == sent.size();
  figures.delivered = delays.size();
  if (delays.empty()) return figures;
  const std::uint64_t payload = flow.message_bytes * sent.size();
  figures.forward_bytes_per_mille = (link.offered_bytes - bytes_before) * 1000 / payload;
  std::sort(delays.begin(), delays.end());
  figures.p50 = delays[delays.size() / 2];
  figures.p99 = delays[delays.size() * 99 / 100];
  figures.longest = delays.back();
  return figures;
}

}  // namespace scenario
