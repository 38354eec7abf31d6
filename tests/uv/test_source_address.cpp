// What the system would send from.
#include "uv/source_address.hpp"

#include "support/two_networks.hpp"
#include "support/uv_loop.hpp"

#include "support/cmocka.hpp"

using namespace rudp;
using test::TwoNetworks;

namespace {

void on_loopback_it_is_the_loopback(void**) {
  test::Loop loop;
  const auto source = uv::source_address(loop.get(), Address::v4(127, 0, 0, 1, 9));
  assert_true(source.has_value());
  assert_true(source->ip == Address::v4(127, 0, 0, 1, 0).ip);
}

void it_is_the_address_of_the_network_in_use_and_none_without_one(void**) {
  test::Loop loop;
  const auto networks = TwoNetworks::open();
  if (!networks) {
    std::printf("SKIPPED: no network namespaces can be made here (root and the program ip are needed)\n");
    skip();
  }
  const Address to = Address::parse(std::string(TwoNetworks::kServer) + ":9").value();
  assert_true(uv::source_address(loop.get(), to).error().code == Error::network_unreachable);
  for (const int network : {0, 1}) {
    assert_true(networks->give(network));
    const auto source = uv::source_address(loop.get(), to);
    assert_true(source.has_value());
    assert_true(source->ip == Address::parse(std::string(TwoNetworks::kClient[network]) + ":0")->ip);
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(on_loopback_it_is_the_loopback),
      cmocka_unit_test(it_is_the_address_of_the_network_in_use_and_none_without_one),
  };
  return cmocka_run_group_tests_name("source_address", tests, nullptr, nullptr);
}
