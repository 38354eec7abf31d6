#include "path/ecn_validation.hpp"

namespace rudp::path {

void EcnValidation::start() {
  state_ = State::testing;
  tested_ = 0;
  lost_ = 0;
}

void EcnValidation::begin_run(bool for_sure) {
  run_is_marked_ = state_ == State::capable || (state_ == State::testing && !for_sure);
}

bool EcnValidation::on_packet_sent() {
  if (!run_is_marked_) return false;
  ++sent_;
  if (tested_ < kEcnTestPackets) ++tested_;
  return true;
}

Ecn EcnValidation::end_run() {
  if (state_ == State::testing && tested_ == kEcnTestPackets) state_ = State::unknown;
  return run_is_marked_ ? Ecn::ect0 : Ecn::not_ect;
}

std::uint64_t EcnValidation::on_ack(const EcnReport& report) {
  if (state_ == State::off || !report.is_newest) return 0;
  if (!is_believable(report)) return stop(), 0;
  if (report.marked_packets > 0) state_ = State::capable;
  if (!report.counts) return 0;
  const std::uint64_t marks = report.counts->ce - seen_.ce;
  seen_ = *report.counts;
  return marks;
}

// RFC 9000 13.4.2.1. Marks that grow out of what was never sent are a lie as well, which that leaves open.
bool EcnValidation::is_believable(const EcnReport& report) const {
  if (!report.counts) return report.marked_packets == 0;
  const EcnCounts& now = *report.counts;
  if (now.ect0 < seen_.ect0 || now.ce < seen_.ce || now.ect1 > 0) return false;
  if (now.ect0 > sent_ || now.ce > sent_ - now.ect0) return false;
  return (now.ect0 - seen_.ect0) + (now.ce - seen_.ce) >= report.marked_packets;
}

void EcnValidation::on_lost(std::uint32_t marked_packets) {
  if (state_ != State::testing && state_ != State::unknown) return;
  lost_ += marked_packets;
  if (lost_ >= kEcnTestLosses && lost_ >= tested_) stop();
}

}  // namespace rudp::path
