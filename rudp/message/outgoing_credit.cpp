// Credit: who gets what the peer granted, and what is said where it is not enough.
#include <algorithm>

#include "message/outgoing.hpp"
#include "message/outgoing_values.hpp"

namespace rudp::message {

/// While a message waits for more credit than there is, others may pass it.
bool Outgoing::reserve_credit(const SendFlow& flow, Handle handle) {
  const std::uint64_t charge = charge_of(*work_->messages.find(handle));
  const bool passes = work_->claim && work_->claim != handle;
  if (passes && charge + kept_for_claim() > credit_.available()) return false;
  if (!credit_.reserve(charge)) return false;
  if (passes) note_passing(flow, charge);
  if (work_->claim == handle) end_claim();
  return true;
}

/// What others took is owed to the claim, out of the credit to come: else small messages could use up each
/// grant, and a large one would never start. What exceeds the first credit waits for memory of the peer's
/// endpoint, maybe for long, and nobody is held back for it.
std::uint64_t Outgoing::kept_for_claim() {
  const std::uint64_t charge = charge_of(*work_->messages.find(*work_->claim));
  return charge <= first_credit_bytes_ ? std::min(charge, work_->owed_to_claim) : 0;
}

/// Who is more urgent than the claim owes it a sixteenth, the share that lower levels have of packets.
void Outgoing::note_passing(const SendFlow& flow, std::uint64_t charge) {
  const bool is_more_urgent = flow.level < level_of(*work_->messages.find(*work_->claim));
  work_->owed_to_claim += is_more_urgent ? charge / 16 : charge;
}

void Outgoing::end_claim() {
  work_->claim.reset();
  work_->owed_to_claim = 0;
}

bool Outgoing::set_limit(std::uint64_t limit) {
  if (!credit_.set_limit(limit)) return false;
  offer_credit();
  return true;
}

/// The message that waits longest gets the new credit before anyone else.
void Outgoing::offer_credit() {
  if (!work_) return;
  if (work_->claim && credit_.reserve(charge_of(*work_->messages.find(*work_->claim)))) {
    work_->messages.find(*work_->claim)->stage = SendStage::admitted;
    end_claim();
  }
  work_->scheduler.wake_all_for_credit();
}

bool Outgoing::has_blocked_to_report() const {
  return peer_is_known_ && blocked_by_credit() && work_->reported_limit != credit_.limit();
}

std::optional<MsgBlocked> Outgoing::blocked_to_report() {
  if (!has_blocked_to_report()) return std::nullopt;
  work_->reported_limit = credit_.limit();
  return MsgBlocked{credit_.limit(), charge_of(*work_->messages.find(*work_->claim))};
}

}  // namespace rudp::message
