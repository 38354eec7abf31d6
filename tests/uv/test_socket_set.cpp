// Several sockets of one binding: each run leaves through the one that it names, and what comes is named too.
#include "uv/socket_set.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "support/uv_pair.hpp"

#include "support/cmocka.hpp"

using namespace rudp;
using rudp::uv::SocketSet;

namespace {

const Instant kNow = Instant::from_ns(1'000);
const Instant kLater = kNow + std::chrono::seconds(1);

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
  void on_unreachable(SocketId socket, const Address& to) override { unreachable.emplace_back(socket, to); }
  std::vector<Got> got;
  std::vector<std::pair<SocketId, Address>> unreachable;
};

struct End {
  explicit End(test::Loop& loop, const std::vector<Address>& locals = {test::kLoopback4})
      : set(*SocketSet::open(loop.get(), locals, 1 << 16, owner)) {}
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
  here.send(there.set->info(0).local, 0, "first");
  here.send(there.set->info(0).local, *second, "second");
  assert_true(loop.run_until([&] { return there.owner.got.size() == 2; }));
  for (const Owner::Got& got : there.owner.got) {
    assert_true((got.from.port == here.set->info(0).local.port) == (got.text == "first"));
    there.send(got.from, 0, got.text);
  }
  assert_true(loop.run_until([&] { return here.owner.got.size() == 2; }));
  for (const Owner::Got& got : here.owner.got) assert_true((got.socket == *second) == (got.text == "second"));
}

void a_socket_that_was_closed_speaks_until_its_time_is_over(void**) {
  test::Loop loop;
  End here(loop), there(loop);
  const auto second = here.set->add(true);
  here.set->close(*second, kLater);
  assert_true(here.set->sweep(kNow) == kLater);
  here.send(there.set->info(0).local, *second, "last words");
  assert_true(loop.run_until([&] { return there.owner.got.size() == 1; }));
  assert_false(here.set->sweep(kLater).has_value());
  assert_int_equal(here.set->size(), 1);
  here.send(there.set->info(0).local, *second, "nobody says this");
  here.send(there.set->info(0).local, 0, "but this");
  assert_true(loop.run_until([&] { return there.owner.got.size() == 2; }));
  assert_string_equal(there.owner.got[1].text.c_str(), "but this");
}

void bound_sockets_stay(void**) {
  test::Loop loop;
  End here(loop, {test::kLoopback4, test::kLoopback4});
  for (const SocketId socket : {SocketId{0}, SocketId{1}}) here.set->close(socket, kNow);
  assert_false(here.set->sweep(kNow).has_value());
  assert_int_equal(here.set->size(), 2);
  assert_int_equal(here.set->bound_count(), 2);
}

// It closes when the last of those that share it has let go, and none of them speaks any more.
void a_shared_socket_stays_until_the_last_is_gone(void**) {
  test::Loop loop;
  End here(loop);
  const SocketId shared = *here.set->add(true);
  assert_true(here.set->share(shared));
  here.set->close(shared, kLater);
  assert_false(here.set->sweep(kLater).has_value());
  assert_int_equal(here.set->size(), 2);
  here.set->close(shared, kNow);
  assert_false(here.set->share(shared));
  assert_true(here.set->sweep(kNow) == kLater);
  assert_false(here.set->sweep(kLater).has_value());
  assert_int_equal(here.set->size(), 1);
  assert_false(here.set->share(shared));
}

// Runs of all sockets in any order, more than fit before a flush: each arrives once, with its own text.
void runs_of_many_sockets_take_turns(void**) {
  test::Loop loop;
  End here(loop, {test::kLoopback4, test::kLoopback4, test::kLoopback4}), there(loop);
  const SocketId added = *here.set->add(true);
  std::vector<std::string> said;
  for (SocketId i = 0; i < 150; ++i) {
    const SocketId socket = i * i / 2 % 4;
    said.push_back(std::to_string(i));
    const MutableBytes space = here.set->space();
    assert_false(space.empty());
    std::copy(said.back().begin(), said.back().end(), space.begin());
    here.set->push({.to = there.set->info(0).local,
                    .bytes = said.back().size(),
                    .segment_bytes = said.back().size(),
                    .ecn = Ecn::not_ect,
                    .socket = socket == 3 ? added : socket});
    if (i % 50 == 49) here.set->flush();
  }
  assert_true(loop.run_until([&] { return there.owner.got.size() == said.size(); }));
  std::vector<std::string> heard;
  for (const Owner::Got& got : there.owner.got) heard.push_back(got.text);
  std::sort(heard.begin(), heard.end());
  std::sort(said.begin(), said.end());
  assert_true(heard == said);
}

void names_are_not_given_twice(void**) {
  test::Loop loop;
  End here(loop);
  const auto second = here.set->add(true);
  here.set->close(*second, kNow);
  assert_false(here.set->sweep(kNow).has_value());
  const auto third = here.set->add(true);
  assert_true(third.has_value() && *third != *second);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_run_leaves_through_the_socket_that_it_names),
      cmocka_unit_test(a_socket_that_was_closed_speaks_until_its_time_is_over),
      cmocka_unit_test(bound_sockets_stay),
      cmocka_unit_test(a_shared_socket_stays_until_the_last_is_gone),
      cmocka_unit_test(runs_of_many_sockets_take_turns),
      cmocka_unit_test(names_are_not_given_twice),
  };
  return cmocka_run_group_tests_name("socket_set", tests, nullptr, nullptr);
}
