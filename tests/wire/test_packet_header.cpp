#include "wire/packet_header.hpp"

#include <array>
#include <string>

#include "wire/describe.hpp"
#include "wire/vectors.hpp"

#include "support/cmocka.hpp"

using namespace rudp;
using namespace rudp::wire;

namespace {

void every_vector_says_what_it_means(void**) {
  const auto all = vectors::load("packets.txt");
  assert_true(all.size() >= 12);
  for (const auto& vector : all) {
    const auto packet = parse_long_packet(vector.bytes);
    assert_true(packet.has_value());
    assert_string_equal(describe::one(*packet).c_str(), vector.meaning.c_str());
  }
}

void every_packet_is_written_as_it_was_read(void**) {
  for (const auto& vector : vectors::load("packets.txt")) {
    const auto packet = parse_long_packet(vector.bytes);
    std::array<std::uint8_t, 1500> buffer{};
    Writer writer{MutableBytes(buffer)};
    assert_true(write_long_packet(writer, *packet));
    assert_int_equal(writer.size(), vector.bytes.size());
    assert_memory_equal(buffer.data(), vector.bytes.data(), vector.bytes.size());
  }
}

void a_buffer_one_byte_too_short_stays_empty(void**) {
  for (const auto& vector : vectors::load("packets.txt")) {
    const auto packet = parse_long_packet(vector.bytes);
    std::array<std::uint8_t, 1500> buffer{};
    Writer writer{MutableBytes(buffer).first(vector.bytes.size() - 1)};
    assert_false(write_long_packet(writer, *packet));
    assert_int_equal(writer.size(), 0);
  }
}

void every_refused_vector_gives_its_error(void**) {
  const auto all = vectors::load("packets_refused.txt");
  assert_true(all.size() >= 25);
  for (const auto& vector : all) {
    const auto packet = parse_long_packet(vector.bytes);
    assert_false(packet.has_value());
    const std::string name(to_name(packet.error()));
    assert_string_equal(name.c_str(), vector.meaning.c_str());
  }
}

void no_truncation_is_taken_for_the_packet(void**) {
  for (const auto& vector : vectors::load("packets.txt")) {
    for (std::size_t length = 0; length < vector.bytes.size(); ++length) {
      const auto packet = parse_long_packet(Bytes(vector.bytes).first(length));
      if (!packet) continue;
      assert_string_not_equal(describe::one(*packet).c_str(), vector.meaning.c_str());
    }
  }
}

void the_first_byte_tells_the_kind(void**) {
  const PacketKind kinds[] = {
      PacketKind::init, PacketKind::retry, PacketKind::resp, PacketKind::fin, PacketKind::version_negotiation,
      PacketKind::reset};
  for (unsigned first = 0; first < 256; ++first) {
    const std::array<std::uint8_t, 1> datagram{static_cast<std::uint8_t>(first)};
    const auto kind = classify(datagram);
    if (first >= 0x80 && first <= 0x85) {
      assert_true(*kind == kinds[first - 0x80]);
    } else if (first >= 0x40 && first <= 0x5f) {
      assert_true(*kind == PacketKind::short_header);
    } else {
      assert_true(kind.error() == Error::unknown_packet);
    }
  }
  assert_true(classify({}).error() == Error::truncated);
}

void an_init_of_another_version_still_says_what_vn_needs(void**) {
  std::array<std::uint8_t, kInitBytesMin> datagram{};
  datagram.fill(0xee);
  datagram[0] = 0x80;
  for (std::uint8_t at = 1; at <= 8; ++at) datagram[at] = at;
  const auto invariant = parse_init_invariant(datagram);
  assert_true(invariant.has_value());
  assert_int_equal(invariant->client_cid.to_u64(), 0x0102030405060708);
  assert_int_equal(invariant->version, 0xeeeeeeee);
  assert_true(parse_init_invariant(Bytes(datagram).first(kInitBytesMin - 1)).error() == Error::truncated);
  datagram[0] = 0x81;
  assert_true(parse_init_invariant(datagram).error() == Error::unknown_packet);
  assert_true(parse_init_invariant({}).error() == Error::truncated);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(every_vector_says_what_it_means),
      cmocka_unit_test(every_packet_is_written_as_it_was_read),
      cmocka_unit_test(a_buffer_one_byte_too_short_stays_empty),
      cmocka_unit_test(every_refused_vector_gives_its_error),
      cmocka_unit_test(no_truncation_is_taken_for_the_packet),
      cmocka_unit_test(the_first_byte_tells_the_kind),
      cmocka_unit_test(an_init_of_another_version_still_says_what_vn_needs),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
