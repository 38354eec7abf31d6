#include "wire/packet_number.hpp"

#include "support/cmocka.hpp"

using namespace rudp::wire;
using rudp::kPacketNumberMax;
using rudp::PacketNumber;

namespace {

void the_lengths_of_rfc_9000_a2_are_chosen(void**) {
  assert_int_equal(packet_number_bytes(0xac5c02, 0xabe8b3), 2);
  assert_int_equal(packet_number_bytes(0xace8fe, 0xabe8b3), 3);
}

void a_length_covers_twice_the_numbers_in_doubt(void**) {
  assert_int_equal(packet_number_bytes(0, std::nullopt), 1);
  assert_int_equal(packet_number_bytes(127, std::nullopt), 1);
  assert_int_equal(packet_number_bytes(128, std::nullopt), 2);
  assert_int_equal(packet_number_bytes(1000 + 128, 1000), 1);
  assert_int_equal(packet_number_bytes(1000 + 129, 1000), 2);
  assert_int_equal(packet_number_bytes(1000 + 32768, 1000), 2);
  assert_int_equal(packet_number_bytes(1000 + 32769, 1000), 3);
  assert_int_equal(packet_number_bytes(1000 + 8388609, 1000), 4);
  assert_int_equal(packet_number_bytes(kPacketNumberMax, 0), 4);
}

// Threat P9.
void the_example_of_rfc_9000_a3_is_expanded(void**) {
  assert_int_equal(expand_packet_number(0xa82f30ea + 1, 0x9b32, 2), 0xa82f9b32);
}

void the_first_packets_are_expanded(void**) {
  assert_int_equal(expand_packet_number(0, 0, 1), 0);
  assert_int_equal(expand_packet_number(0, 0xff, 1), 0xff);
  assert_int_equal(expand_packet_number(1, 0xff, 1), 0xff);
  assert_int_equal(expand_packet_number(200, 0x05, 1), 256 + 5);
}

// Threat P9.
void the_last_packets_are_expanded(void**) {
  assert_int_equal(expand_packet_number(kPacketNumberMax, 0xff, 1), kPacketNumberMax);
  assert_int_equal(expand_packet_number(kPacketNumberMax, 0x00, 1), kPacketNumberMax - 0xff);
  assert_int_equal(expand_packet_number(kPacketNumberMax, 0, 4), kPacketNumberMax - 0xffffffff);
}

// Threat P9.
void every_number_in_the_window_survives_the_wire(void**) {
  for (std::size_t length = 1; length <= 4; ++length) {
    const std::uint64_t half = std::uint64_t{1} << (8 * length - 1);
    for (const PacketNumber expected :
         {half, half + 1, PacketNumber{0x123456789abcdef}, kPacketNumberMax - half}) {
      for (const std::uint64_t offset : {std::uint64_t{0}, std::uint64_t{1}, half / 2, half - 1, half}) {
        const PacketNumber above = expected + offset;
        const PacketNumber below = expected - offset + (offset == half);
        assert_int_equal(expand_packet_number(expected, truncate_packet_number(above, length), length),
                         above);
        assert_int_equal(expand_packet_number(expected, truncate_packet_number(below, length), length),
                         below);
      }
    }
  }
}

void what_the_sender_chose_the_receiver_understands(void**) {
  // The receiver expects at least what the sender knows to have arrived, and at most the number itself.
  for (const std::uint64_t in_doubt : {1u, 127u, 128u, 129u, 32768u, 32769u, 8388608u, 8388609u}) {
    const PacketNumber acked = 0x1234567;
    const PacketNumber number = acked + in_doubt;
    const std::size_t length = packet_number_bytes(number, acked);
    const std::uint32_t wire = truncate_packet_number(number, length);
    assert_int_equal(expand_packet_number(acked + 1, wire, length), number);
    assert_int_equal(expand_packet_number(number, wire, length), number);
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_lengths_of_rfc_9000_a2_are_chosen),
      cmocka_unit_test(a_length_covers_twice_the_numbers_in_doubt),
      cmocka_unit_test(the_example_of_rfc_9000_a3_is_expanded),
      cmocka_unit_test(the_first_packets_are_expanded),
      cmocka_unit_test(the_last_packets_are_expanded),
      cmocka_unit_test(every_number_in_the_window_survives_the_wire),
      cmocka_unit_test(what_the_sender_chose_the_receiver_understands),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
