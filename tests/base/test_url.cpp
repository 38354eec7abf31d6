#include <rudp/url.hpp>

#include <string>

#include "support/cmocka.hpp"

using rudp::Error;
using rudp::Url;

namespace {

const std::string kKey = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

void host_port_and_key_are_read(void**) {
  const auto url = Url::parse("rudp://example.org:9000/#" + kKey);
  assert_true(url.has_value());
  assert_string_equal(url->host.c_str(), "example.org");
  assert_int_equal(url->port, 9000);
  assert_true(url->key.has_value());
  assert_string_equal(url->key->to_string().c_str(), kKey.c_str());
}

void the_key_and_the_slash_may_be_absent(void**) {
  for (const char* text : {"rudp://host:1", "rudp://host:1/"}) {
    const auto url = Url::parse(text);
    assert_true(url.has_value());
    assert_false(url->key.has_value());
    assert_string_equal(url->host.c_str(), "host");
  }
  assert_true(Url::parse("rudp://host:1#" + kKey)->key.has_value());
}

void ipv6_stands_in_brackets(void**) {
  assert_string_equal(Url::parse("rudp://[::1]:80/")->host.c_str(), "::1");
  assert_string_equal(Url::parse("rudp://[fe80::1%eth0]:80/")->host.c_str(), "fe80::1%eth0");
  assert_string_equal(Url::parse("rudp://127.0.0.1:80")->host.c_str(), "127.0.0.1");
}

void what_was_written_is_read_back(void**) {
  for (const std::string& text :
       {std::string("rudp://host:1"), "rudp://host:65535/#" + kKey, "rudp://[2001:db8::1]:9000/#" + kKey}) {
    assert_string_equal(Url::parse(text)->to_string().c_str(), text.c_str());
  }
}

void a_bad_address_names_its_part(void**) {
  const struct {
    std::string text;
    Error error;
    const char* part;
  } cases[] = {
      {"", Error::bad_address, "scheme"},
      {"http://host:1", Error::bad_address, "scheme"},
      {"host:1", Error::bad_address, "scheme"},
      {"rudp://host", Error::bad_address, "port"},
      {"rudp://host:", Error::bad_address, "port"},
      {"rudp://host:0", Error::bad_address, "port"},
      {"rudp://host:65536", Error::bad_address, "port"},
      {"rudp://host:1/path", Error::bad_address, "port"},
      {"rudp://:1", Error::bad_address, "host"},
      {"rudp://::1:80", Error::bad_address, "host"},
      {"rudp://[]:80", Error::bad_address, "host"},
      {"rudp://[host]:80", Error::bad_address, "host"},
      {"rudp://[::1%]:80", Error::bad_address, "host"},
      {"rudp://user@host:80", Error::bad_address, "host"},
      {"rudp://ho st:80", Error::bad_address, "host"},
      {"rudp://" + std::string(254, 'a') + ":80", Error::bad_address, "host"},
      {"rudp://host:1/#", Error::bad_key, "key"},
      {"rudp://host:1/#" + kKey + "A", Error::bad_key, "key"},
  };
  for (const auto& one : cases) {
    const auto url = Url::parse(one.text);
    assert_false(url.has_value());
    assert_true(url.error().code == one.error);
    assert_string_equal(url.error().what.c_str(), one.part);
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(host_port_and_key_are_read),   cmocka_unit_test(the_key_and_the_slash_may_be_absent),
      cmocka_unit_test(ipv6_stands_in_brackets),      cmocka_unit_test(what_was_written_is_read_back),
      cmocka_unit_test(a_bad_address_names_its_part),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
