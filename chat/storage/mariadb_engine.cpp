// How a batch goes: connect where needed - begin - lock - requests - mark - commit.
// A deadlock begins it again. A connection that breaks in the commit leaves the
// outcome open; the next connection takes the lock, which the server gives only
// when the old transaction has ended, and then looks for the mark.
#include "chat/storage/mariadb_engine.hpp"

#include <algorithm>
#include <thread>
#include <utility>
#include <variant>

#include "chat/storage/mariadb_schema.hpp"

namespace chat {
namespace {

using mariadb::Connection;
using mariadb::Session;
using mariadb::Statement;
using mariadb::Verdict;

bool writes(const StoreRequest& request) {
  return std::holds_alternative<CreateAccount>(request) || std::holds_alternative<OpenSession>(request) ||
         std::holds_alternative<ChangePasswordHash>(request) ||
         std::holds_alternative<AppendMessage>(request) || std::holds_alternative<MarkDelivered>(request);
}

// Only some requests can be to blame, or reads may still succeed.
bool is_worth_one_by_one(StoreError error) {
  return error == StoreError::full || error == StoreError::unavailable;
}

// Marks of programs that are long gone; the newest outcome is asked for within seconds.
constexpr const char* kForgetOldWriters =
    "DELETE FROM writers WHERE seen_unix_s < UNIX_TIMESTAMP() - 7 * 86400";

constexpr const char* kSlow = "the database is slow";

std::string new_writer_name(Connection& connection) {
  Statement name(connection, "SELECT UUID()");
  return name.begin().step() ? name.text(0) : std::string();
}

std::uint64_t ms_since(std::chrono::steady_clock::time_point begin) {
  const auto passed = std::chrono::steady_clock::now() - begin;
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(passed).count());
}

}  // namespace

// ---- connecting --------------------------------------------------------------

MariadbEngine::MariadbEngine(MariadbOptions options, std::unique_ptr<Session> session, std::string writer)
    : options_(std::move(options)),
      session_(std::move(session)),
      writer_(std::move(writer)),
      holds_database_(options_.exclusive),
      health_(std::make_shared<HealthBoard>()) {
  const auto warnings = mariadb::risky_settings(session_->connection());
  health_->change([&](StoreHealth& health) {
    health.database = describe(options_);
    health.reachable = true;
    health.warnings = warnings;
  });
}

MariadbEngine::~MariadbEngine() = default;

rudp::Result<std::unique_ptr<MariadbEngine>, rudp::Failure> MariadbEngine::open(
    const MariadbOptions& options) {
  {
    Connection connection;
    if (!connection.open(options, std::max(options.call_limit, options.start_limit)))
      return mariadb::explain(connection.error(), connection.message(), options);
    if (auto prepared = mariadb::prepare(connection, options); !prepared) return prepared.error();
    connection.execute(kForgetOldWriters);
  }
  auto session = Session::open(options);
  if (!session) return session.error();
  Connection& connection = (*session)->connection();
  std::string writer = new_writer_name(connection);
  if (options.exclusive) {
    mariadb::take_name(connection, writer);
    if (auto taken = mariadb::take_database(connection, options, options.takeover_limit); !taken)
      return taken.error();
  }
  if (connection.error() != 0) return mariadb::explain(connection.error(), connection.message(), options);
  return std::unique_ptr<MariadbEngine>(new MariadbEngine(options, *std::move(session), std::move(writer)));
}

bool MariadbEngine::connect_once() {
  const auto begin = Clock::now();
  auto opened = Session::open(options_);
  if (opened) {
    session_ = *std::move(opened);
    down_since_.reset();
    const auto warnings = mariadb::risky_settings(session_->connection());
    health_->change([&](StoreHealth& health) {
      health.reachable = true;
      health.reconnects += 1;
      health.warnings = warnings;
    });
    return true;
  }
  // Where nothing answers, a try lasts as long as its limit: no more than every other moment goes into tries.
  const auto end = Clock::now();
  next_connect_ = end + std::max<Clock::duration>(kConnectPause, end - begin);
  if (!down_since_) down_since_ = begin;
  failure_ = {StoreError::unavailable, opened.error().what};
  health_->change([&](StoreHealth& health) {
    health.reachable = false;
    health.problem = failure_.detail;
  });
  return false;
}

