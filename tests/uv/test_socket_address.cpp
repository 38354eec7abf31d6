// rudp addresses as socket addresses, and back.
#include "uv/socket_address.hpp"

#include <cstring>

#include "support/cmocka.hpp"

using namespace rudp;

namespace {

void an_ipv4_address_is_a_sockaddr_in(void**) {
  const uv::SocketAddress made = uv::to_socket_address(Address::v4(192, 0, 2, 1, 8000));
  assert_int_equal(made.any.sa_family, AF_INET);
  assert_int_equal(ntohs(made.v4.sin_port), 8000);
  assert_int_equal(ntohl(made.v4.sin_addr.s_addr), 0xc0000201);
  assert_int_equal(uv::length_of(made), sizeof(sockaddr_in));
}

void an_ipv6_address_keeps_its_zone(void**) {
  const Address address = *Address::parse("[fe80::1%3]:9");
  const uv::SocketAddress made = uv::to_socket_address(address);
  assert_int_equal(made.any.sa_family, AF_INET6);
  assert_int_equal(made.v6.sin6_scope_id, 3);
  assert_int_equal(uv::length_of(made), sizeof(sockaddr_in6));
  assert_true(uv::from_socket_address(made.any) == address);
}

void both_families_come_back_as_they_went(void**) {
  for (const char* text : {"0.0.0.0:0", "127.0.0.1:65535", "[::]:1", "[2001:db8::5]:443"}) {
    const Address address = *Address::parse(text);
    assert_true(uv::from_socket_address(uv::to_socket_address(address).any) == address);
  }
}

void other_families_are_not_addresses(void**) {
  sockaddr unix_address{};
  unix_address.sa_family = AF_UNIX;
  assert_true(!uv::from_socket_address(unix_address));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(an_ipv4_address_is_a_sockaddr_in),
      cmocka_unit_test(an_ipv6_address_keeps_its_zone),
      cmocka_unit_test(both_families_come_back_as_they_went),
      cmocka_unit_test(other_families_are_not_addresses),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
