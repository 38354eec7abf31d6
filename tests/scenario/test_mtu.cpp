// Paths that carry packets of one size and not of another, and that change their mind.
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "bulk.hpp"
#include "duo.hpp"

#include "support/cmocka.hpp"

using namespace scenario;

namespace {

constexpr std::uint32_t kIpAndUdpBytes = 28;
constexpr std::size_t kBaseBytes = 1'200;

/// A client that has something to send for as long as it lasts.
class Sender {
 public:
  Sender(std::uint64_t seed, const LinkOptions& path, const TransportOptions& transport = {})
      : duo(seed, path, transport) {
    duo.world.on_event(duo.client, [this](const Event& event) {
      duo.at_client.take(event);
      if (event.type == EventType::connected || event.type == EventType::writable) fill();
    });
    duo.world.on_event(duo.server, [this](const Event& event) {
      if (event.type == EventType::message) delivered += event.message.bytes.size();
      duo.at_server.connection = event.connection;
    });
    duo.world.set_filter([this](const Datagram& datagram) {
      if (datagram.from == duo.world.address(duo.client)) ++datagrams;
      return true;
    });
  }

  void set_mtu(std::uint32_t ip_bytes) {
    LinkOptions path = link().options();
    path.packet_bytes_max = ip_bytes;
    link().set_options(path);
  }
  void begin(std::uint64_t bytes) {
    left_ = bytes;
    goal_ += bytes;
    if (duo.at_client.connected) fill();
  }
  /// True: all of `bytes` arrived.
  bool send(std::uint64_t bytes, Duration limit) {
    begin(bytes);
    const bool done = duo.world.run_until([this] { return delivered >= goal_; }, limit);
    return duo.is_well() && done;
  }
  Link& link() { return duo.world.link(duo.client, duo.server); }
  ConnectionStatistics statistics() const {
    return duo.world.endpoint(duo.client).statistics(duo.at_client.connection).value();
  }

