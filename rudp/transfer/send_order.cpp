#include "transfer/send_order.hpp"

#include <algorithm>
#include <utility>

namespace rudp::transfer {
namespace {

/// A byte's share of a flow is kept as an integer.
constexpr std::int64_t kLeadUnit = 1024;

}  // namespace

bool SendDemand::any_below(std::uint8_t level) const {
  for (++level; level < kLevels; ++level) {
    if (any_at(level)) return true;
  }
  return false;
}

/// First every level that owes nothing to lower ones; where those cannot use the space, the others.
SendOrder::Choices SendOrder::choices(const SendDemand& demand) const {
  Choices found;
  for (const bool is_debtors_turn : {false, true}) {
    for (std::uint8_t level = 0; level < kLevels; ++level) {
      if (!demand.any_at(level)) continue;
      const bool is_debtor = owes(level) && demand.any_below(level);
      if (is_debtor == is_debtors_turn) append(found, level, demand);
    }
  }
  return found;
}

void SendOrder::append(Choices& choices, std::uint8_t level, const SendDemand& demand) const {
  SendSource first = SendSource::messages, second = SendSource::streams;
  if (accounts_ && accounts_->lead[level] > 0) std::swap(first, second);
  for (const SendSource source : {first, second}) {
    if (demand.of(level, source) > 0) choices.choices[choices.count++] = {level, source};
  }
}

void SendOrder::on_sent(Choice choice, std::size_t bytes, const SendDemand& demand) {
  if (!accounts_) accounts_ = std::make_unique<Accounts>();
  account(choice.level, bytes, demand.any_below(choice.level));
  const std::size_t own = std::max<std::size_t>(1, demand.of(choice.level, choice.source));
  const bool is_message = choice.source == SendSource::messages;
  const SendSource other = is_message ? SendSource::streams : SendSource::messages;
  std::int64_t& lead = accounts_->lead[choice.level];
  // Who waits for nothing saves nothing up.
  if (demand.of(choice.level, other) == 0) {
    lead = 0;
    return;
  }
  const std::int64_t share = static_cast<std::int64_t>(bytes) * kLeadUnit / static_cast<std::int64_t>(own);
  lead += is_message ? share : -share;
}

void SendOrder::account(std::uint8_t level, std::size_t bytes, bool lower_waits) {
  const std::uint64_t paid = bytes * kUrgentPerLowerByte;
  auto& owed = accounts_->owed;
  for (std::uint8_t above = 0; above < level; ++above) owed[above] -= std::min(owed[above], paid);
  const std::uint64_t more = std::min(owed[level] + bytes, kOwedBytesMax * kUrgentPerLowerByte);
  owed[level] = lower_waits ? more : 0;
}

void SendOrder::rest() {
  if (accounts_ && *accounts_ == Accounts()) accounts_.reset();
}

}  // namespace rudp::transfer
