#include "uv/relocation.hpp"

#include <algorithm>

namespace rudp::uv {
namespace {

// The port says nothing of the network.
bool is_same(const std::optional<Address>& one, const std::optional<Address>& other) {
  return one && other && one->ip == other->ip && one->scope_id == other->scope_id;
}

}  // namespace

void Relocation::on_refused(Instant now) {
  if (!due_ && now >= patient_until_) due_ = std::max(now, not_before_);
}

void Relocation::on_next_refused(Instant now) {
  patient_until_ = Instant::min();
  on_refused(now);
}

void Relocation::on_network_change(Instant now, const std::optional<Address>& source) {
  if (due_) {
    // What was waited for may have come.
    due_ = now;
  } else if (source && !is_same(source, next_source_ ? next_source_ : source_)) {
    due_ = std::max(now, not_before_);
  }
}

void Relocation::on_failed(Instant now) {
  pace(now);
  due_ = not_before_;
}

void Relocation::on_begun(Instant now, const Address& source) {
  pace(now);
  due_.reset();
  next_source_ = source;
  patient_until_ = now + kPatience;
}

void Relocation::on_moved(const std::optional<Address>& source) {
  source_ = source;
  next_source_.reset();
  due_.reset();
  patient_until_ = Instant::min();
}

void Relocation::pace(Instant now) {
  if (now >= calm_at_) retry_ = kRetryFirst;
  not_before_ = now + retry_;
  calm_at_ = now + kCalm;
  retry_ = std::min(2 * retry_, kRetryMax);
}

}  // namespace rudp::uv
