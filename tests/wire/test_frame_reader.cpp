#include "wire/frame_reader.hpp"

#include <string>

#include "wire/describe.hpp"
#include "wire/vectors.hpp"

#include "support/cmocka.hpp"

using namespace rudp;
using namespace rudp::wire;
using vectors::from_hex;

namespace {

void every_vector_says_what_it_means(void**) {
  const auto all = vectors::load("frames.txt");
  assert_true(all.size() >= 50);
  for (const auto& vector : all) {
    FrameReader reader(vector.bytes);
    Frame frame;
    assert_true(reader.next(frame));
    assert_string_equal(describe::one(frame).c_str(), vector.meaning.c_str());
    assert_int_equal(reader.frame_type(), vector.bytes[0]);
    assert_false(reader.next(frame));
    assert_false(reader.error().has_value());
  }
}

/// Reads to the end or to an error; the reader must not move on from an error.
std::string verdict(Bytes payload) {
  FrameReader reader(payload);
  Frame frame;
  while (reader.next(frame)) {
  }
  if (!reader.error()) return "good";
  const Error error = *reader.error();
  assert_false(reader.next(frame));
  assert_true(*reader.error() == error);
  return std::string(to_name(error));
}

void every_refused_vector_gives_its_error(void**) {
  const auto all = vectors::load("frames_refused.txt");
  assert_true(all.size() >= 50);
  for (const auto& vector : all) {
    assert_string_equal(verdict(vector.bytes).c_str(), vector.meaning.c_str());
  }
}

bool fills_the_packet(const std::string& meaning) {
  return meaning.find("to_end") != std::string::npos || meaning.rfind("padding", 0) == 0;
}

void every_truncation_of_a_frame_is_truncated(void**) {
  for (const auto& vector : vectors::load("frames.txt")) {
    if (fills_the_packet(vector.meaning)) continue;
    for (std::size_t length = 1; length < vector.bytes.size(); ++length) {
      assert_string_equal(verdict(Bytes(vector.bytes).first(length)).c_str(), "truncated");
    }
  }
}

void truncating_a_frame_that_fills_the_packet_gives_less_or_an_error(void**) {
  for (const auto& vector : vectors::load("frames.txt")) {
    if (!fills_the_packet(vector.meaning)) continue;
    for (std::size_t length = 1; length < vector.bytes.size(); ++length) {
      FrameReader reader(Bytes(vector.bytes).first(length));
      Frame frame = PingFrame{};
      if (reader.next(frame)) {
        assert_string_not_equal(describe::one(frame).c_str(), vector.meaning.c_str());
      } else {
        assert_true(std::holds_alternative<PingFrame>(frame));
      }
    }
  }
}

void frames_follow_each_other(void**) {
  const auto payload = from_hex("01 020a0401020104 14000007026869 0000 3d 10000008 6263");
  const char* const expected[] = {
      "ping",
      "ack ranges=8-10,1-5 delay=4",
      "message reliable_ordered channel=0 number=7 payload=6869",
      "padding bytes=2",
      "immediate_ack",
      "message reliable_ordered channel=0 number=8 payload=6263 to_end",
  };
  FrameReader reader(payload);
  Frame frame;
  for (const char* words : expected) {
    assert_true(reader.next(frame));
    assert_string_equal(describe::one(frame).c_str(), words);
  }
  assert_false(reader.next(frame));
  assert_false(reader.error().has_value());
}

void a_payload_without_a_frame_is_malformed(void**) {
  FrameReader reader{Bytes()};
  Frame frame;
  assert_false(reader.next(frame));
  assert_true(*reader.error() == Error::malformed);
  assert_int_equal(reader.frame_type(), 0);
}

void the_type_of_a_bad_frame_is_known(void**) {
  const auto payload = from_hex("01 7fff");
  FrameReader reader(payload);
  Frame frame;
  assert_true(reader.next(frame));
  assert_false(reader.next(frame));
  assert_true(*reader.error() == Error::unknown_frame);
  assert_int_equal(reader.frame_type(), 0x3fff);
}

void thirty_two_ranges_are_read_and_no_more(void**) {
  auto payload = from_hex("02 7fff 00 1f 00");
  for (int range = 0; range < 31; ++range) payload.insert(payload.end(), {0x00, 0x01});
  FrameReader reader(payload);
  Frame frame;
  assert_true(reader.next(frame));
  std::size_t count = 0;
  PacketNumber below = 16384;
  for (const PacketRange& range : std::get<AckFrame>(frame).ranges) {
    assert_true(range.last < below && range.first <= range.last);
    below = range.first;
    ++count;
  }
  assert_int_equal(count, kAckRangesMax);
  assert_int_equal(std::get<AckFrame>(frame).largest(), 16383);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(every_vector_says_what_it_means),
      cmocka_unit_test(every_refused_vector_gives_its_error),
      cmocka_unit_test(every_truncation_of_a_frame_is_truncated),
      cmocka_unit_test(truncating_a_frame_that_fills_the_packet_gives_less_or_an_error),
      cmocka_unit_test(frames_follow_each_other),
      cmocka_unit_test(a_payload_without_a_frame_is_malformed),
      cmocka_unit_test(the_type_of_a_bad_frame_is_known),
      cmocka_unit_test(thirty_two_ranges_are_read_and_no_more),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
