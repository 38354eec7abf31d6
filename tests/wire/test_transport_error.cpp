#include "wire/transport_error.hpp"

#include "support/cmocka.hpp"

using namespace rudp;
using namespace rudp::wire;

namespace {

void what_a_peer_did_wrong_gets_its_number(void**) {
  const struct {
    Error error;
    TransportError number;
  } cases[] = {
      {Error::truncated, TransportError::frame_encoding},
      {Error::malformed, TransportError::frame_encoding},
      {Error::unknown_frame, TransportError::unknown_frame},
      {Error::flow_control_violation, TransportError::flow_control},
      {Error::protocol_violation, TransportError::protocol_violation},
      {Error::unsupported, TransportError::protocol_violation},
      {Error::limit_exceeded, TransportError::message_limit},
      {Error::stream_limit_exceeded, TransportError::stream_limit},
      {Error::stream_state_violation, TransportError::stream_state},
      {Error::final_size_violation, TransportError::final_size},
      {Error::connection_id_limit, TransportError::connection_id_limit},
      {Error::integrity_limit, TransportError::aead_limit},
      {Error::no_common_suite, TransportError::handshake},
      {Error::too_many_connections, TransportError::server_busy},
      {Error::closed_locally, TransportError::no_error},
      {Error::idle_timeout, TransportError::no_error},
      {Error::out_of_memory, TransportError::internal_error},
  };
  for (const auto& one : cases) assert_true(to_transport_error(one.error) == one.number);
}

void every_number_has_a_meaning(void**) {
  const struct {
    std::uint64_t number;
    Error error;
  } cases[] = {
      {0x00, Error::closed_by_peer},       {0x01, Error::closed_by_peer},
      {0x02, Error::too_many_connections}, {0x03, Error::flow_control_violation},
      {0x04, Error::stream_limit_exceeded},       {0x05, Error::stream_state_violation},
      {0x06, Error::final_size_violation},   {0x07, Error::protocol_violation},
      {0x08, Error::protocol_violation},   {0x09, Error::connection_id_limit},
      {0x0a, Error::protocol_violation},   {0x0b, Error::limit_exceeded},
      {0x0d, Error::protocol_violation},   {0x0e, Error::protocol_violation},
      {0x0f, Error::integrity_limit},      {0x10, Error::network_unreachable},
      {0x11, Error::protocol_violation},
  };
  for (const auto& one : cases) assert_true(from_transport_error(one.number) == one.error);
}

void an_unknown_number_still_means_that_the_peer_closed(void**) {
  assert_true(from_transport_error(0x0c) == Error::closed_by_peer);
  assert_true(from_transport_error(0x3fffffffffffffff) == Error::closed_by_peer);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(what_a_peer_did_wrong_gets_its_number),
      cmocka_unit_test(every_number_has_a_meaning),
      cmocka_unit_test(an_unknown_number_still_means_that_the_peer_closed),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
