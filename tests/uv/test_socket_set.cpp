// Several sockets of one binding: each run leaves through the one that it names, and what comes is named too.
#include "uv/socket_set.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "support/uv_loop.hpp"

#include "support/cmocka.hpp"

using namespace rudp;
using rudp::uv::SocketSet;

namespace {

struct Owner final : uv::SocketSetOwner {
  struct Got {
    SocketId socket = 0;
    Address from;
    std::string text;
  };
  void on_received(SocketId socket, const uv::Received& received) override {
    received.for_each_datagram([&](MutableBytes datagram) {
      got.push_back({socket, received.from, {datagram.begin(), datagram.end()}});
    });
  }
  void on_writable() override {}
  std::vector<Got> got;
};

struct End {
  explicit End(test::Loop& loop)
      : set(*SocketSet::open(loop.get(), Address::v4(127, 0, 0, 1, 0), 1 << 16, owner)) {}
  void send(const Address& to, SocketId socket, std::string_view text) {
    const MutableBytes space = set->space();
    std::copy(text.begin(), text.end(), space.begin());
    set->push({.to = to,
               .bytes = text.size(),
               .segment_bytes = text.size(),
               .ecn = Ecn::not_ect,
               .socket = socket});
    set->flush();
  }
  Owner owner;
  std::unique_ptr<SocketSet> set;
};

void a_run_leaves_through_the_socket_that_it_names(void**) {
  test::Loop loop;
  End here(loop), there(loop);
  const auto second = here.set->add(true);
  assert_true(second.has_value() && *second != 0);
  here.send(there.set->info().local, 0, "first");
  here.send(there.set->info().local, *second, "second");
  assert_true(loop.run_until([&] { return there.owner.got.size() == 2; }));
  for (const Owner::Got& got : there.owner.got) {
    assert_true((got.from.port == here.set->info().local.port) == (got.text == "first"));
    there.send(got.from, 0, got.text);
  }
  assert_true(loop.run_until([&] { return here.owner.got.size() == 2; }));
  for (const Owner::Got& got : here.owner.got) assert_true((got.socket == *second) == (got.text == "second"));
}

void a_socket_that_was_closed_is_gone_after_two_drains(void**) {
  test::Loop loop;
  End here(loop), there(loop);
  const auto second = here.set->add(true);
  here.set->close(*second);
  here.send(there.set->info().local, *second, "last words");
  assert_true(loop.run_until([&] { return there.owner.got.size() == 1; }));
  assert_true(here.set->sweep());
  assert_false(here.set->sweep());
  assert_int_equal(here.set->size(), 1);
  here.send(there.set->info().local, *second, "nobody says this");
  here.send(there.set->info().local, 0, "but this");
  assert_true(loop.run_until([&] { return there.owner.got.size() == 2; }));
  assert_string_equal(there.owner.got[1].text.c_str(), "but this");
}

void the_first_socket_stays(void**) {
  test::Loop loop;
  End here(loop);
  here.set->close(0);
  assert_false(here.set->sweep());
  assert_int_equal(here.set->size(), 1);
}

void names_are_not_given_twice(void**) {
  test::Loop loop;
  End here(loop);
  const auto second = here.set->add(true);
  here.set->close(*second);
  while (here.set->sweep()) {
  }
  const auto third = here.set->add(true);
  assert_true(third.has_value() && *third != *second);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_run_leaves_through_the_socket_that_it_names),
      cmocka_unit_test(a_socket_that_was_closed_is_gone_after_two_drains),
      cmocka_unit_test(the_first_socket_stays),
      cmocka_unit_test(names_are_not_given_twice),
  };
  return cmocka_run_group_tests_name("socket_set", tests, nullptr, nullptr);
}
