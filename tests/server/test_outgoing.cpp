// What waits for slow clients: in order, within bounds, and not for ever.
#include <map>
#include <string>
#include <vector>

#include "server/outgoing.hpp"

#include "support/cmocka.hpp"

namespace {

using namespace server;
using rudp::SendStatus;

constexpr chat::SessionId kAlice = 1, kBob = 2, kCarol = 3;
constexpr rudp::Instant kStart = rudp::Instant::from_ns(1'000'000'000);

/// Connections whose room is decided by the test.
struct Wire final : Connections {
  SendStatus send(chat::SessionId session, rudp::Bytes bytes) override {
    if (bytes.size() > 1'000) return SendStatus::too_large;
    if (room[session] == 0) return SendStatus::would_block;
    --room[session];
    sent[session] += std::string(bytes.begin(), bytes.end());
    return SendStatus::queued;
  }
  void close(chat::SessionId session, std::uint64_t code, std::string_view reason,
             rudp::Duration drain) override {
    closed[session].push_back({code, std::string(reason), drain});
  }

  struct Closing {
    std::uint64_t code;
    std::string reason;
    rudp::Duration drain;
  };
  std::map<chat::SessionId, int> room;
  std::map<chat::SessionId, std::string> sent;
  std::map<chat::SessionId, std::vector<Closing>> closed;
};

chat::SharedBytes bytes(const std::string& text) {
  return std::make_shared<const std::vector<std::uint8_t>>(text.begin(), text.end());
}

struct World {
  explicit World(Outgoing::Limits limits = {}) : outgoing(wire, limits) {
    outgoing.add(kAlice);
    outgoing.add(kBob);
  }
  Wire wire;
  Outgoing outgoing;
};

void what_has_room_is_sent_at_once(void**) {
  World world;
  world.wire.room[kAlice] = 2;
  assert_true(world.outgoing.send(kStart, kAlice, bytes("a")) == Outgoing::Outcome::sent);
  assert_string_equal(world.wire.sent[kAlice].c_str(), "a");
  assert_int_equal(world.outgoing.waiting_bytes(), 0);
}

void what_has_no_room_waits_and_leaves_in_order(void**) {
  World world;
  assert_true(world.outgoing.send(kStart, kAlice, bytes("a")) == Outgoing::Outcome::waits);
  world.wire.room[kAlice] = 2;
  // Also what would fit now: it must not overtake.
  assert_true(world.outgoing.send(kStart, kAlice, bytes("b")) == Outgoing::Outcome::behind);
  assert_true(world.outgoing.send(kStart, kAlice, bytes("c")) == Outgoing::Outcome::behind);
  assert_false(world.outgoing.handle_writable(kStart, kAlice));
  assert_string_equal(world.wire.sent[kAlice].c_str(), "ab");
  world.wire.room[kAlice] = 2;
  assert_true(world.outgoing.handle_writable(kStart, kAlice));
  assert_string_equal(world.wire.sent[kAlice].c_str(), "abc");
  assert_int_equal(world.outgoing.waiting_bytes(), 0);
}

// Threat R8.
void a_slow_client_holds_up_nobody_else(void**) {
  World world;
  world.wire.room[kBob] = 1;
  assert_true(world.outgoing.send(kStart, kAlice, bytes("a")) == Outgoing::Outcome::waits);
  assert_true(world.outgoing.send(kStart, kBob, bytes("b")) == Outgoing::Outcome::sent);
}

// Threat R8.
void a_client_for_whom_too_much_waits_is_closed_and_forgotten(void**) {
  World world({3 * (Outgoing::kOverheadBytes + 1), 1 << 20});
  for (int i = 0; i < 3; ++i)
    assert_true(world.outgoing.send(kStart, kAlice, bytes("x")) != Outgoing::Outcome::dropped);
  assert_true(world.wire.closed[kAlice].empty());
  assert_true(world.outgoing.send(kStart, kAlice, bytes("x")) == Outgoing::Outcome::dropped);
  assert_int_equal(world.wire.closed[kAlice].size(), 1);
  assert_int_equal(world.wire.closed[kAlice][0].code, kCloseTooSlow);
  assert_true(world.wire.closed[kAlice][0].drain == rudp::Duration::zero());
  assert_int_equal(world.outgoing.waiting_bytes(), 0);
  world.wire.room[kAlice] = 9;
  assert_true(world.outgoing.send(kStart, kAlice, bytes("x")) == Outgoing::Outcome::dropped);
  assert_false(world.outgoing.handle_writable(kStart, kAlice));
  assert_string_equal(world.wire.sent[kAlice].c_str(), "");
}

// Threat R8: not whoever needs room is to blame when there is none, but who holds it.
void where_all_wait_for_too_much_those_go_who_hold_most(void**) {
  World world({1 << 20, 4 * (Outgoing::kOverheadBytes + 1)});
  world.outgoing.add(kCarol);
  for (const chat::SessionId id : {kAlice, kAlice, kAlice, kBob})
    assert_true(world.outgoing.send(kStart, id, bytes("x")) != Outgoing::Outcome::dropped);
  assert_true(world.outgoing.send(kStart, kCarol, bytes("x")) == Outgoing::Outcome::waits);
  assert_int_equal(world.wire.closed[kAlice].size(), 1);
  assert_int_equal(world.wire.closed[kAlice][0].code, kCloseTooSlow);
  assert_true(world.wire.closed[kBob].empty() && world.wire.closed[kCarol].empty());
  assert_true(world.outgoing.waiting_bytes() == 2 * (Outgoing::kOverheadBytes + 1));
}

// Threat R8.
void one_who_holds_most_and_wants_more_goes_alone(void**) {
  World world({1 << 20, 2 * (Outgoing::kOverheadBytes + 1)});
  assert_true(world.outgoing.send(kStart, kAlice, bytes("x")) == Outgoing::Outcome::waits);
  assert_true(world.outgoing.send(kStart, kBob, bytes("x")) == Outgoing::Outcome::waits);
  assert_true(world.outgoing.send(kStart, kBob, bytes("x")) == Outgoing::Outcome::dropped);
  assert_int_equal(world.wire.closed[kBob].size(), 1);
  assert_true(world.wire.closed[kAlice].empty());
  assert_true(world.outgoing.waiting_bytes() == Outgoing::kOverheadBytes + 1);
}

// Threat R8: where nothing waits for anybody there is nobody to close but the one for whom it is too much.
void what_no_closing_makes_room_for_closes_its_own_session_only(void**) {
  World world({1 << 20, Outgoing::kOverheadBytes});
  assert_true(world.outgoing.send(kStart, kAlice, bytes("x")) == Outgoing::Outcome::dropped);
  assert_int_equal(world.wire.closed[kAlice].size(), 1);
  assert_true(world.wire.closed[kBob].empty());
}

// Threat R8.
void a_backlog_that_stands_still_ends_its_session(void**) {
  World world;
  for (const chat::SessionId id : {kAlice, kBob})
    for (int i = 0; i < 2; ++i)
      assert_true(world.outgoing.send(kStart, id, bytes("x")) != Outgoing::Outcome::dropped);
  const rudp::Instant later = kStart + Outgoing::kStallMax / 2;
  world.wire.room[kBob] = 1;
  assert_false(world.outgoing.handle_writable(later, kBob));
  assert_true(world.outgoing.poll_timeout() == kStart + Outgoing::kStallMax);
  world.outgoing.handle_timeout(kStart + Outgoing::kStallMax);
  assert_int_equal(world.wire.closed[kAlice].size(), 1);
  assert_int_equal(world.wire.closed[kAlice][0].code, kCloseTooSlow);
  assert_true(world.wire.closed[kBob].empty());
  assert_true(world.outgoing.poll_timeout() == later + Outgoing::kStallMax);
  world.wire.room[kBob] = 1;
  assert_true(world.outgoing.handle_writable(later, kBob));
  assert_false(world.outgoing.poll_timeout().has_value());
}

void a_close_comes_after_what_was_sent_before(void**) {
  World world;
  assert_true(world.outgoing.send(kStart, kAlice, bytes("bye")) == Outgoing::Outcome::waits);
  world.outgoing.close(kStart, kAlice);
  assert_true(world.wire.closed[kAlice].empty());
  assert_true(world.outgoing.send(kStart, kAlice, bytes("more")) == Outgoing::Outcome::dropped);
  world.wire.room[kAlice] = 5;
  assert_false(world.outgoing.handle_writable(kStart, kAlice));
  assert_string_equal(world.wire.sent[kAlice].c_str(), "bye");
  assert_int_equal(world.wire.closed[kAlice].size(), 1);
  assert_int_equal(world.wire.closed[kAlice][0].code, kCloseDone);
}

void a_close_does_not_wait_for_ever(void**) {
  World world;
  assert_true(world.outgoing.send(kStart, kAlice, bytes("bye")) == Outgoing::Outcome::waits);
  assert_true(world.outgoing.poll_timeout() == kStart + Outgoing::kStallMax);
  world.outgoing.close(kStart, kAlice);
  world.outgoing.close(kStart, kBob);
  assert_int_equal(world.wire.closed[kBob].size(), 1);
  assert_true(world.outgoing.poll_timeout() == kStart + Outgoing::kDrainMax);
  world.outgoing.handle_timeout(kStart + Outgoing::kDrainMax - std::chrono::nanoseconds(1));
  assert_true(world.wire.closed[kAlice].empty());
  world.outgoing.handle_timeout(kStart + Outgoing::kDrainMax);
  assert_int_equal(world.wire.closed[kAlice].size(), 1);
  assert_false(world.outgoing.poll_timeout().has_value());
  assert_int_equal(world.outgoing.waiting_bytes(), 0);
}

void a_client_that_is_gone_leaves_nothing_behind(void**) {
  World world;
  assert_true(world.outgoing.send(kStart, kAlice, bytes("a")) == Outgoing::Outcome::waits);
  world.outgoing.close(kStart, kAlice);
  world.outgoing.remove(kAlice);
  assert_int_equal(world.outgoing.waiting_bytes(), 0);
  assert_true(world.outgoing.send(kStart, kAlice, bytes("b")) == Outgoing::Outcome::dropped);
  world.outgoing.handle_timeout(kStart + Outgoing::kDrainMax);
  assert_true(world.wire.closed[kAlice].empty());
}

void what_the_client_cannot_take_closes_it(void**) {
  World world;
  assert_true(world.outgoing.send(kStart, kAlice, bytes(std::string(2'000, 'x'))) ==
              Outgoing::Outcome::dropped);
  assert_int_equal(world.wire.closed[kAlice].size(), 1);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(what_has_room_is_sent_at_once),
      cmocka_unit_test(what_has_no_room_waits_and_leaves_in_order),
      cmocka_unit_test(a_slow_client_holds_up_nobody_else),
      cmocka_unit_test(a_client_for_whom_too_much_waits_is_closed_and_forgotten),
      cmocka_unit_test(where_all_wait_for_too_much_those_go_who_hold_most),
      cmocka_unit_test(one_who_holds_most_and_wants_more_goes_alone),
      cmocka_unit_test(what_no_closing_makes_room_for_closes_its_own_session_only),
      cmocka_unit_test(a_backlog_that_stands_still_ends_its_session),
      cmocka_unit_test(a_close_comes_after_what_was_sent_before),
      cmocka_unit_test(a_close_does_not_wait_for_ever),
      cmocka_unit_test(a_client_that_is_gone_leaves_nothing_behind),
      cmocka_unit_test(what_the_client_cannot_take_closes_it),
  };
  return cmocka_run_group_tests_name("outgoing", tests, nullptr, nullptr);
}
