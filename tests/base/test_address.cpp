#include <rudp/address.hpp>

#include "support/cmocka.hpp"

using rudp::Address;
using rudp::Error;

namespace {

void an_address_comes_back_as_it_was_written(void**) {
  for (const char* text : {"1.2.3.4:80", "0.0.0.0:0", "255.255.255.255:65535", "[::1]:80", "[::]:8000",
                           "[2001:db8::1]:443", "[fe80::1%2]:80", "[fe80::1%4294967295]:1"}) {
    const auto address = Address::parse(text);
    assert_true(address.has_value());
    assert_string_equal(address->to_string().c_str(), text);
  }
}

void a_mapped_address_is_the_ipv4_address(void**) {
  const auto mapped = Address::parse("[::ffff:1.2.3.4]:80");
  assert_true(mapped.has_value());
  assert_true(*mapped == Address::v4(1, 2, 3, 4, 80));
  assert_true(mapped->is_v4());
  assert_string_equal(mapped->to_string().c_str(), "1.2.3.4:80");
}

void what_is_not_an_address_is_refused(void**) {
  for (const char* bad : {"",
                          ":",
                          ":80",
                          "1.2.3.4",
                          "1.2.3.4:",
                          "1.2.3.4:65536",
                          "1.2.3.4:080",
                          "1.2.3.4:-1",
                          "1.2.3.4:80 ",
                          "host:80",
                          "::1:80",
                          "[::1]",
                          "[::1]80",
                          "[::1:80",
                          "::1]:80",
                          "[]:80",
                          "[1.2.3.4]:80",
                          "[::1%]:80",
                          "[::1%eth0]:80",
                          "[::1%4294967296]:80",
                          "[::ffff:1.2.3.4%1]:80",
                          "1.2.3.4%1:80"}) {
    const auto address = Address::parse(bad);
    assert_false(address.has_value());
    assert_true(address.error() == Error::bad_address);
  }
}

void the_unspecified_addresses_of_both_families_are_known(void**) {
  assert_true(Address::parse("0.0.0.0:8000")->is_unspecified());
  assert_true(Address::parse("[::]:8000")->is_unspecified());
  assert_false(Address::parse("127.0.0.1:8000")->is_unspecified());
  assert_false(Address::parse("[::1]:8000")->is_unspecified());
}

void port_and_zone_tell_addresses_apart(void**) {
  assert_false(Address::v4(1, 2, 3, 4, 80) == Address::v4(1, 2, 3, 4, 81));
  assert_false(*Address::parse("[fe80::1%1]:80") == *Address::parse("[fe80::1%2]:80"));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(an_address_comes_back_as_it_was_written),
      cmocka_unit_test(a_mapped_address_is_the_ipv4_address),
      cmocka_unit_test(what_is_not_an_address_is_refused),
      cmocka_unit_test(the_unspecified_addresses_of_both_families_are_known),
      cmocka_unit_test(port_and_zone_tell_addresses_apart),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
