#include "base/connection_id.hpp"

#include <array>

#include "support/cmocka.hpp"

using rudp::Bytes;
using rudp::ConnectionId;

namespace {

constexpr std::array<std::uint8_t, 8> kBytes{1, 2, 3, 4, 5, 6, 7, 8};

void an_id_keeps_its_bytes_and_length(void**) {
  const ConnectionId id{Bytes(kBytes)};
  assert_int_equal(id.size(), 8);
  assert_memory_equal(id.bytes().data(), kBytes.data(), 8);
  assert_int_equal(id.to_u64(), 0x0102030405060708);
}

void an_id_may_be_empty(void**) {
  const ConnectionId id;
  assert_true(id.empty());
  assert_int_equal(id.to_u64(), 0);
  assert_true(id == ConnectionId(Bytes()));
}

void length_tells_ids_apart_that_differ_in_zeros_alone(void**) {
  const std::array<std::uint8_t, 8> zeros{};
  const ConnectionId four{Bytes(zeros).first(4)};
  const ConnectionId eight{Bytes(zeros)};
  assert_false(four == eight);
}

void ids_of_one_length_order_as_numbers(void**) {
  const ConnectionId low{Bytes(kBytes).first(4)};
  const ConnectionId high{Bytes(kBytes).subspan(1, 4)};
  assert_true(low < high);
  assert_true(low.to_u64() < high.to_u64());
}

void an_id_of_eight_bytes_comes_back_from_its_number(void**) {
  const ConnectionId id{Bytes(kBytes)};
  assert_true(ConnectionId::from_u64(id.to_u64()) == id);
  const std::array<std::uint8_t, 8> zeros{};
  assert_true(ConnectionId::from_u64(0) == ConnectionId(Bytes(zeros)));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(an_id_keeps_its_bytes_and_length),
      cmocka_unit_test(an_id_may_be_empty),
      cmocka_unit_test(length_tells_ids_apart_that_differ_in_zeros_alone),
      cmocka_unit_test(ids_of_one_length_order_as_numbers),
      cmocka_unit_test(an_id_of_eight_bytes_comes_back_from_its_number),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