// Our own connection that was cut may hold our name, and with it the database, for a while: it
// is no reason to stop, and the next batches try again. Where our name is free and the database
// is not, another program took it while we were away, and what we store there may never be read.
// A dying connection lets go of the two one after the other, hence the patience.
void MariadbEngine::take_again() {
  if (!options_.exclusive || holds_database_) return;
  Connection& connection = session_->connection();
  if (!mariadb::take_name(connection, writer_)) return connection.clear_error();
  holds_database_ = mariadb::take_database(connection, options_, kTakeAgainLimit).has_value();
  if (holds_database_ || connection.error() != 0) return connection.clear_error();
  stop_for_good("another program took it while the connection was away");
}

// Nothing may be stored there any more: each further batch is answered so.
void MariadbEngine::stop_for_good(const std::string& why) {
  failure_ = {StoreError::broken, "database " + describe(options_) + ": " + why};
  is_given_up_ = true;
  disconnect();
}

// A server that restarts is waited for. One that is long gone is not: requests that
// gather while it is away are answered at once and not one time limit after the other.
bool MariadbEngine::connect(Clock::time_point deadline) {
  while (!session_) {
    if (Clock::now() >= next_connect_ && connect_once()) return true;
    if (down_since_) deadline = std::min(deadline, *down_since_ + options_.time_limit);
    if (Clock::now() + kRetryPause >= deadline) return false;
    std::this_thread::sleep_for(kRetryPause);
  }
  return true;
}

void MariadbEngine::disconnect() {
  session_.reset();
  holds_database_ = false;
}

bool MariadbEngine::has_failed() const {
  return session_->connection().error() != 0 || session_->is_outdated();
}

// What went wrong, in failure_; the session is ready for the next transaction, or gone.
Verdict MariadbEngine::take_failure() {
  if (session_->is_outdated()) {
    stop_for_good("its tables were changed by another version of this program");
    return Verdict::broken;
  }
  Connection& connection = session_->connection();
  const Verdict verdict = mariadb::verdict_of(connection.error());
  failure_ = {mariadb::to_store_error(verdict),
              mariadb::explain(connection.error(), connection.message(), options_).what};
  session_->roll_back();
  if (verdict == Verdict::lost || connection.error() != 0) disconnect();
  return verdict;
}

Verdict MariadbEngine::give_up_late() {
  failure_ = {StoreError::busy, kSlow};
  session_->roll_back();
  if (session_->connection().error() != 0) disconnect();
  return Verdict::refused;
}

// ---- one transaction -----------------------------------------------------------

// On a slow server the first part of a batch is better than a failure of the whole:
// after half of the time, what was done is committed and the others are told to come again.
void MariadbEngine::run_all(std::span<const StoreRequest> batch, Attempt& attempt,
                            Clock::time_point deadline) {
  const auto enough = deadline - options_.time_limit / 2;
  attempt.replies.clear();
  for (const StoreRequest& request : batch) {
    if (has_failed()) return;
    const bool is_late = !attempt.replies.empty() && Clock::now() > enough;
    if (is_late) {
      attempt.replies.emplace_back(StoreFailure{StoreError::busy, kSlow});
    } else {
      attempt.replies.push_back(session_->run(request));
    }
  }
}

// Who waits was promised an answer by the deadline. Nothing is stored behind their back after it.
bool MariadbEngine::is_in_time(Attempt& attempt, Clock::time_point deadline) {
  attempt.is_late = Clock::now() >= deadline;
  return !attempt.is_late;
}

bool MariadbEngine::attempt_reading(std::span<const StoreRequest> batch, Attempt& attempt,
                                    Clock::time_point deadline) {
  session_->begin_reading();
  run_all(batch, attempt, deadline);
  return !has_failed() && is_in_time(attempt, deadline) && session_->commit();
}

bool MariadbEngine::was_committed(const Attempt& attempt) {
  return attempt.may_be_committed && session_->last_batch(writer_) == attempt.number;
}

