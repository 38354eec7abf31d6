// Carries out a plan in a simulated world and says what was wrong with what came of it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <rudp/sim.hpp>

#include "plan.hpp"

namespace scenario {

struct Outcome {
  std::string failure;  ///< empty: all was well; else the report for people
  std::uint64_t trace_hash = 0;
  rudp::sim::LinkStatistics faults;
  rudp::sim::DeliveryReport deliveries;
  rudp::sim::StreamReport streams;
  rudp::sim::WorldStatistics world;
  std::uint64_t rebinds = 0, jumps = 0;
  /// For each connection, how long after the faults had stopped, or its last thing was said, all was there.
  std::vector<rudp::Duration> finished_after;
  rudp::Duration took{0};  ///< virtual time
};

/// For a failure report: the command that repeats the run, and how much of its end to show.
struct Report {
  std::string reproduce_with;
  std::size_t trace_lines = 60;
};

Outcome run(const Plan& plan, const Report& report);

}  // namespace scenario
