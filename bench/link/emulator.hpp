// A link between two TUN devices: a queue, a rate, loss and a delay, as a path through the network has them.
//
// A packet waits in a drop-tail queue for its turn on the wire, takes its time there by its IP bytes, may
// then be lost, and arrives a delay later. What is lost has thus used the link, as it does on a radio: at 10
// % loss no sender can have more than 90 % of the rate. Packets stay in order.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <vector>

#include <rudp/types.hpp>

namespace bench {

/// Shares are out of a million.
struct LinkRules {
  std::uint64_t bits_per_second = 0;  ///< 0: no limit
  std::uint64_t queue_bytes = 0;      ///< with a limit only
  rudp::Duration delay{0};
  std::uint32_t loss_ppm = 0;         ///< of each packet on its own
  std::uint32_t burst_begin_ppm = 0;  ///< a packet begins a time in which all are lost ...
  std::uint32_t burst_end_ppm = 0;    ///< ... and a packet in it ends that time
  std::uint64_t seed = 1;
};

/// Whose packets: by the protocol in the IP header.
enum class Carrier : std::size_t { tcp, udp, other };
inline constexpr std::size_t kCarriers = 3;

/// IP bytes; written by the emulator and read by others meanwhile.
struct LinkCounters {
  std::array<std::atomic<std::uint64_t>, kCarriers> offered_bytes{}, delivered_bytes{};
  std::atomic<std::uint64_t> dropped{0}, lost{0};      ///< packets, by the queue and by the loss
  std::atomic<std::uint64_t> queued_us{0}, queued{0};  ///< time in the queue, summed, and how many packets
  std::atomic<std::uint64_t> late_us_max{0};           ///< behind the time when a packet was due

  std::uint64_t offered(Carrier carrier) const { return offered_bytes[static_cast<std::size_t>(carrier)]; }
};

/// One way. Not thread-safe.
class LinkDirection {
 public:
  /// Reads packets from one device and writes them to the other, without waiting for either.
  LinkDirection(int from, int to, const LinkRules& rules, LinkCounters& counters);
  LinkDirection(const LinkDirection&) = delete;
  LinkDirection& operator=(const LinkDirection&) = delete;

  /// Takes in what waits at the device.
  void receive(rudp::Instant now);
  /// Hands out what has arrived by now.
  void deliver(rudp::Instant now);
  /// When the next packet arrives; far away: none is on its way.
  rudp::Instant next_arrival() const;

 private:
  struct Packet {
    rudp::Instant arrives;
    std::vector<std::uint8_t> bytes;
  };
  void admit(rudp::Instant now, std::size_t size);
  bool is_lost();
  bool chance(std::uint32_t ppm);
  std::vector<std::uint8_t> take_buffer();

  int from_, to_;
  LinkRules rules_;
  LinkCounters& counters_;
  std::uint64_t random_;
  bool in_burst_ = false;
  rudp::Instant free_at_;  // when the wire has sent all that was admitted
  std::deque<Packet> under_way_;
  std::vector<std::vector<std::uint8_t>> spare_;
  std::vector<std::uint8_t> incoming_;
};

/// Carries packets both ways until the process is ended. It asks for the scheduler's first attention, since a
/// link does not wait for anybody's time slice.
[[noreturn]] void run_link(LinkDirection& there, LinkDirection& back, int device_there, int device_back);

}  // namespace bench
