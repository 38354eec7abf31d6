// chat/storage/mariadb_engine when things break: deadlocks, cut connections, commits of
// unknown outcome, a server that is killed, stopped or slow (threats D7, D8).
#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "chat/mariadb_fixture.hpp"
#include "chat/storage/threaded_store.hpp"
#include "chat/store_maker.hpp"

#include "support/cmocka.hpp"
#include "support/mariadb_proxy.hpp"

namespace {

using namespace chat;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

std::uint64_t ms_between(Clock::time_point begin, Clock::time_point end) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(end - begin).count());
}

template <class Reply>
Reply get(StoreReply reply) {
  if (const auto* failure = std::get_if<StoreFailure>(&reply)) print_message("%s\n", failure->detail.c_str());
  assert_true(std::holds_alternative<Reply>(reply));
  return std::get<Reply>(std::move(reply));
}

std::uint64_t count(const std::string& database, const std::string& table) {
  return std::stoull(server().sql("SELECT COUNT(*) FROM " + table, database));
}

MariadbOptions through(const MariadbProxy& proxy, const std::string& database) {
  MariadbOptions options = new_options(database);
  options.socket = proxy.path();
  return options;
}

/// An account and a message in one transaction: neither may be there twice, or missing.
void check_one_batch(MariadbEngine& engine, const std::string& database) {
  const std::vector<StoreRequest> batch{create_account("bob"), say(1, 1, "once")};
  const auto replies = engine.apply(batch);
  assert_int_equal(get<AccountCreated>(replies[0]).id, 1);
  const auto stored = get<Appended>(replies[1]);
  assert_true(stored.is_new && stored.number == 1);
  assert_int_equal(count(database, "accounts"), 1);
  assert_int_equal(count(database, "messages"), 1);
}

void a_commit_whose_answer_was_lost_is_not_done_again(void**) {
  MariadbProxy proxy(server().file("p1"), server().socket());
  auto engine = open_mariadb(through(proxy, "answer_lost"));
  proxy.arm(MariadbProxy::Fault::cut_after_commit);
  check_one_batch(*engine, "answer_lost");
  assert_int_equal(proxy.faults(), 1);
}

void a_commit_that_never_arrived_is_done_again(void**) {
  MariadbProxy proxy(server().file("p2"), server().socket());
  auto engine = open_mariadb(through(proxy, "never_arrived"));
  proxy.arm(MariadbProxy::Fault::cut_before_commit);
  check_one_batch(*engine, "never_arrived");
  assert_int_equal(proxy.faults(), 1);
}

/// Sent again, as clients do, until it is stored; five minutes at most.
Appended say_until_stored(MariadbEngine& engine, const AppendMessage& message) {
  const auto patience = Clock::now() + 300s;
  StoreReply reply = apply_one(engine, message);
  while (std::holds_alternative<StoreFailure>(reply) && Clock::now() < patience) {
    std::this_thread::sleep_for(50ms);
    reply = apply_one(engine, message);
  }
  return get<Appended>(std::move(reply));
}

// The sender was told "unavailable", and was told so while nothing was answered; sent
// again, the message is still news to the others.
void a_message_of_unknown_outcome_is_new_when_it_is_sent_again(void**) {
  MariadbProxy proxy(server().file("p3"), server().socket());
  (void)get<AccountCreated>(apply_one(*open_mariadb(new_options("unknown")), create_account("bob")));
  MariadbOptions options = options_of("unknown");
  options.socket = proxy.path();
  options.time_limit = 1'500ms;
  options.call_limit = 1s;
  auto engine = open_mariadb(options);
  proxy.arm(MariadbProxy::Fault::hold_after_commit);
  // On a slow disk one may fail before it comes to its COMMIT.
  do {
    assert_true(std::holds_alternative<StoreFailure>(apply_one(*engine, say(1, 1, "hello"))));
  } while (proxy.faults() == 0);
  assert_true(comes_to("SELECT COUNT(*) FROM `unknown`.messages", "1"));
  proxy.release();
  const Appended again = say_until_stored(*engine, say(1, 1, "hello"));
  assert_true(again.is_new && again.number == 1);
  assert_false(say_until_stored(*engine, say(1, 1, "hello")).is_new);
  assert_int_equal(count("unknown", "messages"), 1);
}

