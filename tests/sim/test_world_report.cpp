#include "sim/pair.hpp"

#include "support/cmocka.hpp"

using namespace sim_test;

namespace {

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

void a_report_holds_what_is_needed_to_repeat_the_run(void**) {
  Pair pair(4711, {.reproduce_with = "simulate --one 4711", .description = "two nodes, clean"});
  assert_true(pair.connect());
  pair.world.report_violation("that is enough");
  const std::string report = pair.world.failure_report();
  assert_true(contains(report, "violation: that is enough\n"));
  assert_true(contains(report, "seed: 4711,"));
  assert_true(contains(report, "drawn: two nodes, clean\n"));
  assert_true(contains(report, "node 10.0.0.1:9000:"));
  assert_true(contains(report, "link 1 -> 0: delay_us 10000"));
  assert_true(contains(report, "packet_received"));
  assert_true(contains(report, "repeat with: simulate --one 4711\n"));
}

void a_report_shows_as_many_lines_as_were_asked_for(void**) {
  Pair pair(1, {.trace_lines = 7});
  assert_true(pair.connect());
  const std::string report = pair.world.failure_report();
  const std::string tail = report.substr(report.find("last of what happened:\n") + 23);
  assert_int_equal(std::count(tail.begin(), tail.end(), '\n'), 7);
}

void a_run_that_did_not_fail_can_be_reported_too(void**) {
  World world(1);
  assert_true(contains(world.failure_report(), "violation: none\n"));
}

void the_first_failure_is_kept(void**) {
  World world(1);
  world.report_violation("cause");
  world.report_violation("consequence");
  assert_string_equal(world.violation().c_str(), "cause");
}

void the_report_counts_what_links_did(void**) {
  Pair pair(1);
  pair.world.connect_nodes(pair.client, pair.server, {.loss_ppm = 500'000, .duplicate_ppm = 500'000});
  pair.connect();
  pair.world.run_for(5s);
  const LinkStatistics sum = pair.world.link_statistics();
  const LinkStatistics up = pair.world.link(pair.client, pair.server).statistics();
  const LinkStatistics down = pair.world.link(pair.server, pair.client).statistics();
  assert_true(sum.dropped_loss > 0 && sum.duplicated > 0);
  assert_int_equal(sum.dropped_loss, up.dropped_loss + down.dropped_loss);
  assert_int_equal(sum.delivered, up.delivered + down.delivered);
  assert_int_equal(sum.offered + sum.duplicated, sum.delivered + sum.dropped_loss);
}

void the_report_counts_what_waited_and_what_was_marked(void**) {
  Pair pair(1);
  pair.world.connect_nodes(pair.client, pair.server, {.rate_bits_per_s = 1'000'000, .mark_bytes = 2'000});
  assert_true(pair.connect());
  for (int i = 0; i < 50; ++i) assert_true(bool(pair.say(std::string(1'000, 'x'))));
  pair.world.run_for(5s);
  const LinkStatistics sum = pair.world.link_statistics();
  const LinkStatistics up = pair.world.link(pair.client, pair.server).statistics();
  const LinkStatistics down = pair.world.link(pair.server, pair.client).statistics();
  assert_true(sum.marked > 0 && sum.queued > 0 && sum.queue_delay_sum > Duration::zero());
  assert_int_equal(sum.marked, up.marked + down.marked);
  assert_int_equal(sum.queued, up.queued + down.queued);
  assert_true(sum.queue_delay_sum == up.queue_delay_sum + down.queue_delay_sum);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_report_holds_what_is_needed_to_repeat_the_run),
      cmocka_unit_test(a_report_shows_as_many_lines_as_were_asked_for),
      cmocka_unit_test(a_run_that_did_not_fail_can_be_reported_too),
      cmocka_unit_test(the_first_failure_is_kept),
      cmocka_unit_test(the_report_counts_what_links_did),
      cmocka_unit_test(the_report_counts_what_waited_and_what_was_marked),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
