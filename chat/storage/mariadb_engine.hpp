// The store on a MariaDB server: behaves as the embedded one does, and outlives the
// server's restarts, deadlocks and cut connections.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <rudp/error.hpp>

#include "chat/storage/mariadb_errors.hpp"
#include "chat/storage/mariadb_options.hpp"
#include "chat/storage/mariadb_session.hpp"
#include "chat/storage/store.hpp"
#include "chat/storage/store_health.hpp"

namespace chat {

/// One transaction for each batch. Where its outcome is unknown because the
/// connection broke in the commit, a mark that was written with it tells on the next
/// connection: nothing is done twice and nothing that was answered is missing.
class MariadbEngine final : public StoreEngine {
 public:
  static constexpr std::chrono::milliseconds kRetryPause{50};
  static constexpr std::chrono::milliseconds kConnectPause{250};
  static constexpr std::chrono::seconds kTakeAgainLimit{1};
  /// Messages whose batch was answered by a failure although it may have been committed.
  static constexpr std::size_t kUnknownMax = 65'536;

  /// Connects, checks the server and brings the schema up to date.
  /// Errors: permission_denied, name_not_resolved, network_unreachable, invalid_config,
  /// io_error, each with a sentence; the password is in none.
  static rudp::Result<std::unique_ptr<MariadbEngine>, rudp::Failure> open(const MariadbOptions& options);

  ~MariadbEngine() override;

  /// Returns within the time limit of the options and one call more; see MariadbOptions. What
  /// is not ready to be committed by then is undone and answered by `busy`.
  std::vector<StoreReply> apply(std::span<const StoreRequest> batch) override;

  /// One round trip, and where the connection is gone one try to connect.
  void keep_alive() override;

  /// May be read by another thread, also after the engine is gone.
  std::shared_ptr<const HealthBoard> health() const { return health_; }

 private:
  using Clock = std::chrono::steady_clock;
  using MessageKey = std::pair<AccountId, ClientMessageId>;

  /// A batch on its way: a number, and what it would answer if it was committed.
  struct Attempt {
    std::uint64_t number = 0;
    bool may_be_committed = false;
    bool is_late = false;  ///< its time was up before it could be committed
    std::vector<StoreReply> replies;
  };

  MariadbEngine(MariadbOptions options, std::unique_ptr<mariadb::Session> session, std::string writer);

  std::vector<StoreReply> apply_within(std::span<const StoreRequest> batch, Clock::time_point deadline);
  std::vector<StoreReply> apply_together(std::span<const StoreRequest> batch, Clock::time_point deadline);
  bool attempt_reading(std::span<const StoreRequest> batch, Attempt& attempt, Clock::time_point deadline);
  bool attempt_writing(std::span<const StoreRequest> batch, Attempt& attempt, Clock::time_point deadline);
  void run_all(std::span<const StoreRequest> batch, Attempt& attempt, Clock::time_point deadline);
  bool was_committed(const Attempt& attempt);
  static bool is_in_time(Attempt& attempt, Clock::time_point deadline);

  bool connect(Clock::time_point deadline);
  bool connect_once();
  void take_again();
  void stop_for_good(const std::string& why);
  bool has_failed() const;
  mariadb::Verdict take_failure();
  mariadb::Verdict give_up_late();
  void disconnect();
  void remember_unknown(std::span<const StoreRequest> batch, const Attempt& attempt);
  void settle_unknown(std::span<const StoreRequest> batch, std::vector<StoreReply>& replies);

  MariadbOptions options_;
  std::unique_ptr<mariadb::Session> session_;
  std::string writer_;  ///< names this engine among all that use the database
  std::uint64_t batches_ = 0;
  std::set<MessageKey> unknown_;
  std::optional<Clock::time_point> down_since_;
  Clock::time_point next_connect_{};
  StoreFailure failure_;  ///< the last one
  bool is_given_up_ = false;     ///< failure_ is the answer to everything
  bool holds_database_ = false;  ///< see MariadbOptions::exclusive
  std::shared_ptr<HealthBoard> health_;
};

}  // namespace chat
