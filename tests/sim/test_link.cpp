#include <algorithm>
#include <chrono>
#include <vector>

#include <rudp/sim.hpp>

#include "support/cmocka.hpp"

using namespace rudp;
using namespace rudp::sim;
using namespace std::chrono_literals;

namespace {

constexpr int kMany = 20'000;

Instant at(Duration since_start) { return Instant() + since_start; }

Datagram datagram_of(std::size_t bytes, std::uint8_t fill = 0x5a) {
  return {.from = Address::v4(10, 0, 0, 1, 1),
          .to = Address::v4(10, 0, 0, 2, 2),
          .bytes = std::vector<std::uint8_t>(bytes, fill)};
}

Link link_like(const LinkOptions& options) { return Link(options, SeededRandom(1)); }

std::vector<Arrival> carry_many(Link& link, int count, Duration apart, std::size_t bytes = 100) {
  std::vector<Arrival> arrivals;
  for (int i = 0; i < count; ++i) {
    Datagram datagram = datagram_of(bytes);
    if (bytes >= 2) {
      datagram.bytes[0] = static_cast<std::uint8_t>(i);
      datagram.bytes[1] = static_cast<std::uint8_t>(i >> 8);
    }
    link.carry(at(apart * i), std::move(datagram), arrivals);
  }
  return arrivals;
}

bool in_order(const std::vector<Arrival>& arrivals) {
  return std::is_sorted(arrivals.begin(), arrivals.end(),
                        [](const Arrival& a, const Arrival& b) { return a.at < b.at; });
}

void a_clean_link_delivers_after_its_delay(void**) {
  Link link = link_like({.delay = 25ms});
  std::vector<Arrival> arrivals;
  link.carry(at(1s), datagram_of(100), arrivals);
  assert_int_equal(arrivals.size(), 1);
  assert_true(arrivals[0].at == at(1025ms));
  assert_true(arrivals[0].datagram.bytes == datagram_of(100).bytes);
}

void headers_count(void**) {
  assert_int_equal(Link::ip_bytes(Address::v4(1, 2, 3, 4, 5), 100), 128);
  assert_int_equal(Link::ip_bytes(Address::parse("[2001:db8::1]:5").value(), 100), 148);
}

void loss_takes_its_share_and_counts_it(void**) {
  Link link = link_like({.loss_ppm = 300'000});
  const auto arrivals = carry_many(link, kMany, 1us);
  assert_in_range(link.statistics().dropped_loss, kMany * 28 / 100, kMany * 32 / 100);
  assert_int_equal(arrivals.size() + link.statistics().dropped_loss, kMany);
}

void bursts_lose_neighbours(void**) {
  Link link = link_like({.burst_begin_ppm = 10'000, .burst_end_ppm = 250'000});
  const auto arrivals = carry_many(link, kMany, 1us);
  const std::uint64_t lost = link.statistics().dropped_burst;
  assert_int_equal(arrivals.size() + lost, kMany);
  // Mean burst of 4 after mean gaps of 100.
  assert_in_range(lost, kMany * 25 / 1000, kMany * 55 / 1000);
}

void a_burst_ends_in_time_for_who_sends_seldom(void**) {
  Link link = link_like({.burst_begin_ppm = 1'000'000, .burst_end_ppm = 0, .burst_longest = 3s});
  const auto arrivals = carry_many(link, 9, 1s);
  // The first begins a burst; the fourth finds it over; the fifth begins the next.
  assert_int_equal(arrivals.size(), 2);
  assert_int_equal(arrivals[0].datagram.bytes[0], 3);
  assert_int_equal(arrivals[1].datagram.bytes[0], 7);
}

void a_duplicate_is_the_same_datagram(void**) {
  Link link = link_like({.duplicate_ppm = 1'000'000});
  const auto arrivals = carry_many(link, 10, 1ms);
  assert_int_equal(arrivals.size(), 20);
  assert_int_equal(link.statistics().duplicated, 10);
  for (std::size_t i = 0; i < 20; i += 2)
    assert_true(arrivals[i].datagram.bytes == arrivals[i + 1].datagram.bytes);
}

void jitter_moves_but_keeps_the_order(void**) {
  for (const JitterShape shape : {JitterShape::uniform, JitterShape::long_tail}) {
    Link link = link_like({.delay = 10ms, .jitter = 5ms, .jitter_shape = shape});
    const auto arrivals = carry_many(link, kMany, 1us);
    assert_true(in_order(arrivals));
    assert_true(link.statistics().jittered > kMany / 2);
    for (int i = 0; i < kMany; ++i) {
      const Duration took = arrivals[static_cast<std::size_t>(i)].at - at(1us * i);
      assert_true(took >= 10ms && took <= 15ms);
    }
  }
}

void a_long_tail_is_mostly_small(void**) {
  Link link = link_like({.delay = 0ms, .jitter = 64ms, .jitter_shape = JitterShape::long_tail});
  const auto arrivals = carry_many(link, kMany, 1s);
  std::vector<Duration> jitters;
  for (int i = 0; i < kMany; ++i) jitters.push_back(arrivals[static_cast<std::size_t>(i)].at - at(1s * i));
  std::sort(jitters.begin(), jitters.end());
  assert_true(jitters[kMany / 2] < 1ms);
  assert_true(jitters.back() > 16ms);
}

void reordering_lets_others_overtake(void**) {
  Link link = link_like({.reorder_ppm = 100'000, .reorder_delay = 20ms});
  const auto arrivals = carry_many(link, kMany, 1ms);
  assert_false(in_order(arrivals));
  assert_in_range(link.statistics().reordered, kMany * 9 / 100, kMany * 11 / 100);
}

void corruption_has_three_kinds(void**) {
  Link link = link_like({.corrupt_ppm = 1'000'000});
  const auto arrivals = carry_many(link, kMany, 1us);
  std::uint64_t cut = 0, extended = 0, altered = 0;
  for (std::size_t i = 0; i < arrivals.size(); ++i) {
    const auto& bytes = arrivals[i].datagram.bytes;
    cut += bytes.size() < 100;
    extended += bytes.size() > 100;
    altered += bytes.size() == 100;
  }
  assert_int_equal(link.statistics().corrupted_cut, cut);
  assert_int_equal(link.statistics().corrupted_extended, extended);
  assert_int_equal(link.statistics().corrupted_flipped, altered);
  assert_true(cut > 4'000 && extended > 4'000 && altered > 8'000);
}

void corruption_takes_an_empty_datagram(void**) {
  Link link = link_like({.corrupt_ppm = 1'000'000});
  for (const Arrival& arrival : carry_many(link, 100, 1us, 0))
    assert_true(arrival.datagram.bytes.size() >= 1);
}

void a_rate_spaces_datagrams_by_their_ip_bytes(void**) {
  // 972 + 28 = 1,000 bytes at 8 Mbit/s: one each millisecond.
  Link link = link_like({.delay = 10ms, .rate_bits_per_s = 8'000'000, .queue_bytes = 1 << 20});
  const auto arrivals = carry_many(link, 10, 0ms, 972);
  for (int i = 0; i < 10; ++i)
    assert_true(arrivals[static_cast<std::size_t>(i)].at == at(10ms + 1ms * (i + 1)));
}

void a_full_queue_drops_at_its_tail(void**) {
  Link link = link_like({.rate_bits_per_s = 8'000'000, .queue_bytes = 5'000});
  const auto arrivals = carry_many(link, 10, 0ms, 972);
  assert_int_equal(arrivals.size(), 5);
  assert_int_equal(link.statistics().dropped_queue, 5);
  assert_int_equal(link.statistics().queue_bytes_max, 5'000);
  assert_int_equal(arrivals.back().datagram.bytes[0], 4);
}

void a_queue_drains_at_the_rate(void**) {
  Link link = link_like({.rate_bits_per_s = 8'000'000, .queue_bytes = 5'000});
  std::vector<Arrival> arrivals;
  for (int i = 0; i < 5; ++i) link.carry(at(0ms), datagram_of(972), arrivals);
  link.carry(at(999us), datagram_of(972), arrivals);
  assert_int_equal(arrivals.size(), 5);
  link.carry(at(1ms), datagram_of(972), arrivals);
  assert_int_equal(arrivals.size(), 6);
}

void a_blackout_begins_and_ends_on_time(void**) {
  Link link = link_like({.blackouts = {{at(5ms), at(8ms)}, {at(20ms), at(21ms)}}});
  const auto arrivals = carry_many(link, 30, 1ms);
  assert_int_equal(link.statistics().dropped_blackout, 4);
  assert_int_equal(arrivals.size(), 26);
  assert_int_equal(arrivals[4].datagram.bytes[0], 4);
  assert_int_equal(arrivals[5].datagram.bytes[0], 8);
}

void packets_above_the_links_size_vanish(void**) {
  Link link = link_like({.packet_bytes_max = 1'300});
  std::vector<Arrival> arrivals;
  link.carry(at(0s), datagram_of(1'272), arrivals);
  link.carry(at(0s), datagram_of(1'273), arrivals);
  assert_int_equal(arrivals.size(), 1);
  assert_int_equal(link.statistics().dropped_too_big, 1);
}

void one_seed_gives_one_history(void**) {
  const LinkOptions options{.jitter = 3ms,
                            .loss_ppm = 100'000,
                            .burst_begin_ppm = 1'000,
                            .duplicate_ppm = 100'000,
                            .reorder_ppm = 100'000,
                            .corrupt_ppm = 100'000};
  Link one = link_like(options);
  Link other = link_like(options);
  const auto a = carry_many(one, 1000, 1ms);
  const auto b = carry_many(other, 1000, 1ms);
  assert_int_equal(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i)
    assert_true(a[i].at == b[i].at && a[i].datagram.bytes == b[i].datagram.bytes);
}

void options_can_change_under_way(void**) {
  Link link = link_like({.loss_ppm = 1'000'000});
  assert_int_equal(carry_many(link, 10, 1ms).size(), 0);
  link.set_options({});
  std::vector<Arrival> arrivals;
  link.carry(at(1s), datagram_of(10), arrivals);
  assert_int_equal(arrivals.size(), 1);
}

// 8 Mbit/s is a byte a microsecond; a datagram of 72 is 100 on the wire.
void saved_tokens_leave_at_once_and_what_follows_waits(void**) {
  Link link = link_like({.delay = 0ms, .rate_bits_per_s = 8'000'000, .token_bytes = 300});
  std::vector<Arrival> arrivals;
  for (int i = 0; i < 5; ++i) link.carry(at(1s), datagram_of(72), arrivals);
  assert_int_equal(arrivals.size(), 5);
  for (std::size_t i = 0; i < 3; ++i) assert_true(arrivals[i].at == at(1s));
  assert_true(arrivals[3].at == at(1s + 100us));
  assert_true(arrivals[4].at == at(1s + 200us));
}

void without_a_queue_tokens_are_a_policer(void**) {
  Link link = link_like({.delay = 0ms, .rate_bits_per_s = 8'000'000, .queue_bytes = 0, .token_bytes = 1000});
  // Twice the rate, and nothing saved at the start: every other one is dropped.
  const auto arrivals = carry_many(link, 1000, 50us, 72);
  for (std::size_t i = 0; i < arrivals.size(); ++i) assert_true(arrivals[i].at.ns() % 50'000 == 0);
  assert_in_range(arrivals.size(), 498, 500);
  assert_int_equal(link.statistics().dropped_queue, 1000 - arrivals.size());
}

void a_long_queue_marks_who_asked_for_it(void**) {
  Link link = link_like({.delay = 0ms, .rate_bits_per_s = 8'000'000, .mark_bytes = 300});
  std::vector<Arrival> arrivals;
  for (const Ecn ecn : {Ecn::ect0, Ecn::ect0, Ecn::ect0, Ecn::ect0, Ecn::not_ect}) {
    Datagram datagram = datagram_of(72);
    datagram.ecn = ecn;
    link.carry(at(1s), std::move(datagram), arrivals);
  }
  assert_true(arrivals[2].datagram.ecn == Ecn::ect0);
  assert_true(arrivals[3].datagram.ecn == Ecn::ce);
  assert_true(arrivals[4].datagram.ecn == Ecn::not_ect);
  assert_int_equal(link.statistics().marked, 1);
}

void a_stall_keeps_the_queue_and_lets_it_go_at_its_end(void**) {
  Link link = link_like({.delay = 0ms, .rate_bits_per_s = 8'000'000, .stalls = {{at(1s), at(2s)}}});
  const auto arrivals = carry_many(link, 3, 600ms, 72);
  assert_true(arrivals[0].at == at(100us));
  assert_true(arrivals[1].at == at(600ms + 100us));
  assert_true(arrivals[2].at == at(2s + 100us));
}

void waiting_is_counted(void**) {
  Link link = link_like({.delay = 0ms, .rate_bits_per_s = 8'000'000});
  carry_many(link, 4, 0us, 72);
  assert_int_equal(link.statistics().queued, 4);
  assert_true(link.statistics().queue_delay_sum == 600us);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_clean_link_delivers_after_its_delay),
      cmocka_unit_test(headers_count),
      cmocka_unit_test(loss_takes_its_share_and_counts_it),
      cmocka_unit_test(bursts_lose_neighbours),
      cmocka_unit_test(a_burst_ends_in_time_for_who_sends_seldom),
      cmocka_unit_test(a_duplicate_is_the_same_datagram),
      cmocka_unit_test(jitter_moves_but_keeps_the_order),
      cmocka_unit_test(a_long_tail_is_mostly_small),
      cmocka_unit_test(reordering_lets_others_overtake),
      cmocka_unit_test(corruption_has_three_kinds),
      cmocka_unit_test(corruption_takes_an_empty_datagram),
      cmocka_unit_test(a_rate_spaces_datagrams_by_their_ip_bytes),
      cmocka_unit_test(a_full_queue_drops_at_its_tail),
      cmocka_unit_test(a_queue_drains_at_the_rate),
      cmocka_unit_test(a_blackout_begins_and_ends_on_time),
      cmocka_unit_test(packets_above_the_links_size_vanish),
      cmocka_unit_test(one_seed_gives_one_history),
      cmocka_unit_test(options_can_change_under_way),
      cmocka_unit_test(saved_tokens_leave_at_once_and_what_follows_waits),
      cmocka_unit_test(without_a_queue_tokens_are_a_policer),
      cmocka_unit_test(a_long_queue_marks_who_asked_for_it),
      cmocka_unit_test(a_stall_keeps_the_queue_and_lets_it_go_at_its_end),
      cmocka_unit_test(waiting_is_counted),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
