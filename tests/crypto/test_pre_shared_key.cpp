// The secret that both sides were given beforehand.
#include <rudp/pre_shared_key.hpp>

#include <array>

#include "support/cmocka.hpp"

using rudp::Bytes;
using rudp::Error;
using rudp::PreSharedKey;

namespace {

void a_key_has_exactly_32_bytes(void**) {
  std::array<std::uint8_t, 64> bytes{};
  for (std::size_t length = 0; length <= bytes.size(); ++length) {
    const auto key = PreSharedKey::from_bytes(Bytes(bytes).first(length));
    assert_int_equal(key.has_value(), length == 32);
    if (!key) assert_true(key.error() == Error::bad_key);
  }
}

void copies_share_one_key_and_none_is_none(void**) {
  std::array<std::uint8_t, 32> bytes{};
  bytes[31] = 9;
  PreSharedKey copy;
  assert_false(static_cast<bool>(copy));
  {
    const PreSharedKey key = PreSharedKey::from_bytes(bytes).value();
    copy = key;
    assert_true(copy.bytes().data() == key.bytes().data());
  }
  assert_memory_equal(copy.bytes().data(), bytes.data(), bytes.size());
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_key_has_exactly_32_bytes),
      cmocka_unit_test(copies_share_one_key_and_none_is_none),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