// Whoever asked was promised an answer by then: the time is up before the COMMIT, so there is
// none, the answer is a clear error and nothing is stored. A slow machine only adds to it.
void a_batch_that_is_late_before_its_commit_is_a_clear_error_and_leaves_nothing(void**) {
  MariadbProxy proxy(server().file("p5"), server().socket());
  (void)get<AccountCreated>(apply_one(*open_mariadb(new_options("late")), create_account("bob")));
  MariadbOptions options = options_of("late");
  options.socket = proxy.path();
  auto patient = open_mariadb(options);
  (void)get<Appended>(apply_one(*patient, say(1, 1, "in time")));
  options.time_limit = 1s;
  auto engine = open_mariadb(options);
  proxy.slow_down(400ms);
  const auto write = get<StoreFailure>(apply_one(*engine, say(1, 2, "late")));
  const auto read = get<StoreFailure>(apply_one(*engine, FetchMessages{1, kPublicRoom, 0, 10}));
  proxy.slow_down(0ms);
  assert_true(write.error == StoreError::busy && write.detail.find("slow") != std::string::npos);
  assert_true(read.error == StoreError::busy && read.detail.find("slow") != std::string::npos);
  assert_int_equal(count("late", "messages"), 1);
  const Appended again = get<Appended>(apply_one(*patient, say(1, 2, "late")));
  assert_true(again.is_new && again.number == 2);
}

void connections_that_were_cut_are_made_again(void**) {
  MariadbProxy proxy(server().file("p4"), server().socket());
  auto engine = open_mariadb(through(proxy, "cut"));
  (void)get<AccountCreated>(apply_one(*engine, create_account("bob")));
  for (std::uint64_t i = 1; i <= 5; ++i) {
    proxy.cut_all();
    assert_int_equal(get<Appended>(apply_one(*engine, say(1, i, "x"))).number, i);
  }
  assert_int_equal(engine->health()->read().reconnects, 5);
}

void a_connection_that_the_server_closed_is_made_again(void**) {
  auto engine = open_mariadb(new_options("killed"));
  (void)get<AccountCreated>(apply_one(*engine, create_account("bob")));
  assert_true(kill_only_connection("killed"));
  assert_int_equal(get<Appended>(apply_one(*engine, say(1, 1, "x"))).number, 1);
}

/// Somebody else who works in the same database.
class Rival {
 public:
  explicit Rival(const MariadbOptions& options) {
    good_ = connection_.open(options);
    run("SET SESSION idle_transaction_timeout = 0");
  }
  void run(const char* sql) { good_ = connection_.execute(sql) && good_; }
  bool good() const { return good_; }

 private:
  mariadb::Connection connection_;
  bool good_ = false;
};

// The rival holds what the transaction needs next and asks for what it holds. It has
// changed more rows, so the server picks ours as the victim: error 1213.
void a_deadlock_is_resolved_by_doing_the_transaction_again(void**) {
  const MariadbOptions options = new_options("deadlock");
  auto engine = open_mariadb(options);
  (void)get<AccountCreated>(apply_one(*engine, create_account("bob")));
  server().sql("CREATE TABLE weight (n INT PRIMARY KEY) ENGINE = InnoDB", "deadlock");
  Rival rival(options);
  rival.run("START TRANSACTION");
  rival.run("INSERT INTO weight SELECT seq FROM seq_1_to_500");
  rival.run(
      "UPDATE conversations SET kind = 1, last_number = last_number + 0 WHERE id = 1 AND last_number >= 0");
  rival.run("SET @locked = (SELECT id FROM conversations WHERE id = 1 FOR UPDATE)");
  std::thread other([&rival] {
    (void)comes_to("SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'", "1");
    rival.run("SET @version = (SELECT version FROM chat_schema WHERE one = 1 FOR UPDATE)");
    rival.run("COMMIT");
  });
  const auto stored = get<Appended>(apply_one(*engine, say(1, 1, "x")));
  other.join();
  assert_true(rival.good());
  assert_true(stored.is_new && stored.number == 1);
  assert_true(engine->health()->read().retries >= 1);
  assert_int_equal(count("deadlock", "messages"), 1);
}

