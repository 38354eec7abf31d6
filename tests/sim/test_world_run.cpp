// How time passes, who is called when, and what stops a world.
#include "sim/pair.hpp"

#include "support/cmocka.hpp"

using namespace sim_test;

namespace {

void run_until_ends_exactly_at_its_time(void**) {
  World world(1);
  world.run_until(Instant() + 3s);
  assert_true(world.now() == Instant() + 3s);
  world.run_for(2s);
  assert_true(world.now() == Instant() + 5s);
}

void actions_come_in_order_and_at_their_time(void**) {
  World world(1);
  std::vector<std::pair<int, Instant>> log;
  for (const int value : {3, 1, 2})
    world.at(Instant() + 1s * value, [&, value] { log.emplace_back(value, world.now()); });
  world.run_for(10s);
  assert_int_equal(log.size(), 3);
  for (int i = 0; i < 3; ++i) {
    assert_int_equal(log[static_cast<std::size_t>(i)].first, i + 1);
    assert_true(log[static_cast<std::size_t>(i)].second == Instant() + 1s * (i + 1));
  }
}

void an_action_in_the_past_is_done_now(void**) {
  World world(1);
  world.run_for(5s);
  Instant done_at;
  world.at(Instant() + 1s, [&] { done_at = world.now(); });
  world.run_for(1s);
  assert_true(done_at == Instant() + 5s);
}

void run_until_a_condition_stops_when_it_holds(void**) {
  World world(1);
  int count = 0;
  const std::function<void()> tick = [&] {
    ++count;
    world.after(1s, tick);
  };
  tick();
  assert_true(world.run_until([&] { return count == 4; }, 10s));
  assert_true(world.now() == Instant() + 3s);
  assert_false(world.run_until([&] { return count == 1'000; }, 10s));
  assert_true(world.now() == Instant() + 13s);
}

void idle_means_nothing_under_way_and_no_timer(void**) {
  Pair pair(1);
  assert_true(pair.connect());
  assert_false(pair.world.run_until_idle(1s));
  pair.world.close(pair.client, pair.at_client);
  assert_true(pair.world.run_until_idle(1min));
  assert_false(pair.world.step());
}

void commands_in_a_hook_are_inputs_like_any_other(void**) {
  Pair pair(1);
  int echoes = 0;
  pair.world.on_event(pair.server, [&](const Event& event) {
    if (event.type != EventType::message) return;
    const std::vector<std::uint8_t> copy(event.message.bytes.begin(), event.message.bytes.end());
    for (int i = 0; i < 3; ++i) static_cast<void>(pair.world.send(pair.server, event.connection, 0, copy));
    assert_true(std::equal(copy.begin(), copy.end(), event.message.bytes.begin()));
  });
  pair.world.on_event(pair.client, [&](const Event& event) { echoes += event.type == EventType::message; });
  pair.at_client = pair.world.connect(pair.client, pair.server).value();
  assert_true(static_cast<bool>(pair.say("hello")));
  pair.world.run_for(1s);
  assert_int_equal(echoes, 3);
  assert_false(pair.world.failed());
}

void no_hook_runs_inside_of_a_command(void**) {
  Pair pair(1);
  assert_true(pair.connect());
  bool inside = false, entered = false, told = false;
  pair.world.on_event(pair.client, [&](const Event&) {
    entered = entered || inside;
    told = true;
  });
  inside = true;
  pair.world.close_now(pair.client, pair.at_client);
  inside = false;
  assert_false(told);
  assert_false(pair.world.is_idle());
  pair.world.run_for(0s);
  assert_true(told);
  assert_false(entered);
}

void a_trace_sink_of_the_users_is_called_too(void**) {
  World world(1);
  int events = 0;
  EndpointConfig config;
  config.trace = [&](const TraceEvent&) { ++events; };
  const NodeId node = world.add_node(Address::v4(10, 0, 0, 1, 1), config).value();
  assert_true(world.connect(node, Address::v4(10, 0, 0, 2, 1)).has_value());
  world.run_for(1s);
  assert_true(events > 0);
}

struct Nervous final : Checker {
  explicit Nervous(int patience) : patience_(patience) {}
  std::string_view name() const override { return "nervous"; }
  Violation on_settled(const World&, NodeId) override {
    if (--patience_ > 0) return {};
    return "too much";
  }
  int patience_;
};

void the_first_violation_stops_the_world(void**) {
  Pair pair(1);
  pair.world.add_checker(std::make_unique<Nervous>(3));
  assert_false(pair.connect());
  assert_true(pair.world.failed());
  assert_string_equal(pair.world.violation().c_str(), "nervous: too much");
  const Instant stopped_at = pair.world.now();
  assert_false(pair.world.step());
  pair.world.run_for(1s);
  assert_true(pair.world.now() == stopped_at);
}

// A canary: what an endpoint that duplicates would show is found in a whole world too.
void a_message_that_nobody_sent_through_the_world_is_found(void**) {
  Pair pair(1);
  assert_true(pair.connect());
  static_cast<void>(pair.world.endpoint(pair.client)
                        .send(pair.world.local_time(pair.client), pair.at_client, 0, to_bytes("unseen")));
  pair.world.drain(pair.client);
  pair.world.run_for(1s);
  assert_true(pair.world.failed());
  assert_true(pair.world.violation().find("delivery: ") == 0);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(run_until_ends_exactly_at_its_time),
      cmocka_unit_test(actions_come_in_order_and_at_their_time),
      cmocka_unit_test(an_action_in_the_past_is_done_now),
      cmocka_unit_test(run_until_a_condition_stops_when_it_holds),
      cmocka_unit_test(idle_means_nothing_under_way_and_no_timer),
      cmocka_unit_test(commands_in_a_hook_are_inputs_like_any_other),
      cmocka_unit_test(no_hook_runs_inside_of_a_command),
      cmocka_unit_test(a_trace_sink_of_the_users_is_called_too),
      cmocka_unit_test(the_first_violation_stops_the_world),
      cmocka_unit_test(a_message_that_nobody_sent_through_the_world_is_found),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
