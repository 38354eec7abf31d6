#include "wire/writer.hpp"

#include <array>

#include "wire/reader.hpp"

#include "support/cmocka.hpp"

using rudp::Bytes;
using rudp::MutableBytes;
using rudp::wire::Reader;
using rudp::wire::Writer;

namespace {

void what_is_written_is_read(void**) {
  std::array<std::uint8_t, 32> buffer{};
  Writer writer{MutableBytes(buffer)};
  writer.u8(1);
  writer.u16(0x0203);
  writer.u32(0x04050607);
  writer.u64(0x08090a0b0c0d0e0f);
  writer.integer(0xaabbcc, 3);
  writer.varint(300);
  assert_true(writer.ok());
  for (std::uint8_t at = 0; at < 15; ++at) assert_int_equal(buffer[at], at + 1);
  Reader reader{Bytes(writer.written()).subspan(15)};
  assert_int_equal(reader.u8() << 16 | reader.u16(), 0xaabbcc);
  assert_int_equal(reader.varint(), 300);
  assert_true(reader.at_end());
}

void what_does_not_fit_is_not_written_in_part(void**) {
  std::array<std::uint8_t, 4> buffer{9, 9, 9, 9};
  Writer writer{MutableBytes(buffer).first(3)};
  writer.u32(0);
  assert_false(writer.ok());
  assert_int_equal(writer.size(), 0);
  writer.u8(0);
  assert_int_equal(writer.size(), 0);
  for (const std::uint8_t byte : buffer) assert_int_equal(byte, 9);
}

void a_layout_is_written_whole_or_taken_back(void**) {
  std::array<std::uint8_t, 4> buffer{};
  Writer writer{MutableBytes(buffer)};
  writer.u8(1);
  const std::size_t start = writer.size();
  writer.u16(2);
  writer.u16(3);
  assert_false(writer.commit(start));
  assert_int_equal(writer.size(), 1);
  assert_true(writer.ok());
  writer.u16(2);
  writer.u8(3);
  assert_true(writer.commit(start));
  assert_int_equal(writer.remaining(), 0);
}

void reserved_bytes_are_filled_later(void**) {
  std::array<std::uint8_t, 4> buffer{};
  Writer writer{MutableBytes(buffer)};
  writer.u8(7);
  const MutableBytes reserved = writer.reserve(2);
  assert_int_equal(reserved.size(), 2);
  reserved[1] = 8;
  writer.zeros(1);
  assert_int_equal(buffer[2], 8);
  assert_true(writer.reserve(1).empty());
  assert_false(writer.ok());
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(what_is_written_is_read),
      cmocka_unit_test(what_does_not_fit_is_not_written_in_part),
      cmocka_unit_test(a_layout_is_written_whole_or_taken_back),
      cmocka_unit_test(reserved_bytes_are_filled_later),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
