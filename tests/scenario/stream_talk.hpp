// The streams of one side of a planned connection, as its application drives them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include <rudp/sim.hpp>

#include "plan.hpp"

namespace scenario {

/// A stream begins with 8 bytes that say which of the opener's planned streams it is.
inline constexpr std::size_t kStreamHeaderBytes = 8;

class StreamTalk {
 public:
  /// The plans outlive it.
  StreamTalk(rudp::sim::World& world, rudp::sim::NodeId node, const std::vector<PlannedStream>& ours,
             const std::vector<PlannedStream>& theirs);

  void begin(rudp::ConnectionHandle connection) { connection_ = connection; }
  /// Opens what is due at that time after the connection was there.
  void open(Duration reached);
  void handle(const rudp::Event& event);

  /// Everything was given to the endpoint, as far as it was not given up.
  bool said_all() const { return next_ == ours_.size() && writing_.empty(); }
  /// What was promised by the other side's fin was read to the end.
  bool heard_all() const { return awaited_.empty(); }
  std::size_t missing() const { return awaited_.size(); }

 private:
  /// A stream: whose it is, and which.
  struct Name {
    bool is_ours = false;
    std::uint64_t index = 0;
    friend auto operator<=>(const Name&, const Name&) = default;
  };
  struct Writing {
    std::vector<std::uint8_t> rest;
    bool is_given_up = false;  ///< by a reset after the last of `rest`
  };
  struct Reading {
    std::vector<std::uint8_t> header;  ///< of theirs, until it is whole
    std::uint64_t bytes = 0;           ///< without the header
    std::optional<Name> name;          ///< known of theirs when the header is whole
  };

  void open_one(const PlannedStream& plan);
  void write(rudp::StreamId stream);
  void read(rudp::StreamId stream);
  void take(rudp::StreamId stream, Reading& reading, rudp::Bytes bytes);
  void end_reading(rudp::StreamId stream, const Reading& reading);
  bool stop_reading(rudp::StreamId stream, const Reading& reading);
  void answer(rudp::StreamId stream, std::vector<std::uint8_t> bytes);

  rudp::sim::World& world_;
  rudp::sim::NodeId node_;
  const std::vector<PlannedStream>& ours_;
  const std::vector<PlannedStream>& theirs_;
  rudp::ConnectionHandle connection_;
  Duration reached_{-1};
  std::size_t next_ = 0;
  std::map<rudp::StreamId, Writing> writing_;
  std::map<rudp::StreamId, Reading> reading_;
  std::set<rudp::StreamId> opened_;    ///< by us
  std::set<rudp::StreamId> answered_;  ///< of theirs
  std::set<Name> awaited_;
};

}  // namespace scenario
