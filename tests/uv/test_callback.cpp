// A callback that may replace itself.
#include "uv/callback.hpp"

#include <string>

#include "support/cmocka.hpp"

using rudp::uv::Callback;

namespace {

void an_empty_callback_ignores(void**) {
  Callback<int> callback;
  callback(1);
}

void a_callback_replaced_from_inside_ends_before_the_new_one_begins(void**) {
  std::string seen;
  Callback<char> callback;
  const std::string captured(100, 'x');  // on the heap: freed too early, a sanitizer would see it
  callback.set([&, captured](char what) {
    callback.set([&](char later) { seen += static_cast<char>(later + 1); });
    seen += captured[0] == 'x' ? what : '?';
  });
  callback('a');
  callback('b');
  assert_string_equal(seen.c_str(), "ac");
}

void a_callback_may_be_called_again_from_inside(void**) {
  int calls = 0;
  Callback<int> callback;
  callback.set([&](int depth) {
    ++calls;
    if (depth > 0) callback(depth - 1);
    callback.set({});
  });
  callback(3);
  assert_int_equal(calls, 4);
  callback(0);
  assert_int_equal(calls, 4);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(an_empty_callback_ignores),
      cmocka_unit_test(a_callback_replaced_from_inside_ends_before_the_new_one_begins),
      cmocka_unit_test(a_callback_may_be_called_again_from_inside),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
