// Names for the machine's addresses: each keeps its own as long as it is remembered, and how many are is
// bounded.
#include "uv/local_addresses.hpp"

#include <array>
#include <vector>

#include "support/cmocka.hpp"

using namespace rudp;
using rudp::uv::LocalAddresses;
using rudp::uv::LocalName;

namespace {

Address address(std::size_t number) {
  return Address::v4(10, 0, static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number), 0);
}

void an_address_keeps_its_name(void**) {
  LocalAddresses locals;
  const LocalName first = locals.note(address(1));
  const LocalName second = locals.note(address(2));
  assert_true(first != 0 && second != 0 && first != second);
  assert_int_equal(locals.note(address(1)), first);
  assert_int_equal(locals.note(address(2)), second);
  assert_true(*locals.find(first) == address(1));
  assert_true(*locals.find(second) == address(2));
}

void what_is_no_name_is_not_found(void**) {
  LocalAddresses locals;
  assert_null(locals.find(0));
  const LocalName name = locals.note(address(1));
  assert_null(locals.find(0));
  assert_null(locals.find(name + 1));
  assert_null(locals.find(name << 1));
}

// The name stays, since for the core another one is another path.
void an_address_that_was_lost_has_its_name_again_when_something_comes_to_it(void**) {
  LocalAddresses locals;
  const LocalName name = locals.note(address(1));
  locals.lose(name);
  assert_null(locals.find(name));
  assert_int_equal(locals.note(address(1)), name);
  assert_true(*locals.find(name) == address(1));
}

void the_one_that_nothing_came_to_for_longest_gives_way_and_its_name_is_no_one_elses(void**) {
  LocalAddresses locals;
  std::vector<LocalName> names;
  for (std::size_t i = 0; i < LocalAddresses::kLocalAddressesMax; ++i)
    names.push_back(locals.note(address(i)));
  assert_int_equal(locals.note(address(0)), names[0]);
  const LocalName newest = locals.note(address(LocalAddresses::kLocalAddressesMax));
  assert_null(locals.find(names[1]));
  assert_true(*locals.find(newest) == address(LocalAddresses::kLocalAddressesMax));
  assert_true(*locals.find(names[0]) == address(0));
  for (const LocalName name : names) assert_int_not_equal(name, newest);
}

// As from a stranger where a whole network is routed to the machine.
void names_go_on_for_ever(void**) {
  LocalAddresses locals;
  // More addresses than there are slots, so often that the generation of each slot begins anew.
  constexpr std::size_t kAddresses = 2 * LocalAddresses::kLocalAddressesMax;
  for (std::size_t i = 0; i < LocalAddresses::kLocalAddressesMax; ++i) (void)locals.note(address(i));
  for (std::size_t i = 0; i < (std::size_t{1} << 16) * 3; ++i) {
    const LocalName name = locals.note(address(i % kAddresses));
    assert_true(name != 0 && name < LocalName{1} << uv::kLocalNameBits);
    assert_true(*locals.find(name) == address(i % kAddresses));
  }
}

void a_socket_and_a_name_are_one_number_and_two_again(void**) {
  LocalAddresses locals;
  const LocalName name = locals.note(address(1));
  for (const SocketId socket : std::array<SocketId, 3>{0, 1, uv::kNamingSocketsMax - 1}) {
    const SocketId both = uv::with_local(socket, name);
    assert_int_equal(uv::socket_of(both), socket);
    assert_int_equal(uv::local_of(both), name);
    assert_int_equal(uv::with_local(socket, 0), socket);
    assert_int_equal(uv::local_of(socket), 0);
  }
  const SocketId most = uv::with_local(uv::kNamingSocketsMax - 1, (LocalName{1} << uv::kLocalNameBits) - 1);
  assert_int_equal(uv::socket_of(most), uv::kNamingSocketsMax - 1);
}

void a_socket_beyond_those_with_names_stays_itself(void**) {
  for (const SocketId socket : {uv::kNamingSocketsMax, SocketId{70'000}}) {
    assert_int_equal(uv::with_local(socket, 7), socket);
    assert_int_equal(uv::socket_of(socket), socket);
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(an_address_keeps_its_name),
      cmocka_unit_test(what_is_no_name_is_not_found),
      cmocka_unit_test(an_address_that_was_lost_has_its_name_again_when_something_comes_to_it),
      cmocka_unit_test(the_one_that_nothing_came_to_for_longest_gives_way_and_its_name_is_no_one_elses),
      cmocka_unit_test(names_go_on_for_ever),
      cmocka_unit_test(a_socket_and_a_name_are_one_number_and_two_again),
      cmocka_unit_test(a_socket_beyond_those_with_names_stays_itself),
  };
  return cmocka_run_group_tests_name("local_addresses", tests, nullptr, nullptr);
}
