#include "wire/short_header.hpp"

#include <array>
#include <vector>

#include "wire/packet_number.hpp"
#include "wire/vectors.hpp"

#include "support/cmocka.hpp"

using namespace rudp;
using namespace rudp::wire;
using vectors::from_hex;
using Buffer = std::vector<std::uint8_t>;

namespace {

const HeaderMask kRfcMask{0xae, 0xfe, 0xfe, 0x7d, 0x03};

/// RFC 9001 A.5: a short header with no connection id, whose first byte means the same here.
void the_protected_packet_of_rfc_9001_a5_is_read(void**) {
  Buffer packet = from_hex("4cfe4189655e5cd55c41f69080575d7999c25a5bfb");
  const auto location = locate_short_header(packet, 0);
  assert_true(location.has_value());
  assert_int_equal(location->number_offset, 1);
  assert_string_equal(vectors::to_hex(location->sample).c_str(), "5e5cd55c41f69080575d7999c25a5bfb");
  const ShortHeader header = unprotect_short_header(packet, location->number_offset, kRfcMask);
  assert_int_equal(header.number_length, 3);
  assert_int_equal(header.truncated_number, 0x00bff4);
  assert_int_equal(header.header_bytes, 4);
  assert_int_equal(header.reserved, 0);
  assert_false(header.key_phase);
  assert_string_equal(vectors::to_hex(Bytes(packet).first(4)).c_str(), "4200bff4");
  assert_int_equal(expand_packet_number(654360564, header.truncated_number, 3), 654360564);
}

void the_protected_packet_of_rfc_9001_a5_is_written(void**) {
  Buffer packet(21, 0);
  Writer writer{MutableBytes(packet)};
  assert_true(write_short_header(writer, ConnectionId(), false, 654360564, 3));
  writer.bytes(from_hex("655e5cd55c41f69080575d7999c25a5bfb"));
  assert_string_equal(vectors::to_hex(header_sample(packet, 1)).c_str(), "5e5cd55c41f69080575d7999c25a5bfb");
  protect_short_header(packet, 1, kRfcMask);
  assert_string_equal(vectors::to_hex(packet).c_str(), "4cfe4189655e5cd55c41f69080575d7999c25a5bfb");
}

Buffer sealed_packet(const ConnectionId& cid, bool key_phase, PacketNumber number, std::size_t length) {
  Buffer packet(64, 0x5a);
  Writer writer{MutableBytes(packet)};
  assert_true(write_short_header(writer, cid, key_phase, number, length));
  assert_int_equal(writer.size(), short_header_bytes(cid.size(), length));
  return packet;
}

void every_shape_of_header_survives_protection(void**) {
  const Buffer id_bytes = from_hex("0102030405060708");
  for (const std::size_t cid_length : {0u, 4u, 8u}) {
    const ConnectionId cid{Bytes(id_bytes).first(cid_length)};
    for (std::size_t length = 1; length <= 4; ++length) {
      for (const bool key_phase : {false, true}) {
        Buffer packet = sealed_packet(cid, key_phase, 0x0102030405060708, length);
        const Buffer plain = packet;
        protect_short_header(packet, 1 + cid_length, kRfcMask);
        assert_false(packet == plain);
        const auto location = locate_short_header(packet, cid_length);
        assert_true(location->destination_cid == cid);
        const ShortHeader header = unprotect_short_header(packet, location->number_offset, kRfcMask);
        assert_true(packet == plain);
        assert_int_equal(header.key_phase, key_phase);
        assert_int_equal(header.number_length, length);
        assert_int_equal(header.truncated_number, truncate_packet_number(0x0102030405060708, length));
      }
    }
  }
}

void reserved_bits_are_reported(void**) {
  Buffer packet(32, 0);
  packet[0] = 0b010'11'0'00;
  assert_int_equal(unprotect_short_header(packet, 1, HeaderMask{}).reserved, 3);
  packet[0] = 0b010'01'0'00;
  assert_int_equal(unprotect_short_header(packet, 1, HeaderMask{}).reserved, 1);
}

void protection_leaves_the_form_bits_alone(void**) {
  Buffer packet(32, 0);
  packet[0] = 0b010'00000;
  protect_short_header(packet, 1, HeaderMask{0xff, 0, 0, 0, 0});
  assert_int_equal(packet[0], 0b010'11111);
}

void a_packet_without_room_for_a_sample_is_truncated(void**) {
  Buffer packet(29, 0x40);
  for (std::size_t length = 0; length < 29; ++length) {
    assert_true(locate_short_header(Bytes(packet).first(length), 8).error() == Error::truncated);
  }
  assert_true(locate_short_header(packet, 8).has_value());
  packet[0] = 0x80;
  assert_true(locate_short_header(packet, 8).error() == Error::unknown_packet);
}

void a_header_that_does_not_fit_is_not_written(void**) {
  std::array<std::uint8_t, 4> buffer{};
  Writer writer{MutableBytes(buffer)};
  assert_false(write_short_header(writer, ConnectionId(), false, 1, 4));
  assert_int_equal(writer.size(), 0);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_protected_packet_of_rfc_9001_a5_is_read),
      cmocka_unit_test(the_protected_packet_of_rfc_9001_a5_is_written),
      cmocka_unit_test(every_shape_of_header_survives_protection),
      cmocka_unit_test(reserved_bits_are_reported),
      cmocka_unit_test(protection_leaves_the_form_bits_alone),
      cmocka_unit_test(a_packet_without_room_for_a_sample_is_truncated),
      cmocka_unit_test(a_header_that_does_not_fit_is_not_written),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