  Duo duo;
  std::vector<std::size_t> sizes{64u << 10, 1'380, 400, 5'000, 1'190};  ///< of the messages, in turn
  std::uint64_t delivered = 0;
  std::uint64_t datagrams = 0;

 private:
  // Of all reliable kinds, and of lengths that are cut into fragments and that are not.
  void fill() {
    while (left_ > 0) {
      const std::size_t bytes = std::min<std::uint64_t>(left_, sizes[next_ % sizes.size()]);
      const Delivery delivery = next_ % 2 == 0 ? Delivery::reliable_ordered : Delivery::reliable_unordered;
      if (!duo.say_bytes(std::vector<std::uint8_t>(bytes, static_cast<std::uint8_t>(next_)),
                         {.delivery = delivery}))
        return;
      left_ -= bytes;
      ++next_;
    }
  }

  std::size_t next_ = 0;
  std::uint64_t left_ = 0, goal_ = 0;
};

LinkOptions path(std::uint32_t ip_bytes) {
  return {.delay = 25ms, .rate_bits_per_s = 20'000'000, .queue_bytes = 125'000, .packet_bytes_max = ip_bytes};
}

void the_size_that_the_path_carries_is_found(void**) {
  const struct {
    std::uint32_t ip_bytes, at_least;
    std::uint64_t probes_max;
  } paths[] = {{9000, 1472, 1},  {1500, 1472, 1},  {1492, 1448, 20},
               {1420, 1376, 20}, {1280, 1236, 20}, {1228, 1200, 20}};
  for (const auto& p : paths) {
    LinkOptions roomy = path(p.ip_bytes);
    roomy.queue_bytes = 16u << 20;  // it drops nothing, so that what is lost was too big
    Sender sender(p.ip_bytes, roomy);
    sender.duo.start();
    assert_true(sender.send(8u << 20, 30s));
    const ConnectionStatistics now = sender.statistics();
    std::printf("IP packets of %u bytes: %llu bytes of payload after %llu probes, %llu lost\n", p.ip_bytes,
                static_cast<unsigned long long>(now.datagram_bytes_max),
                static_cast<unsigned long long>(now.mtu_probes_sent),
                static_cast<unsigned long long>(now.mtu_probes_lost));
    assert_true(now.datagram_bytes_max >= p.at_least);
    assert_true(now.datagram_bytes_max + kIpAndUdpBytes <= p.ip_bytes || now.datagram_bytes_max == 1472);
    assert_true(now.mtu_probes_sent <= p.probes_max);
    // Nothing but probes was too big (the last may not be missed yet), and not one of them was taken for
    // congestion.
    assert_in_range(sender.link().statistics().dropped_too_big, now.mtu_probes_lost, now.mtu_probes_lost + 1);
    assert_int_equal(now.mtu_black_holes, 0);
    assert_int_equal(now.packets_lost, 0);
    assert_true(now.probes_sent <= 1);
  }
}

// Threat F5.
// In the middle of a transfer the path takes smaller packets only, and says nothing.
void a_transfer_outlives_a_path_that_shrinks(void**) {
  for (const std::uint32_t ip_bytes : {1400u, 1280u, 1228u}) {
    Sender sender(ip_bytes, path(1500));
    sender.duo.start();
    assert_true(sender.send(2u << 20, 30s));
    assert_int_equal(sender.statistics().datagram_bytes_max, 1472);
    sender.duo.world.after(300ms, [&] { sender.set_mtu(ip_bytes); });
    const Instant began = sender.duo.world.now();
    assert_true(sender.send(4u << 20, 30s));
    const Duration took = sender.duo.world.now() - began;
    const ConnectionStatistics now = sender.statistics();
    std::printf("1500 -> %u: 4 MiB in %lld ms, %llu bytes of payload\n", ip_bytes,
                static_cast<long long>(took / 1ms), static_cast<unsigned long long>(now.datagram_bytes_max));
    assert_int_equal(now.mtu_black_holes, 1);
    assert_true(now.datagram_bytes_max + kIpAndUdpBytes <= ip_bytes);
    // 1.7 s are the rate's; a black hole is noticed by the second probe timeout.
    assert_true(took <= 2'600ms);
  }
}

// Threat F5.
// All that is under way is large, so nothing that arrives tells: only a small probe does.
void a_transfer_of_full_packets_alone_outlives_it(void**) {
  TransportOptions transport;
  transport.initial_message_credit_bytes = 16u << 20;  // so that probes have something to say
  Sender sender(1, path(1500), transport);
  sender.sizes = {64u << 10};
  sender.duo.start();
  assert_true(sender.send(2u << 20, 30s));
  sender.duo.world.after(300ms, [&] { sender.set_mtu(1280); });
  const Instant began = sender.duo.world.now();
  assert_true(sender.send(4u << 20, 30s));
  const Duration took = sender.duo.world.now() - began;
  std::printf("1500 -> 1280, full packets alone: 4 MiB in %lld ms\n", static_cast<long long>(took / 1ms));
  assert_int_equal(sender.statistics().mtu_black_holes, 1);
  assert_true(took <= 2'600ms);
}

// The last large ones are missed a little later than those that told of the black hole.
void what_a_black_hole_took_is_no_congestion(void**) {
  TransportOptions transport;
  transport.initial_message_credit_bytes = 16u << 20;
  LinkOptions roomy = path(1500);
  roomy.queue_bytes = 16u << 20;
  Sender sender(1, roomy, transport);
  sender.sizes = {64u << 10};
  sender.duo.start();
  assert_true(sender.send(2u << 20, 30s));
  std::uint64_t before = 0;
  sender.duo.world.after(300ms, [&] {
    before = sender.statistics().congestion_window_bytes;
    sender.set_mtu(1280);
  });
  sender.begin(8u << 20);
  assert_true(sender.duo.world.run_until([&] { return sender.statistics().mtu_black_holes == 1; }, 5s));
  sender.duo.world.run_for(sender.statistics().smoothed_rtt);
  std::printf("window before and a round trip after a black hole: %llu, %llu\n",
              static_cast<unsigned long long>(before),
              static_cast<unsigned long long>(sender.statistics().congestion_window_bytes));
  assert_true(sender.statistics().congestion_window_bytes >= before);
}

// Threat F5.
// One message under way, sent whole in a packet that no longer passes.
void a_lone_message_outlives_it_too(void**) {
  for (const Delivery delivery :
       {Delivery::reliable_ordered, Delivery::reliable_unordered, Delivery::latest}) {
    Sender sender(1, path(1500));
    sender.duo.start();
    assert_true(sender.send(2u << 20, 30s));
    sender.set_mtu(1280);
    const std::uint64_t before = sender.delivered;
    for (int i = 0; i < 8; ++i) {
      const std::vector<std::uint8_t> message(1'400, 'm');
      assert_true(bool(sender.duo.say_bytes(message, {.delivery = delivery})));
      const bool arrived = sender.duo.world.run_until(
          [&] { return sender.delivered == before + 1'400u * static_cast<unsigned>(i + 1); }, 3s);
      assert_true(arrived);
    }
    assert_true(sender.duo.is_well());
  }
}

// A path that gets better is noticed by whoever still sends after ten minutes.
void a_path_that_grows_is_used(void**) {
  Sender sender(1, path(1280));
  sender.duo.start();
  assert_true(sender.send(4u << 20, 30s));
  assert_true(sender.statistics().datagram_bytes_max < 1280);
  sender.set_mtu(1500);
  assert_true(sender.send(1u << 20, 30s));
  assert_true(sender.statistics().datagram_bytes_max < 1280);
  sender.duo.world.run_for(10min);
  assert_true(sender.send(1u << 20, 30s));
  assert_int_equal(sender.statistics().datagram_bytes_max, 1472);
}

void an_outage_is_no_black_hole(void**) {
  Sender sender(1, path(1500));
  sender.duo.start();
  assert_true(sender.send(2u << 20, 30s));
  LinkOptions there = sender.link().options();
  there.blackouts.push_back({sender.duo.world.now() + 100ms, sender.duo.world.now() + 3s});
  sender.link().set_options(there);
  assert_true(sender.send(4u << 20, 30s));
  assert_int_equal(sender.statistics().mtu_black_holes, 0);
  assert_int_equal(sender.statistics().datagram_bytes_max, 1472);
}

// An outage, and what is large is lost for some time more: that looks like a black hole, again and again.
// Each time the size is found again at once.
void an_outage_that_looks_like_a_black_hole_costs_no_minute(void**) {
  Sender sender(1, path(1500));
  sender.duo.start();
  assert_true(sender.send(2u << 20, 30s));
  std::uint64_t holes = 0;
  for (int outage = 0; outage < 2; ++outage) {
    LinkOptions there = sender.link().options();
    const Instant ends = sender.duo.world.now() + 2s;
    there.blackouts = {{sender.duo.world.now() + 100ms, ends}};
    sender.link().set_options(there);
    std::uint64_t seen = 0;
    sender.duo.world.set_filter([&](const Datagram& datagram) {
      const bool from_client = datagram.from == sender.duo.world.address(sender.duo.client);
      const bool is_large = datagram.bytes.size() > kBaseBytes;
      if (from_client && !is_large && sender.duo.world.now() >= ends) ++seen;
      return !from_client || !is_large || seen > 3;
    });
    assert_true(sender.send(4u << 20, 30s));
    assert_int_equal(sender.statistics().mtu_black_holes, ++holes);
    assert_int_equal(sender.statistics().datagram_bytes_max, 1472);
  }
}

// Every second packet is small and 15 % are lost: three large ones in a row are, now and then.
void random_loss_among_small_packets_costs_no_minute(void**) {
  LinkOptions lossy = path(1500);
  lossy.loss_ppm = 150'000;
  Sender sender(1, lossy);
  sender.duo.start();
  assert_true(sender.send(2u << 20, 60s));
  Duration small{0};
  for (int i = 0; i < 6'000; ++i) {
    const std::size_t bytes = i % 2 == 0 ? 1'400 : 100;
    const std::vector<std::uint8_t> message(bytes, 'm');
    assert_true(bool(sender.duo.say_bytes(message, {.delivery = Delivery::unreliable})));
    sender.duo.world.run_for(10ms);
    if (sender.statistics().datagram_bytes_max < 1472) small += 10ms;
  }
  assert_true(sender.duo.is_well());
  std::printf(
      "of a minute among small packets at 15 %% loss, %lld ms with small ones alone; %llu black holes\n",
      static_cast<long long>(small / 1ms),
      static_cast<unsigned long long>(sender.statistics().mtu_black_holes));
  assert_true(small <= 5s);
}

void random_loss_is_no_black_hole(void**) {
  LinkOptions lossy = path(1500);
  lossy.loss_ppm = 100'000;
  Sender sender(1, lossy);
  sender.duo.start();
  assert_true(sender.send(8u << 20, 60s));
  assert_int_equal(sender.statistics().mtu_black_holes, 0);
  assert_int_equal(sender.statistics().datagram_bytes_max, 1472);
}

// Small messages do not ask how large they might be; a connection that rests sends nothing for it.
void nothing_is_probed_where_packets_are_not_full(void**) {
  Duo duo(1, path(1500));
  assert_true(duo.connect());
  for (int i = 0; i < 50; ++i) {
    assert_true(bool(duo.say("a word")));
    duo.world.run_for(20ms);
  }
  const ConnectionStatistics now =
      duo.world.endpoint(duo.client).statistics(duo.at_client.connection).value();
  assert_int_equal(now.mtu_probes_sent, 0);
  assert_int_equal(now.datagram_bytes_max, 1200);
}

void without_discovery_the_size_is_what_was_asked_for(void**) {
  TransportOptions transport;
  transport.discover_mtu = false;
  transport.max_datagram_bytes = 1350;
  Sender sender(1, path(1500), transport);
  sender.duo.start();
  assert_true(sender.send(1u << 20, 30s));
  assert_int_equal(sender.statistics().datagram_bytes_max, 1350);
  assert_int_equal(sender.statistics().mtu_probes_sent, 0);
}

// The defaults do as well as who knows the path: 20 Mbit/s, 50 ms.
void what_is_found_fills_the_link_as_what_is_known(void**) {
  for (const std::uint32_t loss_ppm : {0u, 50'000u}) {
    std::uint64_t shares[2] = {};
    for (const bool discovers : {false, true}) {
      TransportOptions transport = bulk_transport();
      transport.discover_mtu = discovers;
      Bulk bulk(1, {.loss_ppm = loss_ppm});
      bulk.add(transport);
      bulk.run_until(2s);
      shares[discovers ? 1 : 0] = bulk.measure(0, 20s).share_permille;
    }
    std::printf("%u ppm lost: %llu/1000 with the size found, %llu with it known\n", loss_ppm,
                static_cast<unsigned long long>(shares[1]), static_cast<unsigned long long>(shares[0]));
    assert_true(shares[1] + 10 >= shares[0]);
  }
}

void another_network_is_searched_anew(void**) {
  Sender sender(1, path(1500));
  sender.duo.start();
  assert_true(sender.send(1u << 20, 30s));
  assert_int_equal(sender.statistics().datagram_bytes_max, 1472);
  sender.set_mtu(1280);
  const SocketId other =
      sender.duo.world.add_socket(sender.duo.client, Address::v4(10, 8, 8, 8, 5000)).value();
  const ConnectionHandle moving = sender.duo.at_client.connection;
  assert_true(bool(sender.duo.world.migrate(sender.duo.client, moving, {.socket = other})));
  sender.duo.world.run_for(1s);
  assert_int_equal(sender.statistics().datagram_bytes_max, 1200);
  assert_true(sender.send(2u << 20, 30s));
  assert_int_equal(sender.statistics().mtu_black_holes, 0);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_size_that_the_path_carries_is_found),
      cmocka_unit_test(a_transfer_outlives_a_path_that_shrinks),
      cmocka_unit_test(a_transfer_of_full_packets_alone_outlives_it),
      cmocka_unit_test(what_a_black_hole_took_is_no_congestion),
      cmocka_unit_test(a_lone_message_outlives_it_too),
      cmocka_unit_test(a_path_that_grows_is_used),
      cmocka_unit_test(an_outage_is_no_black_hole),
      cmocka_unit_test(an_outage_that_looks_like_a_black_hole_costs_no_minute),
      cmocka_unit_test(random_loss_among_small_packets_costs_no_minute),
      cmocka_unit_test(random_loss_is_no_black_hole),
      cmocka_unit_test(nothing_is_probed_where_packets_are_not_full),
      cmocka_unit_test(without_discovery_the_size_is_what_was_asked_for),
      cmocka_unit_test(what_is_found_fills_the_link_as_what_is_known),
      cmocka_unit_test(another_network_is_searched_anew),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
