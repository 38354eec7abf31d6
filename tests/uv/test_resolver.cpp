// Names become addresses.
#include "uv/resolver.hpp"

#include "support/uv_loop.hpp"

#include "support/cmocka.hpp"

using namespace rudp;
using rudp::uv::Resolution;
using Addresses = Result<std::vector<Address>, Failure>;

namespace {

void addresses_in_digits_need_no_resolver(void**) {
  assert_true(uv::numeric_address("127.0.0.1", 5) == Address::v4(127, 0, 0, 1, 5));
  assert_true(uv::numeric_address("::1", 5) == *Address::parse("[::1]:5"));
  assert_true(!uv::numeric_address("localhost", 5));
  assert_true(!uv::numeric_address("", 5));
}

void families_take_turns_and_the_first_stays_first(void**) {
  const Address v6a = *Address::parse("[2001:db8::1]:1"), v6b = *Address::parse("[2001:db8::2]:1");
  const Address v4a = Address::v4(10, 0, 0, 1, 1), v4b = Address::v4(10, 0, 0, 2, 1);
  const Address v4c = Address::v4(10, 0, 0, 3, 1);
  const std::vector<Address> expected{v6a, v4a, v6b, v4b, v4c};
  assert_true(uv::alternate_families({v6a, v6b, v4a, v4b, v4c}) == expected);
  assert_true(uv::alternate_families({}).empty());
}

void localhost_is_a_loopback_address_with_the_port_asked_for(void**) {
  test::Loop loop;
  std::vector<Address> found;
  auto resolution = Resolution::start(loop.get(), "localhost", 4321, [&](Addresses result) {
    assert_true(result.has_value());
    found = *result;
  });
  assert_true(resolution.has_value());
  assert_true(loop.run_until([&] { return !found.empty(); }));
  const bool is_loopback =
      found[0] == Address::v4(127, 0, 0, 1, 4321) || found[0] == *Address::parse("[::1]:4321");
  assert_true(is_loopback);
}

void an_impossible_name_is_not_resolved(void**) {
  test::Loop loop;
  std::optional<Failure> failure;
  // A label of more than 63 bytes can be asked of no server (RFC 1035, section 2.3.4).
  const std::string name = std::string(64, 'a') + ".invalid";
  auto resolution =
      Resolution::start(loop.get(), name, 1, [&](Addresses result) { failure = result.error(); });
  if (!resolution) failure = resolution.error();
  assert_true(loop.run_until([&] { return failure.has_value(); }));
  assert_true(failure->code == Error::name_not_resolved);
  assert_string_equal(failure->what.c_str(), name.c_str());
}

void a_destroyed_resolution_does_not_call_back(void**) {
  test::Loop loop;
  bool called = false;
  {
    auto resolution = Resolution::start(loop.get(), "localhost", 1, [&](Addresses) { called = true; });
    assert_true(resolution.has_value());
  }
  assert_true(loop.run_until([&] { return loop.is_idle(); }));
  assert_false(called);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(addresses_in_digits_need_no_resolver),
      cmocka_unit_test(families_take_turns_and_the_first_stays_first),
      cmocka_unit_test(localhost_is_a_loopback_address_with_the_port_asked_for),
      cmocka_unit_test(an_impossible_name_is_not_resolved),
      cmocka_unit_test(a_destroyed_resolution_does_not_call_back),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
