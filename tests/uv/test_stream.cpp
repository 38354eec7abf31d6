// Streams on libuv, over loopback.
#include <map>
#include <optional>
#include <string>

#include "support/dice.hpp"
#include "support/uv_pair.hpp"

#include "support/cmocka.hpp"

using namespace rudp;
using rudp::uv::Connection;
using rudp::uv::Stream;
using test::Pair;

namespace {

/// Reads whatever comes of every stream, and counts what happens to them.
struct Reader {
  explicit Reader(uv::Endpoint& endpoint) {
    endpoint.on_stream([this](Stream stream) { opened.push_back(stream); });
    endpoint.on_stream_readable([this](Stream stream) { read(stream); });
    endpoint.on_stream_finished([this](Stream) { ++finished; });
    endpoint.on_stream_reset([this](Stream, std::uint64_t code) { reset_code = code; });
    endpoint.on_stream_stopped([this](Stream, std::uint64_t code) { stop_code = code; });
    endpoint.on_streams_available([this](Connection) { ++available; });
  }
  void read(Stream stream) {
    std::uint8_t buffer[4096];
    for (;;) {
      const auto taken = stream.read(buffer);
      if (!taken) return;
      got[stream.id()].append(uv::as_text(Bytes(buffer).first(taken->bytes)));
      if (taken->fin) ended.push_back(stream);
      if (taken->fin || taken->bytes == 0) return;
    }
  }

  std::vector<Stream> opened, ended;
  std::map<StreamId, std::string> got;
  int finished = 0, available = 0;
  std::optional<std::uint64_t> reset_code, stop_code;
};

/// A connection that is open at both ends.
struct Streaming : Pair {
  explicit Streaming(uv::Options of_server = test::server_options())
      : Pair(std::move(of_server)), server_reader(*server), client_reader(*client), connection(connect()) {
    assert_true(connection.open_stream().error() == Error::would_block);
    assert_true(loop.run_until([&] { return !at_client.connected.empty() && !at_server.connected.empty(); }));
  }
  Reader server_reader, client_reader;
  Connection connection;
};

void a_large_body_goes_out_as_there_is_room_and_an_answer_comes_back(void**) {
  Streaming pair;
  const auto body = test::pattern(5'000'000, 1);
  std::size_t written = 0;
  const auto write_more = [&](Stream stream) {
    const auto result = stream.write(Bytes(body).subspan(written), true);
    written += result.bytes;
  };
  pair.client->on_stream_writable(write_more);
  Stream stream = pair.connection.open_stream().value();
  write_more(stream);
  assert_true(written < body.size());
  assert_true(pair.loop.run_until([&] { return pair.server_reader.ended.size() == 1; }));
  assert_true(pair.server_reader.got[stream.id()] == uv::as_text(body));
  assert_true(pair.server_reader.opened.front().id() == stream.id());
  Stream answer = pair.server_reader.opened.front();
  assert_true(answer.write("thank you").status == WriteStatus::taken);
  assert_true(answer.finish().status == WriteStatus::taken);
  assert_true(pair.loop.run_until(
      [&] { return pair.client_reader.ended.size() == 1 && pair.server_reader.finished == 1; }));
  assert_true(pair.client_reader.got[stream.id()] == "thank you");
  assert_int_equal(pair.client_reader.finished, 1);
  assert_true(stream.connection() == pair.connection);
}

void a_reset_and_a_stop_say_why(void**) {
  Streaming pair;
  Stream given_up = pair.connection.open_stream().value(), refused = pair.connection.open_stream().value();
  assert_true(given_up.write("a").status == WriteStatus::taken);
  assert_true(refused.write("b").status == WriteStatus::taken);
  assert_true(pair.loop.run_until([&] { return pair.server_reader.got.size() == 2; }));
  assert_true(given_up.reset(11).has_value());
  assert_true(pair.server_reader.opened[1].stop_sending(12).has_value());
  assert_true(pair.loop.run_until(
      [&] { return pair.server_reader.reset_code && pair.client_reader.stop_code; }));
  assert_int_equal(*pair.server_reader.reset_code, 11);
  assert_int_equal(*pair.client_reader.stop_code, 12);
  assert_true(refused.set_priority(9).error() == Error::invalid_argument);
}

void who_may_open_no_more_hears_when_it_may(void**) {
  uv::Options few = test::server_options();
  few.transport.max_streams = 1;
  Streaming pair(few);
  Stream only = pair.connection.open_stream({.direction = StreamDirection::one_way}).value();
  assert_true(pair.connection.open_stream({.direction = StreamDirection::one_way}).error() ==
              Error::too_many_streams);
  assert_true(only.finish().status == WriteStatus::taken);
  assert_true(pair.loop.run_until([&] { return pair.client_reader.available == 1; }));
  assert_true(pair.connection.open_stream({.direction = StreamDirection::one_way}).has_value());
}

// Threat M8.
void a_stream_that_outlives_its_connection_answers_with_errors(void**) {
  Streaming pair;
  Stream stream = pair.connection.open_stream().value();
  assert_true(stream.write("hello").status == WriteStatus::taken);
  assert_true(pair.loop.run_until([&] { return pair.server_reader.opened.size() == 1; }));
  pair.connection.close_now();
  assert_true(pair.loop.run_until([&] { return !pair.at_client.closes.empty() && !pair.at_server.closes.empty(); }));
  std::uint8_t buffer[8];
  for (Stream one : {stream, pair.server_reader.opened.front(), Stream()}) {
    assert_true(one.write("more").status == WriteStatus::closed);
    assert_false(one.read(buffer).has_value());
    assert_false(one.reset(1).has_value());
    assert_false(one.stop_sending(1).has_value());
    assert_false(one.set_priority(1).has_value());
    assert_true(one.connection().open_stream().error() == Error::closed);
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_large_body_goes_out_as_there_is_room_and_an_answer_comes_back),
      cmocka_unit_test(a_reset_and_a_stop_say_why),
      cmocka_unit_test(who_may_open_no_more_hears_when_it_may),
      cmocka_unit_test(a_stream_that_outlives_its_connection_answers_with_errors),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