bool MariadbEngine::attempt_writing(std::span<const StoreRequest> batch, Attempt& attempt,
                                    Clock::time_point deadline) {
  session_->begin_writing();
  if (has_failed()) return false;
  if (was_committed(attempt)) return session_->commit();
  if (has_failed()) return false;
  attempt.may_be_committed = false;
  run_all(batch, attempt, deadline);
  session_->mark_batch(writer_, attempt.number);
  if (has_failed() || !is_in_time(attempt, deadline)) return false;
  attempt.may_be_committed = true;
  return session_->commit();
}

std::vector<StoreReply> MariadbEngine::apply_together(std::span<const StoreRequest> batch,
                                                      Clock::time_point deadline) {
  const bool any_writes = std::any_of(batch.begin(), batch.end(), writes);
  Attempt attempt;
  attempt.number = ++batches_;
  while (connect(deadline)) {
    take_again();
    if (is_given_up_) break;
    const bool done =
        any_writes ? attempt_writing(batch, attempt, deadline) : attempt_reading(batch, attempt, deadline);
    if (done) {
      settle_unknown(batch, attempt.replies);
      return std::move(attempt.replies);
    }
    const Verdict verdict = attempt.is_late ? give_up_late() : take_failure();
    const bool may_help = verdict == Verdict::again || verdict == Verdict::lost;
    if (!may_help || Clock::now() + kRetryPause >= deadline) break;
    health_->change([](StoreHealth& health) { health.retries += 1; });
    std::this_thread::sleep_for(kRetryPause);
  }
  remember_unknown(batch, attempt);
  return std::vector<StoreReply>(batch.size(), failure_);
}

// ---- batches -------------------------------------------------------------------

std::vector<StoreReply> MariadbEngine::apply_within(std::span<const StoreRequest> batch,
                                                    Clock::time_point deadline) {
  std::vector<StoreReply> replies = apply_together(batch, deadline);
  const auto* failure = std::get_if<StoreFailure>(&replies.front());
  if (failure == nullptr) return replies;
  health_->change([&](StoreHealth& health) {
    health.failures += 1;
    health.problem = failure->detail;
  });
  if (batch.size() < 2 || !session_ || !is_worth_one_by_one(failure->error)) return replies;
  for (std::size_t i = 0; i < batch.size() && Clock::now() < deadline; ++i) {
    replies[i] = apply_together(batch.subspan(i, 1), deadline).front();
  }
  return replies;
}

std::vector<StoreReply> MariadbEngine::apply(std::span<const StoreRequest> batch) {
  if (batch.empty()) return {};
  if (is_given_up_) return std::vector<StoreReply>(batch.size(), failure_);
  const auto begin = Clock::now();
  std::vector<StoreReply> replies = apply_within(batch, begin + options_.time_limit);
  const std::uint64_t took_ms = ms_since(begin);
  health_->change([&](StoreHealth& health) { health.slowest_ms = std::max(health.slowest_ms, took_ms); });
  return replies;
}

// A connection on which nothing is said is closed after a while, by the server or on the way to
// it, and the database is let go with it: another program could take it.
void MariadbEngine::keep_alive() {
  if (is_given_up_) return;
  if (session_ && !session_->connection().ping()) disconnect();
  if (connect(Clock::now())) take_again();
}

// ---- messages of unknown outcome -------------------------------------------------

// Their senders were told "unavailable" and send again. Found stored then, they are
// still news to everybody else.
void MariadbEngine::remember_unknown(std::span<const StoreRequest> batch, const Attempt& attempt) {
  if (!attempt.may_be_committed) return;
  for (std::size_t i = 0; i < batch.size() && unknown_.size() < kUnknownMax; ++i) {
    const auto* request = std::get_if<AppendMessage>(&batch[i]);
    const auto* reply = std::get_if<Appended>(&attempt.replies[i]);
    if (request != nullptr && reply != nullptr && reply->is_new) {
      unknown_.insert({request->sender, request->client_message_id});
    }
  }
}

void MariadbEngine::settle_unknown(std::span<const StoreRequest> batch, std::vector<StoreReply>& replies) {
  for (std::size_t i = 0; i < batch.size() && !unknown_.empty(); ++i) {
    const auto* request = std::get_if<AppendMessage>(&batch[i]);
    auto* reply = std::get_if<Appended>(&replies[i]);
    if (request == nullptr || reply == nullptr) continue;
    if (unknown_.erase({request->sender, request->client_message_id}) > 0) reply->is_new = true;
  }
}

}  // namespace chat
