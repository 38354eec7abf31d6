#include "wire/transport_parameters.hpp"

#include <array>
#include <limits>
#include <string>

#include "wire/describe.hpp"
#include "wire/reader.hpp"
#include "wire/vectors.hpp"

#include "support/cmocka.hpp"

using namespace rudp;
using namespace rudp::wire;
using vectors::from_hex;
using vectors::to_hex;

namespace {

using Buffer = std::array<std::uint8_t, kTransportParametersBytesMax>;

void every_vector_says_what_it_means(void**) {
  const auto all = vectors::load("parameters.txt");
  assert_true(all.size() >= 25);
  for (const auto& vector : all) {
    const auto parameters = parse_transport_parameters(vector.bytes);
    assert_true(parameters.has_value());
    assert_string_equal(describe::one(*parameters).c_str(), vector.meaning.c_str());
  }
}

void every_vector_is_written_as_it_was_read(void**) {
  for (const auto& vector : vectors::load("parameters.txt")) {
    Buffer buffer{};
    Writer writer{MutableBytes(buffer)};
    assert_true(write_transport_parameters(writer, *parse_transport_parameters(vector.bytes)));
    assert_string_equal(to_hex(writer.written()).c_str(), to_hex(vector.bytes).c_str());
  }
}

void every_refused_vector_gives_its_error(void**) {
  const auto all = vectors::load("parameters_refused.txt");
  assert_true(all.size() >= 30);
  for (const auto& vector : all) {
    const auto parameters = parse_transport_parameters(vector.bytes);
    assert_false(parameters.has_value());
    const std::string name(to_name(parameters.error()));
    assert_string_equal(name.c_str(), vector.meaning.c_str());
  }
}

void the_initial_values_are_those_of_the_specification(void**) {
  const TransportParameters initial;
  assert_int_equal(initial.max_idle_ms, 30'000);
  assert_int_equal(initial.max_message_bytes, 16'777'216);
  assert_int_equal(initial.initial_msg_data, 262'144);
  assert_int_equal(initial.initial_data, 262'144);
  assert_int_equal(initial.initial_stream_data, 65'536);
  assert_int_equal(initial.max_streams, 128);
  assert_int_equal(initial.max_channels, 1024);
  assert_int_equal(initial.max_ack_delay_ms, 25);
  assert_int_equal(initial.active_cid_limit, 4);
  assert_int_equal(initial.data_cid_length, 4);
  assert_true(parse_transport_parameters({}).value() == initial);
}

TransportParameters at_their_longest() {
  TransportParameters all;
  while (all.versions.size() < VersionList::kMax) all.versions.push_back(0xffffffff);
  all.suites = all.max_message_bytes = all.initial_msg_data = all.initial_data = kVarintMax;
  all.initial_stream_data = all.max_udp_payload = all.active_cid_limit = all.features = kVarintMax;
  all.max_idle_ms = kMaxIdleMsMax;
  all.max_streams = kMaxStreamsMax;
  all.max_channels = kMaxChannelsMax;
  all.max_ack_delay_ms = kMaxAckDelayMsMax;
  all.min_ack_delay_us = kMaxAckDelayMsMax * 1000;
  all.data_cid_length = 8;
  all.server_cid = ConnectionId(from_hex("1112131415161718"));
  all.reset_token.emplace().fill(1);
  all.retry_used = true;
  all.init_hash.emplace().fill(2);
  all.address_token.emplace().fill(3);
  all.chosen_version = 0x72756401;
  all.chosen_suite = CipherSuite::aes256_gcm;
  return all;
}

void the_longest_list_fits_its_bound_with_grease(void**) {
  Buffer buffer{};
  Writer writer{MutableBytes(buffer)};
  assert_true(write_transport_parameters(writer, at_their_longest()));
  assert_true(write_grease_parameter(writer, std::numeric_limits<std::uint64_t>::max()));
  const auto read = parse_transport_parameters(writer.written());
  assert_true(read.has_value());
  assert_true(*read == at_their_longest());
}

void a_list_that_does_not_fit_is_not_written_in_part(void**) {
  Buffer buffer{};
  Writer whole{MutableBytes(buffer)};
  assert_true(write_transport_parameters(whole, at_their_longest()));
  for (std::size_t room = 0; room < whole.size(); ++room) {
    Writer writer{MutableBytes(buffer).first(room)};
    assert_false(write_transport_parameters(writer, at_their_longest()));
    assert_int_equal(writer.size(), 0);
  }
}

void grease_is_ignored_whatever_it_is(void**) {
  for (std::uint64_t random = 1; random != 0; random <<= 1) {
    for (const std::uint64_t draw : {random, random - 1, ~random}) {
      Buffer buffer{};
      Writer writer{MutableBytes(buffer)};
      assert_true(write_grease_parameter(writer, draw));
      assert_int_equal(Reader{Bytes(writer.written())}.varint() % 31, 27);
      assert_true(parse_transport_parameters(writer.written()).value() == TransportParameters());
    }
  }
  Writer no_room{MutableBytes()};
  assert_false(write_grease_parameter(no_room, 5));
}

void the_number_of_parameters_is_bounded(void**) {
  std::vector<std::uint8_t> list;
  for (std::size_t at = 0; at < kParametersMax; ++at) {
    list.insert(list.end(), {0x41, static_cast<std::uint8_t>(at), 0x00});
  }
  assert_true(parse_transport_parameters(list).has_value());
  list.insert(list.end(), {0x42, 0x00, 0x00});
  assert_true(parse_transport_parameters(list).error() == Error::malformed);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(every_vector_says_what_it_means),
      cmocka_unit_test(every_vector_is_written_as_it_was_read),
      cmocka_unit_test(every_refused_vector_gives_its_error),
      cmocka_unit_test(the_initial_values_are_those_of_the_specification),
      cmocka_unit_test(the_longest_list_fits_its_bound_with_grease),
      cmocka_unit_test(a_list_that_does_not_fit_is_not_written_in_part),
      cmocka_unit_test(grease_is_ignored_whatever_it_is),
      cmocka_unit_test(the_number_of_parameters_is_bounded),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
