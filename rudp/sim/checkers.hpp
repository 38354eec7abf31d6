// The built-in checkers: what must hold in every world, whatever the application does.
#pragma once

#include <array>
#include <compare>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <rudp/sim.hpp>

#include "sim/peer_finder.hpp"

namespace rudp::sim {

/// Every message arrives unaltered, at most once, and in the order of its kind, and a receipt says
/// `delivered` only of what arrived. The two ends of a connection are matched by their handshake hash.
class DeliveryChecker final : public Checker {
 public:
  std::string_view name() const override { return "delivery"; }
  Violation on_connect(const World&, NodeId, ConnectionHandle, const Address&) override;
  Violation on_send(const World&, const SendSeen&) override;
  Violation on_event(const World&, NodeId, const Event&) override;
  void on_crash(NodeId) override;
  Violation on_settled(const World&, NodeId) override;
  const DeliveryReport& report() const { return report_; }

 private:
  struct Sent {
    std::uint64_t content;
    MessageId id;
    bool may_expire;
    bool wants_proof;  ///< its receipt can be checked against its arrival
  };
  /// What was sent on one channel in one kind of delivery.
  struct Log {
    std::vector<Sent> sent;                                        ///< ordered and latest: in order
    std::size_t cursor = 0;                                        ///< the first that may still arrive
    std::unordered_map<std::uint64_t, std::vector<Sent>> pending;  ///< other kinds, by content
  };
  struct Side {
    std::map<std::pair<ChannelId, Delivery>, Log> logs;
    std::unordered_set<MessageId> unproven;  ///< want a receipt and have not arrived
  };

  Violation on_message(const SideKey&, const Message&);
  Violation on_receipt(const World&, const SideKey&, const Event&) const;
  void count_delivered(const Message&, const Sent&);
  static std::optional<Sent> take(Log&, Delivery, std::uint64_t content);
  static std::optional<Sent> take_ordered(Log&, std::uint64_t content);
  static std::optional<Sent> take_latest(Log&, std::uint64_t content);
  static std::optional<Sent> take_any(Log&, std::uint64_t content);

  PeerFinder peers_;
  std::map<SideKey, Side> sides_;
  DeliveryReport report_;
};

/// What is read of a stream is what was written to it, from the first byte on, and it ends where its writer
/// ended it.
class StreamChecker final : public Checker {
 public:
  std::string_view name() const override { return "streams"; }
  Violation on_connect(const World&, NodeId, ConnectionHandle, const Address&) override;
  Violation on_event(const World&, NodeId, const Event&) override;
  Violation on_stream_write(const World&, const StreamSeen&) override;
  Violation on_stream_read(const World&, const StreamSeen&) override;
  void on_crash(NodeId) override;
  Violation on_settled(const World&, NodeId) override;
  const StreamReport& report() const { return report_; }

 private:
  struct Written {
    std::vector<std::uint8_t> bytes;  ///< those from some offset on
    std::size_t read = 0;             ///< how many of them the peer has read
    bool has_ended = false;
  };

  PeerFinder peers_;
  std::map<SideKey, std::map<StreamId, Written>> written_;
  StreamReport report_;
};

/// At most three times what came from an address is sent to it before it is
/// validated (RFC 9000 section 8.1). Validated is what the node itself connects to, what a
/// connection was confirmed from, and where one has moved.
class AmplificationChecker final : public Checker {
 public:
  std::string_view name() const override { return "amplification"; }
  Violation on_connect(const World&, NodeId, ConnectionHandle, const Address&) override;
  Violation on_migrate(const World&, NodeId, ConnectionHandle, const Address&) override;
  Violation on_event(const World&, NodeId, const Event&) override;
  Violation on_datagram_sent(const World&, NodeId, const Datagram&) override;
  Violation on_datagram_received(const World&, NodeId, const Datagram&) override;
  void on_crash(NodeId node) override;

 private:
  struct Tally {
    std::uint64_t sent = 0, received = 0;
    bool validated = false;
  };
  bool has_moved_to(const World&, NodeId, const Address&) const;

  std::map<std::pair<NodeId, Address>, Tally> tallies_;
  std::set<SideKey> open_;
};

/// Nothing but a probe is sent while it would exceed the congestion window (RFC 9002 section 7).
class WindowChecker final : public Checker {
 public:
  std::string_view name() const override { return "window"; }
  Violation on_trace(NodeId, const TraceEvent&) override;
  void on_crash(NodeId node) override { forget_node(flights_, node); }

 private:
  struct Flight {
    std::optional<std::uint64_t> window_bytes;
    std::uint64_t in_flight_bytes = 0;
    std::uint64_t probes = 0;  ///< packets that may exceed the window
  };
  static Violation on_packet_sent(Flight&, const TraceEvent&);

  std::map<SideKey, Flight> flights_;
};

/// No packet number is used twice, so that no nonce is (RFC 9001 section 5.3); none is accepted twice; none
/// is acknowledged that was not sent.
class NumbersChecker final : public Checker {
 public:
  std::string_view name() const override { return "numbers"; }
  Violation on_trace(NodeId, const TraceEvent&) override;
  void on_crash(NodeId node) override { forget_node(numbers_, node); }

 private:
  struct Numbers {
    std::optional<std::uint64_t> last_sent;
    std::map<std::uint64_t, std::uint64_t>
        received;  ///< ranges: first to last, neither touching nor overlapping
  };
  /// False: it was there before.
  static bool add(std::map<std::uint64_t, std::uint64_t>& ranges, std::uint64_t number);

  std::map<SideKey, Numbers> numbers_;
};

}  // namespace rudp::sim
