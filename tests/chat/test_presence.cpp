// chat/presence: joins and leaves share notices.
#include "chat/presence.hpp"

#include <chrono>
#include <string>

#include "support/cmocka.hpp"

namespace {

using namespace chat;
using namespace std::chrono_literals;

constexpr rudp::Instant kStart = rudp::Instant::from_ns(1'000'000'000);

void the_first_notice_goes_out_at_once(void**) {
  PresenceNotices notices(100ms);
  assert_false(notices.take(kStart).has_value());
  notices.join("bob");
  const auto notice = notices.take(kStart);
  assert_true(notice && *notice == (Presence{{"bob"}, {}}));
  assert_false(notices.take(kStart).has_value());
}

void what_follows_is_gathered(void**) {
  PresenceNotices notices(100ms);
  notices.join("a");
  (void)notices.take(kStart);
  notices.join("c");
  notices.join("b");
  notices.leave("a");
  assert_false(notices.take(kStart + 99ms).has_value());
  assert_true(notices.due() == kStart + 100ms);
  assert_true(*notices.take(kStart + 100ms) == (Presence{{"b", "c"}, {"a"}}));
  assert_false(notices.due().has_value());
}

void who_comes_back_before_the_notice_never_left(void**) {
  PresenceNotices notices(100ms);
  notices.leave("bob");
  notices.join("bob");
  notices.join("eve");
  notices.leave("eve");
  assert_false(notices.take(kStart).has_value());
  assert_false(notices.due().has_value());
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_first_notice_goes_out_at_once),
      cmocka_unit_test(what_follows_is_gathered),
      cmocka_unit_test(who_comes_back_before_the_notice_never_left),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
