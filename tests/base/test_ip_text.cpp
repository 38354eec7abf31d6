#include "base/ip_text.hpp"

#include <string>

#include "support/cmocka.hpp"

using namespace rudp::base;

namespace {

void decimal_numbers_have_one_spelling(void**) {
  assert_int_equal(*parse_decimal("0", 10), 0);
  assert_int_equal(*parse_decimal("65535", 65535), 65535);
  for (const char* bad : {"", "00", "01", "+1", "-1", " 1", "1 ", "1a", "65536", "99999999999999999999"}) {
    assert_false(parse_decimal(bad, 65535).has_value());
  }
}

void ipv4_is_held_as_a_mapped_address(void**) {
  const auto ip = parse_ipv4("192.168.0.1");
  assert_true(ip.has_value());
  assert_true(is_mapped_ipv4(*ip));
  assert_true(parse_ipv6("::ffff:c0a8:1") == ip);
  assert_true(parse_ipv6("::ffff:192.168.0.1") == ip);
  assert_string_equal(ip_to_text(*ip).c_str(), "192.168.0.1");
}

void what_is_not_ipv4_is_refused(void**) {
  for (const char* bad : {"", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.", ".1.2.3",
                          "1..2.3", "1.2.3.4 ", "a.b.c.d", "1.2.3.-4"}) {
    assert_false(parse_ipv4(bad).has_value());
  }
}

void ipv6_comes_back_in_its_canonical_spelling(void**) {
  const struct {
    const char* text;
    const char* canonical;
  } cases[] = {
      {"::", "::"},
      {"::1", "::1"},
      {"1::", "1::"},
      {"0:0:0:0:0:0:0:1", "::1"},
      {"2001:DB8::8:800:200C:417A", "2001:db8::8:800:200c:417a"},
      {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
      {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
      {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
      {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
      {"fe80:0000::00ff", "fe80::ff"},
      {"64:ff9b::1.2.3.4", "64:ff9b::102:304"},
      {"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
  };
  for (const auto& one : cases) {
    const auto ip = parse_ipv6(one.text);
    assert_true(ip.has_value());
    assert_string_equal(ip_to_text(*ip).c_str(), one.canonical);
    assert_true(parse_ipv6(one.canonical) == ip);
  }
}

void what_is_not_ipv6_is_refused(void**) {
  for (const char* bad : {"", ":", ":::", "1:", ":1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
                          "1:2:3:4:5:6:7:8::", "1::2::3", "12345::", "g::", "1:2:3:4:5:6:7:1.2.3.4",
                          "1.2.3.4", "1.2.3.4::", "::1.2.3.4:5", "::1.2.3", "::1%1", "[::1]", "1::2:"}) {
    assert_false(parse_ipv6(bad).has_value());
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(decimal_numbers_have_one_spelling),
      cmocka_unit_test(ipv4_is_held_as_a_mapped_address),
      cmocka_unit_test(what_is_not_ipv4_is_refused),
      cmocka_unit_test(ipv6_comes_back_in_its_canonical_spelling),
      cmocka_unit_test(what_is_not_ipv6_is_refused),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