// Error 1205 comes after 2 s of waiting; it is tried again until the time is up.
void a_lock_that_is_held_too_long_is_busy_and_passes(void**) {
  MariadbOptions options = new_options("locked");
  auto patient = open_mariadb(options);
  (void)get<AccountCreated>(apply_one(*patient, create_account("bob")));
  options.time_limit = 5s;
  auto engine = open_mariadb(options);
  Rival rival(options);
  rival.run("START TRANSACTION");
  rival.run("SET @version = (SELECT version FROM chat_schema WHERE one = 1 FOR UPDATE)");
  const auto begin = Clock::now();
  const auto failure = get<StoreFailure>(apply_one(*engine, say(1, 1, "x")));
  assert_true(failure.error == StoreError::busy);
  assert_true(ms_between(begin, Clock::now()) >= 2'000);
  (void)get<AccountFound>(apply_one(*patient, FindAccount{"key-bob"}));
  rival.run("ROLLBACK");
  assert_int_equal(say_until_stored(*engine, say(1, 1, "x")).number, 1);
}

// ---- under load ------------------------------------------------------------------

// How long anything may take before a test takes it to hang.
constexpr auto kPatience = 120s;

/// Submits messages of several people and sends again what was not acknowledged, as clients do.
class Load {
 public:
  explicit Load(const MariadbOptions& options)
      : limit_ms_(static_cast<std::uint64_t>(2 * options.time_limit.count())),
        engine_(open_mariadb(options)),
        health_(engine_->health()),
        store_(std::move(engine_), [] {}) {}

  /// Until then, and until everything is acknowledged.
  void run_until(const std::atomic<bool>& done) {
    Clock::time_point patience = Clock::now() + kPatience;
    while ((!done || !waiting_.empty()) && Clock::now() < patience) {
      if (!done) patience = Clock::now() + kPatience;
      turn(done);
      std::this_thread::sleep_for(2ms);
    }
    all_acknowledged = waiting_.empty();
  }

  /// For another thread than the loop's: how many messages were acknowledged so far, how
  /// many requests failed, how often the loop has turned since the last answer to any.
  std::size_t progress() const { return progress_; }
  std::uint64_t failures() const { return failures_; }
  std::uint64_t turns_without_answer() const { return turns_ - turns_at_answer_; }
  std::uint64_t turns() const { return turns_; }
  StoreHealth health() const { return health_->read(); }

  static constexpr std::size_t kInFlight = 40;

  bool all_acknowledged = false;
  std::map<std::uint64_t, MessageNumber> acknowledged;
  std::uint64_t doubled = 0, slowest_ms = 0, longest_turn_us = 0;
  /// Replies behind the time limits of their batch and of the one before it, and those of them that were no
  /// error.
  std::uint64_t late = 0, late_successes = 0;

 private:
  // What the event loop does: it submits and takes completions, and must never wait.
  void turn(const std::atomic<bool>& done) {
    const auto begin = Clock::now();
    while (auto completion = store_.poll()) take(*completion);
    while (!done && waiting_.size() < kInFlight) send(++last_id_);
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin).count();
    longest_turn_us = std::max(longest_turn_us, static_cast<std::uint64_t>(us));
    turns_ += 1;
  }

  void send(std::uint64_t id) {
    waiting_[++operation_] = {id, Clock::now()};
    store_.submit(operation_, say(1 + id % 3, id, "message " + std::to_string(id)));
  }

  void take(const StoreCompletion& completion) {
    const auto it = waiting_.find(completion.operation);
    const auto id = it->second.first;
    const std::uint64_t took_ms = ms_between(it->second.second, Clock::now());
    slowest_ms = std::max(slowest_ms, took_ms);
    late += took_ms > limit_ms_ ? 1 : 0;
    turns_at_answer_ = turns_.load();
    waiting_.erase(it);
    if (const auto* stored = std::get_if<Appended>(&completion.reply)) {
      late_successes += took_ms > limit_ms_ ? 1 : 0;
      doubled += acknowledged.emplace(id, stored->number).second ? 0 : 1;
      progress_ = acknowledged.size();
    } else {
      failures_ += 1;
      send(id);
    }
  }

  std::uint64_t limit_ms_;
  std::unique_ptr<MariadbEngine> engine_;
  std::shared_ptr<const HealthBoard> health_;
  ThreadedStore store_;
  std::map<OperationId, std::pair<std::uint64_t, Clock::time_point>> waiting_;
  OperationId operation_ = 0;
  std::uint64_t last_id_ = 0;
  std::atomic<std::size_t> progress_{0};
  std::atomic<std::uint64_t> failures_{0}, turns_{0}, turns_at_answer_{0};
};

template <class Condition>
bool comes_true(Condition condition) {
  const auto patience = Clock::now() + kPatience;
  while (!condition() && Clock::now() < patience) std::this_thread::sleep_for(1ms);
  return condition();
}

/// Until the load has got further than it is now.
bool gets_on(const Load& load) {
  return comes_true([&load, before = load.progress()] { return load.progress() > before; });
}

std::map<MessageNumber, std::string> stored_texts(MariadbEngine& engine) {
  std::map<MessageNumber, std::string> texts;
  Page page;
  do {
    page = get<Page>(apply_one(engine, FetchMessages{1, kPublicRoom, page.complete_to, kMessagesPerPageMax}));
    for (const Message& message : page.messages) texts[message.number] = message.text;
  } while (page.complete_to < page.last_number);
  return texts;
}

