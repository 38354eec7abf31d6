// One packet, built in place.
#include "connection/packet_builder.hpp"

#include <array>
#include <vector>

#include "connection/frame_record.hpp"
#include "support/handshake_world.hpp"
#include "wire/frame_reader.hpp"
#include "wire/frame_writer.hpp"
#include "wire/packet_number.hpp"
#include "wire/short_header.hpp"

#include "support/cmocka.hpp"

using rudp::connection::PacketBuilder;

namespace {

/// A connection's two ends of packet protection.
struct Keys {
  Keys() {
    auto handshake = world.start(true);
    auto accepted = std::move(world.accept(world.init_of(handshake)).value());
    sender = std::move(handshake.read_answer(test::HandshakeWorld::response_of(accepted)).value().protection);
    receiver = std::move(accepted.session.protection);
  }
  test::HandshakeWorld world;
  rudp::crypto::SlabPtr<rudp::crypto::PacketProtection> sender;
  rudp::crypto::SlabPtr<rudp::crypto::PacketProtection> receiver;
};

/// The plaintext of a packet, or nothing.
std::vector<std::uint8_t> open(Keys& keys, std::vector<std::uint8_t> datagram, rudp::PacketNumber expected) {
  const auto location = rudp::wire::locate_short_header(datagram, 8).value();
  const rudp::crypto::HeaderSample sample(location.sample.data(), 16);
  const auto header = rudp::wire::unprotect_short_header(datagram, location.number_offset,
                                                         keys.receiver->receive_mask(sample));
  const auto number =
      rudp::wire::expand_packet_number(expected, header.truncated_number, header.number_length);
  const rudp::MutableBytes packet = datagram;
  const auto length = keys.receiver->open(number, header.key_phase, packet.first(header.header_bytes),
                                          packet.subspan(header.header_bytes));
  if (!length) return {};
  const auto payload = packet.subspan(header.header_bytes, *length);
  return {payload.begin(), payload.end()};
}

PacketBuilder::Header header_with(rudp::PacketNumber number, std::size_t length) {
  return {.destination_cid = test::id_of(9), .number = number, .number_length = length};
}

void a_packet_can_be_opened_for_every_length_of_number(void**) {
  Keys keys;
  for (std::size_t length = 1; length <= 4; ++length) {
    const rudp::PacketNumber number = 100 + length;
    std::vector<std::uint8_t> datagram(1200);
    PacketBuilder builder(datagram, header_with(number, length));
    assert_true(rudp::wire::write(builder.frames(), rudp::wire::PingFrame{}));
    datagram.resize(builder.finish(*keys.sender, 0).value());
    const auto payload = open(keys, datagram, number);
    assert_true(!payload.empty() && payload[0] == 0x01);
  }
}

void the_smallest_packet_is_long_enough_for_the_header_sample(void**) {
  Keys keys;
  std::vector<std::uint8_t> datagram(1200);
  PacketBuilder builder(datagram, header_with(0, 1));
  assert_true(rudp::wire::write(builder.frames(), rudp::wire::PingFrame{}));
  const std::size_t bytes = builder.finish(*keys.sender, 0).value();
  assert_int_equal(bytes, 1 + 8 + 4 + 16);
}

void padding_fills_the_datagram_and_reads_as_padding(void**) {
  Keys keys;
  std::vector<std::uint8_t> datagram(1200);
  PacketBuilder builder(datagram, header_with(0, 2));
  assert_true(rudp::wire::write(builder.frames(), rudp::wire::PingFrame{}));
  assert_int_equal(builder.finish(*keys.sender, 1200).value(), 1200);
  const auto payload = open(keys, datagram, 0);
  rudp::wire::FrameReader frames(payload);
  rudp::wire::Frame frame;
  assert_true(frames.next(frame) && std::holds_alternative<rudp::wire::PingFrame>(frame));
  assert_true(frames.next(frame) && std::holds_alternative<rudp::wire::PaddingFrame>(frame));
  assert_false(frames.next(frame));
  assert_false(frames.error().has_value());
}

void frames_never_reach_into_the_room_for_the_tag(void**) {
  std::vector<std::uint8_t> datagram(100);
  PacketBuilder builder(datagram, header_with(0, 2));
  assert_int_equal(builder.space(), 100 - 11 - 16);
  builder.frames().zeros(builder.space());
  assert_int_equal(builder.space(), 0);
  assert_int_equal(builder.bytes(), 100);
}

void a_packet_full_of_records_takes_no_more_frames(void**) {
  std::vector<std::uint8_t> datagram(1200);
  PacketBuilder builder(datagram, header_with(0, 2));
  for (std::size_t i = 0; i < rudp::connection::kRecordsPerPacketMax; ++i)
    builder.record(rudp::connection::record_of(rudp::ack::AckSequence(i)));
  assert_int_equal(builder.space(), 0);
  assert_int_equal(builder.records().size(), rudp::connection::kRecordsPerPacketMax);
}

void nothing_follows_a_frame_that_reaches_to_the_end(void**) {
  Keys keys;
  std::vector<std::uint8_t> datagram(1200);
  PacketBuilder builder(datagram, header_with(0, 1));
  const std::vector<std::uint8_t> payload{1, 2, 3, 4};
  assert_true(rudp::wire::write(builder.frames(), rudp::wire::MessageFrame{
                                                      .payload = payload,
                                                      .extent = rudp::wire::Extent::to_packet_end,
                                                  }));
  builder.end();
  assert_int_equal(builder.space(), 0);
  assert_false(rudp::wire::write(builder.frames(), rudp::wire::PingFrame{}));
  datagram.resize(builder.finish(*keys.sender, 1200).value());
  const auto opened = open(keys, datagram, 0);
  assert_true(opened.size() > payload.size());
  assert_memory_equal(opened.data() + opened.size() - payload.size(), payload.data(), payload.size());
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(nothing_follows_a_frame_that_reaches_to_the_end),
      cmocka_unit_test(a_packet_can_be_opened_for_every_length_of_number),
      cmocka_unit_test(the_smallest_packet_is_long_enough_for_the_header_sample),
      cmocka_unit_test(padding_fills_the_datagram_and_reads_as_padding),
      cmocka_unit_test(frames_never_reach_into_the_room_for_the_tag),
      cmocka_unit_test(a_packet_full_of_records_takes_no_more_frames),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
