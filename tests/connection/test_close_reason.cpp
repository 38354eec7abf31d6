// The words of a CLOSE, cleaned.
#include "connection/close_reason.hpp"

#include <string>

#include "support/cmocka.hpp"

using rudp::connection::as_bytes;
using rudp::connection::clean_reason;
using rudp::connection::kReasonBytesMax;

namespace {

void valid_text_stays_as_it_is(void**) {
  assert_string_equal(clean_reason(as_bytes("server is leaving")).c_str(), "server is leaving");
  assert_string_equal(clean_reason(as_bytes("再见 👋")).c_str(), "再见 👋");
  assert_string_equal(clean_reason({}).c_str(), "");
}

void text_is_cut_before_the_first_byte_that_is_not_utf8(void**) {
  const char* const broken[] = {
      "ok\xff",     "ok\x80",         "ok\xc0\xaf",        "ok\xed\xa0\x80", "ok\xf4\x90\x80\x80",
      "ok\xe4\xbd", "ok\xe0\x80\x80", "ok\xf0\x80\x80\x80"};
  for (const char* const text : broken) assert_string_equal(clean_reason(as_bytes(text)).c_str(), "ok");
}

void long_text_is_cut_at_a_characters_end(void**) {
  std::string text;
  while (text.size() < 2 * kReasonBytesMax) text += "字";
  const std::string cut = clean_reason(as_bytes(text));
  assert_int_equal(cut.size(), kReasonBytesMax / 3 * 3);
  assert_true(text.compare(0, cut.size(), cut) == 0);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(valid_text_stays_as_it_is),
      cmocka_unit_test(text_is_cut_before_the_first_byte_that_is_not_utf8),
      cmocka_unit_test(long_text_is_cut_at_a_characters_end),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