void check_nothing_lost_or_doubled(const Load& load, const std::string& database) {
  assert_true(load.all_acknowledged && load.doubled == 0);
  auto engine = open_mariadb(options_of(database));
  const auto texts = stored_texts(*engine);
  assert_int_equal(texts.size(), load.acknowledged.size());
  assert_int_equal(texts.rbegin()->first, texts.size());
  for (const auto& [id, number] : load.acknowledged) {
    assert_true(texts.at(number) == "message " + std::to_string(id));
  }
}

void report(const char* what, const Load& load) {
  print_message(
      "%s: %zu messages acknowledged, %llu failures sent again, %llu reconnects, slowest reply %llu ms, "
      "%llu replies late and %llu of them no error, longest turn of the loop %llu us of %llu\n",
      what, load.acknowledged.size(), static_cast<unsigned long long>(load.failures()),
      static_cast<unsigned long long>(load.health().reconnects),
      static_cast<unsigned long long>(load.slowest_ms), static_cast<unsigned long long>(load.late),
      static_cast<unsigned long long>(load.late_successes),
      static_cast<unsigned long long>(load.longest_turn_us), static_cast<unsigned long long>(load.turns()));
}

/// A new database with three people, for an engine with the limits that are wanted.
MariadbOptions with_people(const std::string& database, std::chrono::milliseconds time_limit,
                           std::chrono::seconds call_limit) {
  MariadbOptions options = new_options(database);
  auto engine = open_mariadb(options);
  for (const char* name : {"bob", "eve", "小明"})
    (void)get<AccountCreated>(apply_one(*engine, create_account(name)));
  options.time_limit = time_limit;
  options.call_limit = call_limit;
  return options;
}

// Threat D7.
void a_server_killed_twenty_times_loses_and_doubles_nothing(void**) {
  const MariadbOptions usual;
  Load load(with_people("kills", usual.time_limit, usual.call_limit));
  std::atomic<bool> done{false};
  std::thread loop([&] { load.run_until(done); });
  // Each kill hits a load that is running again, however slow the machine is.
  bool good = true;
  for (std::uint64_t i = 0; i < 20 && good; ++i) {
    good = comes_true([&] { return load.health().reconnects >= i; }) && gets_on(load);
    std::this_thread::sleep_for(std::chrono::milliseconds(37 * i % 200));
    server().kill_now();
    good = server().start() && good;
  }
  good = comes_true([&] { return load.health().reconnects >= 20; }) && good;
  done = true;
  loop.join();
  report("20 kills", load);
  assert_true(good);
  check_nothing_lost_or_doubled(load, "kills");
}

// Threat D8: it keeps its connections and answers nothing. What was asked is answered by
// a failure all the same, while it is stopped, and the loop turns on.
void a_server_stopped_for_five_seconds_loses_and_doubles_nothing(void**) {
  Load load(with_people("stopped", 2'000ms, 1s));
  std::atomic<bool> done{false};
  std::thread loop([&] { load.run_until(done); });
  const bool began = gets_on(load);
  server().pause();
  const auto stopped_at = Clock::now();
  const std::uint64_t failed_before = load.failures();
  const bool answered = comes_true([&] { return load.failures() >= failed_before + 2 * Load::kInFlight; });
  // A loop that waits for the server has an answer after each turn.
  const bool turned = comes_true([&] { return load.turns_without_answer() >= 20; });
  std::this_thread::sleep_until(stopped_at + 5s);
  server().resume();
  const bool went_on = gets_on(load);
  done = true;
  loop.join();
  report("stopped for 5 s", load);
  assert_true(began && answered && turned && went_on);
  check_nothing_lost_or_doubled(load, "stopped");
}

}  // namespace

int main() {
  if (const int code = start_server(); code != 0) return code;
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_commit_whose_answer_was_lost_is_not_done_again),
      cmocka_unit_test(a_commit_that_never_arrived_is_done_again),
      cmocka_unit_test(a_message_of_unknown_outcome_is_new_when_it_is_sent_again),
      cmocka_unit_test(a_batch_that_is_late_before_its_commit_is_a_clear_error_and_leaves_nothing),
      cmocka_unit_test(connections_that_were_cut_are_made_again),
      cmocka_unit_test(a_connection_that_the_server_closed_is_made_again),
      cmocka_unit_test(a_deadlock_is_resolved_by_doing_the_transaction_again),
      cmocka_unit_test(a_lock_that_is_held_too_long_is_busy_and_passes),
      cmocka_unit_test(a_server_killed_twenty_times_loses_and_doubles_nothing),
      cmocka_unit_test(a_server_stopped_for_five_seconds_loses_and_doubles_nothing),
  };
  return end_server_after(cmocka_run_group_tests(tests, nullptr, nullptr));
}
