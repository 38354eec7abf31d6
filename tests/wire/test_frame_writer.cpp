#include "wire/frame_writer.hpp"

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "wire/describe.hpp"
#include "wire/frame_reader.hpp"
#include "wire/vectors.hpp"

#include "support/cmocka.hpp"

using namespace rudp;
using namespace rudp::wire;
using vectors::to_hex;

namespace {

constexpr std::size_t kRoom = 1500;

Frame read_one(Bytes payload) {
  FrameReader reader(payload);
  Frame frame;
  assert_true(reader.next(frame));
  return frame;
}

void every_vector_is_written_as_it_was_read(void**) {
  for (const auto& vector : vectors::load("frames.txt")) {
    std::array<std::uint8_t, kRoom> buffer{};
    Writer writer{MutableBytes(buffer)};
    assert_true(write(writer, read_one(vector.bytes)));
    assert_string_equal(to_hex(writer.written()).c_str(), to_hex(vector.bytes).c_str());
  }
}

void a_frame_that_does_not_fit_is_not_written_in_part(void**) {
  for (const auto& vector : vectors::load("frames.txt")) {
    const Frame frame = read_one(vector.bytes);
    for (std::size_t room = 0; room < vector.bytes.size(); ++room) {
      std::array<std::uint8_t, kRoom> buffer{};
      Writer writer{MutableBytes(buffer).first(room)};
      assert_false(write(writer, frame));
      assert_int_equal(writer.size(), 0);
      assert_true(writer.ok());
    }
  }
}

void header_sizes_foretell_what_is_written(void**) {
  const std::vector<std::uint8_t> payload(100, 0x61);
  for (const Delivery delivery : {Delivery::reliable_ordered, Delivery::unreliable}) {
    for (const ChannelId channel : {ChannelId{0}, ChannelId{64}, ChannelId{65535}}) {
      for (const Extent extent : {Extent::stated, Extent::to_packet_end}) {
        std::array<std::uint8_t, kRoom> buffer{};
        Writer writer{MutableBytes(buffer)};
        assert_true(write(writer, MessageFrame{payload, channel, 7, delivery, extent}));
        assert_int_equal(writer.size(),
                         message_header_bytes(delivery, channel, extent, payload.size()) + payload.size());
        writer.rewind(0);
        assert_true(write(writer, FragmentFrame{70000, 20000, payload, channel, 7, delivery, extent}));
        assert_int_equal(writer.size(), fragment_header_bytes(channel, 70000, 20000, extent, payload.size()) +
                                            payload.size());
      }
    }
  }
}

std::vector<PacketRange> scattered_ranges(std::size_t count) {
  std::vector<PacketRange> ranges;
  for (std::size_t at = 0; at < count; ++at) {
    const PacketNumber last = 1000000 - at * 200;
    ranges.push_back({last - at, last});
  }
  return ranges;
}

std::vector<PacketRange> ranges_of(const Frame& frame) {
  std::vector<PacketRange> ranges;
  for (const PacketRange& range : std::get<AckFrame>(frame).ranges) ranges.push_back(range);
  return ranges;
}

void an_ack_carries_at_most_thirty_two_ranges(void**) {
  const auto ranges = scattered_ranges(40);
  std::array<std::uint8_t, kRoom> buffer{};
  Writer writer{MutableBytes(buffer)};
  assert_true(write_ack(writer, ranges, 5, nullptr));
  assert_int_equal(writer.size(), ack_bytes(ranges, 5, nullptr));
  const auto read = ranges_of(read_one(writer.written()));
  assert_true((read == std::vector<PacketRange>(ranges.begin(), ranges.begin() + 32)));
}

void an_ack_leaves_out_the_lowest_ranges_that_do_not_fit(void**) {
  const auto ranges = scattered_ranges(10);
  const EcnCounts ecn{100, 0, 3};
  const std::size_t whole = ack_bytes(ranges, 5, &ecn);
  std::size_t most = 0;
  for (std::size_t room = 0; room <= whole; ++room) {
    std::array<std::uint8_t, kRoom> buffer{};
    Writer writer{MutableBytes(buffer).first(room)};
    const bool written = write_ack(writer, ranges, 5, &ecn);
    assert_int_equal(written, room >= ack_bytes(std::span(ranges).first(1), 5, &ecn));
    if (!written) continue;
    const Frame frame = read_one(writer.written());
    const auto read = ranges_of(frame);
    assert_true(
        (read == std::vector<PacketRange>(ranges.begin(), ranges.begin() + static_cast<int>(read.size()))));
    assert_true(std::get<AckFrame>(frame).ecn == ecn);
    assert_true(read.size() >= most);
    most = read.size();
  }
  assert_int_equal(most, 10);
}

void an_ack_of_nothing_is_not_written(void**) {
  std::array<std::uint8_t, kRoom> buffer{};
  Writer writer{MutableBytes(buffer)};
  assert_false(write_ack(writer, {}, 0, nullptr));
  assert_int_equal(ack_bytes({}, 0, nullptr), 0);
  assert_int_equal(writer.size(), 0);
}

void a_run_of_messages_is_made_from_payloads(void**) {
  const std::vector<std::uint8_t> letters{'a', 'b', 'c'};
  const Bytes payloads[] = {Bytes(letters).first(1), Bytes(), Bytes(letters).last(2)};
  std::array<std::uint8_t, kRoom> buffer{};
  Writer writer{MutableBytes(buffer)};
  assert_true(write_messages(writer, Delivery::reliable_ordered, 2, 65535, payloads));
  assert_string_equal(to_hex(writer.written()).c_str(),
                      "1802ffff030161000262"
                      "63");
}

void skipped_numbers_are_made_from_items(void**) {
  const SkipItem items[] = {{7, 67}, {8, 64}};
  std::array<std::uint8_t, kRoom> buffer{};
  Writer writer{MutableBytes(buffer)};
  assert_true(write_skip(writer, 3, items));
  assert_string_equal(describe::one(read_one(writer.written())).c_str(), "skip channel=3 items=7:67,8:64");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(every_vector_is_written_as_it_was_read),
      cmocka_unit_test(a_frame_that_does_not_fit_is_not_written_in_part),
      cmocka_unit_test(header_sizes_foretell_what_is_written),
      cmocka_unit_test(an_ack_carries_at_most_thirty_two_ranges),
      cmocka_unit_test(an_ack_leaves_out_the_lowest_ranges_that_do_not_fit),
      cmocka_unit_test(an_ack_of_nothing_is_not_written),
      cmocka_unit_test(a_run_of_messages_is_made_from_payloads),
      cmocka_unit_test(skipped_numbers_are_made_from_items),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
