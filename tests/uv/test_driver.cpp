// Opening and closing an endpoint, and how long it keeps its loop alive.
#include <rudp/uv_endpoint.hpp>

#include <cstring>

#include "support/uv_pair.hpp"
#include "uv/handle.hpp"

#include "support/cmocka.hpp"

using namespace rudp;
using rudp::uv::Connection;

using std::chrono::milliseconds;
using test::Pair;

namespace {

Failure failure_of(const uv::Options& options) {
  test::Loop loop;
  const auto opened = uv::Endpoint::open(loop.get(), options);
  assert_true(!opened);
  return opened.error();
}

void a_bad_address_to_bind_is_named(void**) {
  for (const char* text : {"", "127.0.0.1", "[::1]", "[::1", "localhost:80", "1.2.3.4.5:1", "127.0.0.1:65536",
                           "127.0.0.1:-1", "127.0.0.1:8a", ":80"}) {
    const Failure failure = failure_of(test::server_options({text}));
    assert_true(failure.code == Error::bad_address);
    assert_string_equal(failure.what.c_str(), ("bind: \"" + std::string(text) + "\"").c_str());
  }
}

void an_address_in_use_is_named(void**) {
  Pair pair;
  const std::string taken = pair.server->sockets()[0].local.to_string();
  const auto second = uv::Endpoint::open(pair.loop.get(), test::server_options({test::kAnyPort4, taken}));
  assert_true(!second);
  assert_true(second.error().code == Error::address_in_use);
  assert_string_equal(second.error().what.c_str(), ("bind: " + taken).c_str());
}

void a_server_without_a_key_is_refused(void**) {
  uv::Options options;
  options.bind = {test::kAnyPort4};
  const Failure failure = failure_of(options);
  assert_true(failure.code == Error::invalid_config);
  assert_non_null(std::strstr(failure.what.c_str(), "identity"));
}

void an_option_out_of_range_is_named(void**) {
  uv::Options options;
  options.socket_buffer_bytes = 100;
  assert_non_null(std::strstr(failure_of(options).what.c_str(), "socket_buffer_bytes"));
  options = {};
  options.transport.max_idle = milliseconds(1);
  assert_non_null(std::strstr(failure_of(options).what.c_str(), "transport.max_idle"));
}

void sockets_are_reported_in_the_order_of_bind(void**) {
  Pair pair(test::server_options({test::kAnyPort6, test::kAnyPort4, test::kAnyPort4}));
  const std::vector<uv::SocketInfo>& sockets = pair.server->sockets();
  assert_int_equal(sockets.size(), 3);
  assert_false(sockets[0].local.is_v4());
  assert_true(sockets[1].local.is_v4());
  for (const uv::SocketInfo& socket : sockets) {
    assert_true(socket.local.port != 0);
    assert_true(socket.receive_buffer_bytes > 0 && socket.send_buffer_bytes > 0);
  }
  assert_true(sockets[1].local.port != sockets[2].local.port);
}

void every_bound_socket_serves(void**) {
  Pair pair(test::server_options({test::kAnyPort6, test::kAnyPort4, test::kAnyPort4}));
  for (std::size_t socket = 0; socket < 3; ++socket)
    assert_true(bool(pair.connect(socket).send(0, std::to_string(socket))));
  assert_true(pair.loop.run_until([&] { return pair.at_server.messages.size() == 3; }));
  assert_int_equal(pair.server->statistics().connections_accepted, 3);
}

void a_small_grant_of_buffers_is_logged(void**) {
  test::Loop loop;
  std::string line;
  uv::Options options = test::server_options();
  options.socket_buffer_bytes = 1 << 30;  // twice this does not fit what the system counts in
  options.log = [&](LogLevel level, std::string_view text) {
    if (level == LogLevel::warning) line = text;
  };
  const auto server = *uv::Endpoint::open(loop.get(), options);
  const uv::SocketInfo info = server->sockets()[0];
  assert_true(info.receive_buffer_bytes < options.socket_buffer_bytes);
  assert_non_null(std::strstr(line.c_str(), std::to_string(info.receive_buffer_bytes).c_str()));
}

void the_url_of_a_wildcard_can_be_connected_to(void**) {
  for (const char* any : {"0.0.0.0:0", "[::]:0"}) {
    Pair pair(test::server_options({any}));
    assert_true(bool(pair.connect().send(0, "hello")));
    assert_true(pair.loop.run_until([&] { return !pair.at_server.messages.empty(); }));
  }
  Pair pair;
  assert_string_equal(pair.server->url(1).c_str(), "");
}

void a_client_keeps_the_loop_alive_only_while_it_has_a_connection(void**) {
  Pair pair;
  Connection peer = pair.connect();
  assert_true(pair.loop.run_until([&] { return !pair.at_client.connected.empty(); }));
  pair.server.reset();
  pair.loop.run_for(milliseconds(1));
  assert_false(pair.loop.is_idle());
  peer.close_now();
  assert_true(pair.loop.run_until([&] { return !pair.at_client.closes.empty(); }));
  assert_true(pair.loop.run_until([&] { return pair.loop.is_idle(); }));
}

void a_server_keeps_the_loop_alive_until_it_is_closed(void**) {
  Pair pair;
  pair.client.reset();
  pair.loop.run_for(milliseconds(30));
  assert_false(pair.loop.is_idle());
  bool done = false;
  pair.server->close(0, "", milliseconds(0), [&] { done = true; });
  assert_false(done);
  assert_true(pair.loop.run_until([&] { return pair.loop.is_idle(); }));
  assert_true(done);
}

void a_server_that_stops_tells_every_client(void**) {
  Pair pair;
  for (int i = 0; i < 10; ++i) pair.connect();
  assert_true(pair.loop.run_until([&] { return pair.at_server.connected.size() == 10; }));
  int done = 0;
  assert_true(bool(pair.at_server.connected[0].send(0, "last words")));
  pair.server->close(3, "maintenance", std::chrono::seconds(30), [&] { ++done; });
  assert_true(pair.loop.run_until([&] { return done > 0 && pair.at_client.closes.size() == 10; }));
  assert_int_equal(pair.at_client.messages.size(), 1);
  for (const uv::Closed& closed : pair.at_client.closes) {
    assert_true(closed.error == Error::closed_by_peer);
    assert_int_equal(closed.code, 3);
    assert_string_equal(closed.reason.c_str(), "maintenance");
  }
  assert_int_equal(pair.at_server.closes.size(), 10);
  pair.loop.run_for(milliseconds(30));
  assert_int_equal(done, 1);
}

void close_waits_no_longer_than_its_drain_for_a_peer_that_is_gone(void**) {
  Pair pair;
  pair.connect();
  assert_true(pair.loop.run_until([&] { return !pair.at_server.connected.empty(); }));
  pair.client.reset();
  assert_true(bool(pair.at_server.connected[0].send(0, "to nobody")));
  bool done = false;
  pair.server->close(0, "", milliseconds(200), [&] { done = true; });
  // Well within the 30 s after which it would be given up anyway.
  assert_true(pair.loop.run_until([&] { return done; }, std::chrono::seconds(15)));
}

// The later endpoint has had its call before the loop sleeps when the earlier one has its own.
void what_a_callback_of_another_endpoint_asks_for_leaves_before_the_loop_sleeps(void**) {
  Pair pair;
  const auto later = *uv::Endpoint::open(pair.loop.get(), {});
  bool connected = false;
  later->on_connect([&](Connection) {
    connected = true;
    uv_stop(pair.loop.get());
  });
  pair.client->on_close([&](Connection, const uv::Closed&) { (void)*later->connect(pair.server->url()); });
  pair.client->connect(std::vector<Address>{});
  // Nothing else ever wakes the loop.
  const auto guard = uv::make_timer(pair.loop.get(), nullptr);
  uv_timer_start(
      guard.get(), [](uv_timer_t* timer) { uv_stop(timer->loop); }, 5'000, 0);
  uv_run(pair.loop.get(), UV_RUN_DEFAULT);
  assert_true(connected);
}

void a_closed_endpoint_answers_and_does_nothing(void**) {
  Pair pair;
  Connection peer = pair.connect();
  const std::string url = pair.server->url();
  bool done = false;
  pair.client->close(0, "", milliseconds(0), [&] { done = true; });
  assert_true(pair.loop.run_until([&] { return done; }));
  assert_true(peer.send(0, "late").status == SendStatus::closed);
  const auto later = pair.client->connect(url);
  assert_true(later.has_value());
  assert_true(pair.loop.run_until([&] { return pair.at_client.closes.size() == 2; }));
  assert_true(pair.at_client.closes[1].error == Error::closed);
  assert_true(pair.client->sockets().empty());
  bool again = false;
  pair.client->close(0, "", milliseconds(0), [&] { again = true; });
  assert_true(pair.loop.run_until([&] { return again; }));
}

void done_may_destroy_the_endpoint(void**) {
  Pair pair;
  pair.connect();
  assert_true(pair.loop.run_until([&] { return !pair.at_server.connected.empty(); }));
  pair.server->close(0, "", milliseconds(0), [&] { pair.server.reset(); });
  assert_true(pair.loop.run_until([&] { return !pair.server; }));
  assert_true(pair.loop.run_until([&] { return !pair.at_client.closes.empty(); }));
}

void an_endpoint_destroyed_in_mid_flight_leaves_nothing_behind(void**) {
  Pair pair;
  Connection peer = pair.connect();
  assert_true(bool(peer.send(0, std::string(100'000, 'x'))));
  pair.loop.run_for(milliseconds(1));
  pair.client.reset();
  pair.server.reset();
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_bad_address_to_bind_is_named),
      cmocka_unit_test(an_address_in_use_is_named),
      cmocka_unit_test(a_server_without_a_key_is_refused),
      cmocka_unit_test(an_option_out_of_range_is_named),
      cmocka_unit_test(sockets_are_reported_in_the_order_of_bind),
      cmocka_unit_test(every_bound_socket_serves),
      cmocka_unit_test(a_small_grant_of_buffers_is_logged),
      cmocka_unit_test(the_url_of_a_wildcard_can_be_connected_to),
      cmocka_unit_test(a_client_keeps_the_loop_alive_only_while_it_has_a_connection),
      cmocka_unit_test(a_server_keeps_the_loop_alive_until_it_is_closed),
      cmocka_unit_test(a_server_that_stops_tells_every_client),
      cmocka_unit_test(close_waits_no_longer_than_its_drain_for_a_peer_that_is_gone),
      cmocka_unit_test(what_a_callback_of_another_endpoint_asks_for_leaves_before_the_loop_sleeps),
      cmocka_unit_test(a_closed_endpoint_answers_and_does_nothing),
      cmocka_unit_test(done_may_destroy_the_endpoint),
      cmocka_unit_test(an_endpoint_destroyed_in_mid_flight_leaves_nothing_behind),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
