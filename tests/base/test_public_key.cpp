#include <rudp/identity.hpp>

#include <string>

#include "support/cmocka.hpp"

using rudp::Error;
using rudp::PublicKey;

namespace {

PublicKey counting_key() {
  PublicKey key;
  std::uint8_t value = 0;
  for (std::uint8_t& byte : key.bytes) byte = value++;
  return key;
}

void a_key_is_written_as_43_characters_of_base64url(void**) {
  assert_string_equal(counting_key().to_string().c_str(), "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8");
  PublicKey ones;
  ones.bytes.fill(0xff);
  assert_string_equal(ones.to_string().c_str(), "__________________________________________8");
  PublicKey pattern;
  pattern.bytes.fill(0xfb);
  assert_string_equal(pattern.to_string().c_str(), "-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_s");
}

void what_was_written_is_read_back(void**) {
  PublicKey key = counting_key();
  for (int step = 0; step < 256; ++step) {
    for (std::uint8_t& byte : key.bytes) byte = static_cast<std::uint8_t>(byte * 5 + 1);
    const auto read = PublicKey::parse(key.to_string());
    assert_true(read.has_value());
    assert_true(*read == key);
  }
}

void a_second_spelling_of_a_key_is_refused(void**) {
  std::string text = counting_key().to_string();
  for (const char last : {'9', '-', '_'}) {
    text.back() = last;
    assert_true(PublicKey::parse(text).error() == Error::bad_key);
  }
}

void another_length_or_alphabet_is_refused(void**) {
  const std::string good = counting_key().to_string();
  for (const std::string& bad : {std::string(), good.substr(1), good + "A", good + "=", '+' + good.substr(1),
                                 '/' + good.substr(1), ' ' + good.substr(1), std::string(43, '\0')}) {
    assert_true(PublicKey::parse(bad).error() == Error::bad_key);
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_key_is_written_as_43_characters_of_base64url),
      cmocka_unit_test(what_was_written_is_read_back),
      cmocka_unit_test(a_second_spelling_of_a_key_is_refused),
      cmocka_unit_test(another_length_or_alphabet_is_refused),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
