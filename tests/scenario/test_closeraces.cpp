// S11: ends that meet, over paths that lose any of the datagrams in which they are said.
#include <cstdint>

#include "duo.hpp"

#include "support/cmocka.hpp"

using namespace scenario;

namespace {

/// The first datagrams after the end was begun: each may be lost, in every combination.
constexpr unsigned kDatagrams = 7;
/// Beyond the idle timeout of whoever never hears of it.
constexpr Duration kRest = 2min;

enum class Way { abrupt, drained };

struct Race {
  bool client_ends = false, server_ends = false;
  Way way = Way::abrupt;
  bool has_data = false;  ///< of both, with receipts, right before the end
};

class Trial {
 public:
  Trial(const Race& race, unsigned lost) : race_(race), lost_(lost), duo_(5, {.delay = 20ms}) {
    duo_.world.on_event(duo_.client,
                        [this](const Event& event) { take(event, duo_.at_client, proofs_at_client_); });
    duo_.world.on_event(duo_.server,
                        [this](const Event& event) { take(event, duo_.at_server, proofs_at_server_); });
  }

  void run() {
    assert_true(duo_.connect());
    duo_.world.run_for(1s);
    duo_.world.set_filter(
        [this](const Datagram&) { return sent_ >= kDatagrams || (lost_ >> sent_++ & 1) == 0; });
    if (race_.has_data) {
      assert_true(static_cast<bool>(duo_.say("from client", {.receipt = true})));
      assert_true(static_cast<bool>(duo_.answer("from server", {.receipt = true})));
    }
    if (race_.client_ends) end(duo_.client, duo_.at_client);
    if (race_.server_ends) end(duo_.server, duo_.at_server);
    assert_true(duo_.world.run_until_idle(kRest));
    assert_true(duo_.is_well());
    check(duo_.at_client, race_.client_ends);
    check(duo_.at_server, race_.server_ends);
    assert_int_equal(duo_.world.endpoint(duo_.client).connection_count(), 0);
    assert_int_equal(duo_.world.endpoint(duo_.server).connection_count(), 0);
    assert_int_equal(receipts_, race_.has_data ? 2 : 0);
    // Nothing is taken back that was acknowledged.
    if (proofs_at_client_ > 0) assert_int_equal(duo_.at_server.messages.size(), 1);
    if (proofs_at_server_ > 0) assert_int_equal(duo_.at_client.messages.size(), 1);
    if (race_.has_data && race_.way == Way::drained) check_drained();
  }

 private:
  void take(const Event& event, Seen& seen, int& proofs) {
    if (event.type == EventType::closed) assert_false(seen.closed.has_value());  // told once
    const bool is_proof = event.type == EventType::receipt && event.receipt == ReceiptStatus::delivered;
    proofs += is_proof ? 1 : 0;
    receipts_ += event.type == EventType::receipt ? 1 : 0;
    seen.take(event);
  }

  void end(NodeId node, const Seen& seen) {
    if (race_.way == Way::abrupt)
      duo_.world.close_now(node, seen.connection, 3, "race");
    else
      duo_.world.close(node, seen.connection, 3, "race", 30s);
  }

  void check(const Seen& seen, bool ended_it) const {
    assert_true(seen.closed.has_value());
    const Error error = *seen.closed;
    const bool was_heard =
        error == Error::closed_by_peer || error == Error::reset_by_peer || error == Error::idle_timeout;
    assert_true(error == Error::closed_locally ? ended_it : was_heard);
    if (!ended_it) assert_true(error != Error::closed_locally);
    if (error == Error::closed_by_peer) assert_int_equal(seen.close_code, 3);
  }

  /// Who ends first has what it said delivered before; the other may have to do without.
  void check_drained() const {
    assert_true(duo_.at_client.messages.size() + duo_.at_server.messages.size() >= 1);
    if (!race_.server_ends) assert_int_equal(duo_.at_server.messages.size(), 1);
    if (!race_.client_ends) assert_int_equal(duo_.at_client.messages.size(), 1);
    assert_true(proofs_at_client_ + proofs_at_server_ >= 1);
  }

  Race race_;
  unsigned lost_;
  Duo duo_;
  unsigned sent_ = 0;
  int proofs_at_client_ = 0, proofs_at_server_ = 0, receipts_ = 0;
};

void run_all_orders_of_loss(const Race& race) {
  for (unsigned lost = 0; lost < 1u << kDatagrams; ++lost) Trial(race, lost).run();
}

void run_both_ways(Race race) {
  for (const bool has_data : {false, true}) {
    race.has_data = has_data;
    race.way = Way::abrupt;
    run_all_orders_of_loss(race);
    race.way = Way::drained;
    run_all_orders_of_loss(race);
  }
}

// Threat S11.
void a_client_that_ends_is_heard_whatever_is_lost(void**) { run_both_ways({.client_ends = true}); }
// Threat S11.
void a_server_that_ends_is_heard_whatever_is_lost(void**) { run_both_ways({.server_ends = true}); }
// Threat S11.
void two_that_end_at_once_both_end_whatever_is_lost(void**) {
  run_both_ways({.client_ends = true, .server_ends = true});
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_client_that_ends_is_heard_whatever_is_lost),
      cmocka_unit_test(a_server_that_ends_is_heard_whatever_is_lost),
      cmocka_unit_test(two_that_end_at_once_both_end_whatever_is_lost),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
