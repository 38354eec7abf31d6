// Addresses and routes that come and go are told, and nothing else wakes the loop.
#include "uv/network_watch.hpp"

#include "support/two_networks.hpp"
#include "support/uv_loop.hpp"
#include "uv/platform.hpp"

#include "support/cmocka.hpp"

using namespace rudp;
using test::TwoNetworks;
using uv::NetworkWatch;

namespace {

void what_comes_and_goes_is_told(void**) {
  test::Loop loop;
  const auto networks = TwoNetworks::open();
  if (!networks) {
    std::printf("SKIPPED: no network namespaces can be made here (root and the program ip are needed)\n");
    skip();
  }
  int changes = 0;
  const auto watch = *NetworkWatch::open(loop.get(), [&] { ++changes; });
  for (const auto& change : {+[](TwoNetworks& change_it) { return change_it.give(0); },
                             +[](TwoNetworks& change_it) { return change_it.give(1); },
                             +[](TwoNetworks& change_it) { return change_it.take_address(0); },
                             +[](TwoNetworks& change_it) { return change_it.take_interface(1); }}) {
    changes = 0;
    assert_true(change(*networks));
    assert_true(loop.run_until([&] { return changes > 0; }));
  }
}

// The kernel drops what it has no room for, and says that it did.
void more_changes_than_the_system_keeps_do_not_end_the_watch(void**) {
  test::Loop loop;
  const auto networks = TwoNetworks::open();
  if (!networks) skip();
  assert_true(networks->give(0));
  int changes = 0;
  const auto watch = *NetworkWatch::open(loop.get(), [&] { ++changes; });
  assert_true(networks->give_and_take(0, 2'000));
  assert_true(loop.run_until([&] { return changes > 0; }));
  loop.run_for(std::chrono::milliseconds(50));
  changes = 0;
  assert_true(networks->give(1));
  assert_true(loop.run_until([&] { return changes > 0; }));
}

#if RUDP_UV_LINUX
void where_nothing_changes_nothing_is_told(void**) {
  test::Loop loop;
  const auto networks = TwoNetworks::open();
  if (!networks) skip();
  int changes = 0;
  const auto watch = *NetworkWatch::open(loop.get(), [&] { ++changes; });
  loop.run_for(std::chrono::milliseconds(300));
  assert_int_equal(changes, 0);
}
#endif

void it_does_not_keep_the_loop_alive(void**) {
  test::Loop loop;
  const auto watch = *NetworkWatch::open(loop.get(), [] {});
  assert_true(loop.is_idle());
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
    cmocka_unit_test(what_comes_and_goes_is_told),
    cmocka_unit_test(more_changes_than_the_system_keeps_do_not_end_the_watch),
#if RUDP_UV_LINUX
    cmocka_unit_test(where_nothing_changes_nothing_is_told),
#endif
    cmocka_unit_test(it_does_not_keep_the_loop_alive),
  };
  return cmocka_run_group_tests_name("network_watch", tests, nullptr, nullptr);
}
