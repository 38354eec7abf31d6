#include <rudp/error.hpp>

#include <set>
#include <string>

#include "support/cmocka.hpp"

using rudp::Error;
using rudp::Failure;
using rudp::Result;

namespace {

constexpr Error kAll[] = {
    Error::invalid_argument,
    Error::invalid_config,
    Error::unknown_connection,
    Error::would_block,
    Error::too_large,
    Error::closed,
    Error::unsupported,
    Error::out_of_memory,
    Error::too_many_connections,
    Error::buffer_too_small,
    Error::truncated,
    Error::malformed,
    Error::unknown_packet,
    Error::unknown_frame,
    Error::authentication_failed,
    Error::unsupported_version,
    Error::bad_key,
    Error::invalid_state,
    Error::handshake_timeout,
    Error::idle_timeout,
    Error::closed_by_peer,
    Error::closed_locally,
    Error::reset_by_peer,
    Error::key_changed,
    Error::no_common_version,
    Error::protocol_violation,
    Error::flow_control_violation,
    Error::limit_exceeded,
    Error::integrity_limit,
    Error::no_common_suite,
    Error::packet_numbers_exhausted,
    Error::address_in_use,
    Error::permission_denied,
    Error::name_not_resolved,
    Error::network_unreachable,
    Error::io_error,
    Error::bad_address,
    Error::bad_key_file,
    Error::randomness_unavailable,
};

constexpr Error kNone = static_cast<Error>(999);

void every_error_has_a_name_and_a_sentence_of_its_own(void**) {
  std::set<std::string> words;
  for (const Error error : kAll) {
    assert_true(words.insert(std::string(rudp::to_sentence(error))).second);
    assert_true(words.insert(std::string(rudp::to_name(error))).second);
    assert_true(rudp::to_sentence(error) != rudp::to_sentence(kNone));
    assert_true(rudp::to_name(error) != rudp::to_name(kNone));
  }
}

void a_sentence_has_no_full_stop(void**) {
  for (const Error error : kAll) {
    assert_true(rudp::to_sentence(error).size() > 10);
    assert_true(rudp::to_sentence(error).back() != '.');
  }
}

void a_number_from_the_future_has_words_too(void**) {
  assert_false(rudp::to_sentence(kNone).empty());
  assert_string_equal(std::string(rudp::to_name(kNone)).c_str(), "unknown_error");
}

void a_failure_says_what_it_was_about(void**) {
  const Failure failure(Error::bad_address, "bind");
  assert_string_equal(failure.sentence().c_str(), "bind: this is not a valid address");
  assert_string_equal(Failure(Error::bad_address).sentence().c_str(), "this is not a valid address");
}

void a_result_is_a_value_or_an_error(void**) {
  const Result<int> good = 7;
  const Result<int> bad = Error::closed;
  const Result<void> nothing;
  assert_true(good.has_value());
  assert_int_equal(*good, 7);
  assert_false(static_cast<bool>(bad));
  assert_true(bad.error() == Error::closed);
  assert_true(nothing.has_value());
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(every_error_has_a_name_and_a_sentence_of_its_own),
      cmocka_unit_test(a_sentence_has_no_full_stop),
      cmocka_unit_test(a_number_from_the_future_has_words_too),
      cmocka_unit_test(a_failure_says_what_it_was_about),
      cmocka_unit_test(a_result_is_a_value_or_an_error),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
