#include "wire/varint.hpp"

#include <array>
#include <string>

#include "wire/reader.hpp"
#include "wire/vectors.hpp"
#include "wire/writer.hpp"

#include "support/cmocka.hpp"

using namespace rudp::wire;
using rudp::Bytes;
using rudp::MutableBytes;

namespace {

void the_vectors_are_read(void**) {
  const auto all = vectors::load("varints.txt");
  assert_true(all.size() >= 15);
  for (const auto& vector : all) {
    Reader reader{Bytes(vector.bytes)};
    const std::string value = std::to_string(reader.varint());
    assert_string_equal(value.c_str(), vector.meaning.c_str());
    assert_true(reader.ok() && reader.at_end());
  }
}

void every_truncation_fails(void**) {
  for (const auto& vector : vectors::load("varints.txt")) {
    for (std::size_t length = 0; length < vector.bytes.size(); ++length) {
      Reader reader{Bytes(vector.bytes).first(length)};
      assert_int_equal(reader.varint(), 0);
      assert_false(reader.ok());
    }
  }
}

void the_shortest_encoding_is_written(void**) {
  const struct {
    std::uint64_t value;
    std::size_t bytes;
  } cases[] = {{0, 1},      {0x3f, 1},       {0x40, 2},       {0x3fff, 2},
               {0x4000, 4}, {0x3fffffff, 4}, {0x40000000, 8}, {rudp::kVarintMax, 8}};
  for (const auto& one : cases) {
    std::array<std::uint8_t, 8> buffer{};
    Writer writer{MutableBytes(buffer)};
    writer.varint(one.value);
    assert_int_equal(writer.size(), one.bytes);
    assert_int_equal(varint_bytes(one.value), one.bytes);
    assert_int_equal(Reader{Bytes(writer.written())}.varint(), one.value);
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_vectors_are_read),
      cmocka_unit_test(every_truncation_fails),
      cmocka_unit_test(the_shortest_encoding_is_written),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
