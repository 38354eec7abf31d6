// How a server ends: everyone is told, what was promised is kept, and every step has its time.
#include "server/server.hpp"

namespace server {
namespace {

constexpr std::uint64_t kCloseStopped = 2;
// After the last connection the endpoint answers stragglers for a moment.
constexpr rudp::Duration kLingerMax = std::chrono::milliseconds(500);

}  // namespace

void Server::on_stop_signal() {
  // Asked twice: somebody is in a hurry. What was acknowledged is on disk all the same.
  if (stopping_) return loop_.stop();
  stop({chat::ClosingReason::stopped, 0, ""}, "signal", "");
}

void Server::stop(const chat::ServerClosing& notice, const std::string& log_reason,
                  const std::string& failure) {
  if (stopping_) return;
  const chat::Now at = now();
  stopping_ = Stopping{at.instant + kFinishMax, false, failure};
  JsonObject fields;
  fields.add("reason", log_reason);
  if (!failure.empty()) fields.add("detail", failure);
  log_own(failure.empty() ? rudp::LogLevel::info : rudp::LogLevel::error, "stopping", fields);
  service_.close(at, notice);
  pump();
}

void Server::continue_stop(rudp::Instant at) {
  const bool is_over = at >= stopping_->step_ends;
  // Connections that were being closed before may want longer than the last step has.
  if (stopping_->is_draining) return is_over ? loop_.stop() : void();
  if (service_.statistics().sessions > 0 && !is_over) return;
  stopping_->is_draining = true;
  stopping_->step_ends = at + kDrainMax + kLingerMax;
  endpoint_->close(kCloseStopped, "the server stops", kDrainMax, [this] { loop_.stop(); });
}

// Requests that wait in the store are still done: nobody is told, and whoever sends them again finds them.
// Until the admin socket's end, which tells rchatctl, everything is free for the next server.
void Server::close_rest() {
  if (!store_) return;
  endpoint_.reset();
  if (admin_) admin_->stop_listening();
  passwords_.reset();
  store_.reset();
  log_own(rudp::LogLevel::info, "stopped", {});
  base_.log.reset();
  base_.database_lock.reset();
  base_.folder_lock.reset();
  admin_.reset();
}

}  // namespace server
