// Which address of a server is tried when.
#include "uv/connector.hpp"

#include "support/cmocka.hpp"

using namespace rudp;
using rudp::uv::Closed;
using rudp::uv::Connector;
using rudp::uv::Route;
using std::chrono::milliseconds;

namespace {

const Instant kStart = Instant::from_ns(1'000'000'000);
const Address kFirst = Address::v4(10, 0, 0, 1, 1);
const Address kSecond = Address::v4(10, 0, 0, 2, 1);
const Route kRoute{nullptr, {7, 1}};

Closed failed_with(Error error) {
  Closed closed;
  closed.error = error;
  return closed;
}

void the_second_address_waits_a_quarter_of_a_second(void**) {
  Connector connector({});
  connector.set_addresses({kFirst, kSecond}, kStart);
  assert_true(connector.poll_attempt(kStart) == kFirst);
  connector.on_started(kRoute);
  assert_true(!connector.poll_attempt(kStart + milliseconds(249)));
  assert_true(connector.poll_timeout() == kStart + milliseconds(250));
  assert_true(connector.poll_attempt(kStart + milliseconds(250)) == kSecond);
  assert_true(!connector.poll_timeout());
}

void after_a_failure_the_next_address_need_not_wait(void**) {
  Connector connector({});
  connector.set_addresses({kFirst, kSecond}, kStart);
  assert_true(connector.poll_attempt(kStart).has_value());
  connector.on_failed(std::nullopt, failed_with(Error::network_unreachable), kStart);
  assert_false(connector.exhausted());
  assert_true(connector.poll_attempt(kStart) == kSecond);
}

void it_is_exhausted_when_the_last_attempt_has_failed(void**) {
  Connector connector({});
  connector.set_addresses({kFirst}, kStart);
  assert_true(connector.poll_attempt(kStart).has_value());
  connector.on_started(kRoute);
  assert_false(connector.exhausted());
  connector.on_failed(kRoute, failed_with(Error::handshake_timeout), kStart);
  assert_true(connector.exhausted());
  assert_true(connector.verdict().error == Error::handshake_timeout);
}

void the_verdict_is_the_one_that_tells_most(void**) {
  Connector connector({});
  connector.set_addresses({kFirst, kSecond}, kStart);
  connector.on_failed(std::nullopt, failed_with(Error::network_unreachable), kStart);
  connector.on_failed(std::nullopt, failed_with(Error::handshake_timeout), kStart);
  assert_true(connector.verdict().error == Error::handshake_timeout);
  connector.on_failed(std::nullopt, failed_with(Error::key_changed), kStart);
  connector.on_failed(std::nullopt, failed_with(Error::no_common_version), kStart);
  assert_true(connector.verdict().error == Error::key_changed);
}

void a_name_with_very_many_addresses_is_cut(void**) {
  Connector connector({});
  connector.set_addresses(std::vector<Address>(100, kFirst), kStart);
  assert_int_equal(connector.addresses().size(), Connector::kAddressesMax);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_second_address_waits_a_quarter_of_a_second),
      cmocka_unit_test(after_a_failure_the_next_address_need_not_wait),
      cmocka_unit_test(it_is_exhausted_when_the_last_attempt_has_failed),
      cmocka_unit_test(the_verdict_is_the_one_that_tells_most),
      cmocka_unit_test(a_name_with_very_many_addresses_is_cut),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
