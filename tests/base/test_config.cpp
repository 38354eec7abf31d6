#include <rudp/config.hpp>

#include <functional>
#include <string>

#include "support/cmocka.hpp"

using namespace std::chrono_literals;
using rudp::EndpointConfig;
using rudp::Error;

namespace {

/// What validate says of a config that is the default but for one change.
std::string complaint(const std::function<void(EndpointConfig&)>& change) {
  EndpointConfig config;
  change(config);
  const auto checked = config.validate();
  if (checked) return "";
  assert_true(checked.error().code == Error::invalid_config);
  return checked.error().what;
}

void the_defaults_are_valid(void**) {
  assert_string_equal(complaint([](EndpointConfig&) {}).c_str(), "");
}

void who_accepts_needs_a_key(void**) {
  const std::string what = complaint([](EndpointConfig& config) { config.accept = true; });
  assert_string_equal(what.c_str(), "identity: an endpoint that accepts connections needs a key");
}

void an_error_names_field_value_and_range(void**) {
  const std::string time = complaint([](EndpointConfig& config) { config.transport.max_ack_delay = 0ms; });
  assert_string_equal(time.c_str(), "transport.max_ack_delay: 0 ms, must be 1 ms to 1000 ms");
  const std::string bytes = complaint([](EndpointConfig& config) { config.max_connections = 0; });
  assert_string_equal(bytes.c_str(), "max_connections: 0, must be 1 to 1000000");
}

void both_ends_of_a_range_belong_to_it(void**) {
  for (const auto value : {1200, 1472}) {
    const auto size = static_cast<std::uint16_t>(value);
    assert_string_equal(complaint([&](EndpointConfig& c) { c.transport.max_datagram_bytes = size; }).c_str(),
                        "");
  }
  for (const auto value : {1199, 1473}) {
    const auto size = static_cast<std::uint16_t>(value);
    const std::string what = complaint([&](EndpointConfig& c) { c.transport.max_datagram_bytes = size; });
    assert_int_equal(what.find("transport.max_datagram_bytes: "), 0);
  }
}

void every_field_is_checked(void**) {
  const struct {
    const char* field;
    std::function<void(EndpointConfig&)> change;
  } cases[] = {
      {"transport.max_idle", [](EndpointConfig& c) { c.transport.max_idle = 999ms; }},
      {"transport.keep_alive", [](EndpointConfig& c) { c.transport.keep_alive = c.transport.max_idle; }},
      {"transport.handshake_timeout", [](EndpointConfig& c) { c.transport.handshake_timeout = 601s; }},
      {"transport.max_message_bytes", [](EndpointConfig& c) { c.transport.max_message_bytes = 1023; }},
      {"transport.initial_message_credit_bytes",
       [](EndpointConfig& c) { c.transport.initial_message_credit_bytes = 0; }},
      {"transport.send_queue_bytes", [](EndpointConfig& c) { c.transport.send_queue_bytes = 1; }},
      {"transport.max_channels", [](EndpointConfig& c) { c.transport.max_channels = 65537; }},
      {"max_half_open", [](EndpointConfig& c) { c.max_half_open = 0; }},
      {"cookie_free_handshakes_per_second",
       [](EndpointConfig& c) { c.cookie_free_handshakes_per_second = 100'001; }},
  };
  for (const auto& one : cases) {
    const std::string what = complaint(one.change);
    assert_string_equal(what.substr(0, what.find(':')).c_str(), one.field);
  }
}

void the_first_of_several_faults_is_named(void**) {
  const std::string what = complaint([](EndpointConfig& config) {
    config.transport.max_idle = 0s;
    config.max_half_open = 0;
  });
  assert_int_equal(what.find("transport.max_idle: "), 0);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_defaults_are_valid),
      cmocka_unit_test(who_accepts_needs_a_key),
      cmocka_unit_test(an_error_names_field_value_and_range),
      cmocka_unit_test(both_ends_of_a_range_belong_to_it),
      cmocka_unit_test(every_field_is_checked),
      cmocka_unit_test(the_first_of_several_faults_is_named),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
