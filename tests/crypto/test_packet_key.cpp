// Expected values: the Python package "cryptography" (OpenSSL).
#include "crypto/packet_key.hpp"

#include <array>
#include <numeric>
#include <string>
#include <vector>

#include "crypto/blake2b.hpp"
#include "support/hex.hpp"
// cmocka comes last.
#include "support/cmocka.hpp"

namespace {

using rudp::Bytes;
using rudp::Error;
using rudp::crypto::kTagBytes;
using rudp::crypto::PacketKey;
using rudp::crypto::Secret;
using rudp::crypto::Suite;
using Buffer = std::vector<std::uint8_t>;

const Buffer kHeader = test::from_hex("40c1c2c3c4c5c6c7c80102");
constexpr std::uint64_t kNumber = 0x1122334455;

Secret<32> rising_secret() {
  Secret<32> secret;
  std::iota(secret.mutable_bytes().begin(), secret.mutable_bytes().end(), std::uint8_t{0});
  return secret;
}

PacketKey key_of(Suite suite) {
  return PacketKey(suite, rudp::crypto::packet_secret(suite, rising_secret()));
}

bool is_supported(Suite suite) {
  return (rudp::crypto::supported_suites() & static_cast<unsigned>(suite)) != 0;
}

void require(Suite suite) {
  if (is_supported(suite)) return;
  print_message("skipped: this processor has no instructions for AES-256-GCM\n");
  skip();
}

Buffer sealed(Suite suite, std::uint64_t number, Buffer payload) {
  payload.resize(payload.size() + kTagBytes);
  assert_true(key_of(suite).seal(number, kHeader, payload).has_value());
  return payload;
}

void assert_sealed(Suite suite, const char* expected) {
  Buffer payload(21);
  std::iota(payload.begin(), payload.end(), std::uint8_t{100});
  Buffer packet = sealed(suite, kNumber, payload);
  assert_string_equal(test::to_hex(packet).c_str(), expected);
  const auto opened = key_of(suite).open(kNumber, kHeader, packet);
  assert_int_equal(*opened, payload.size());
  assert_memory_equal(packet.data(), payload.data(), payload.size());
}

void a_chacha_packet_agrees_with_openssl(void**) {
  assert_sealed(Suite::chacha20_poly1305,
                "7093477a71436c1ea9218ea3dec3d6ca342a32cdba26b650e52c4ed51fbee1c2fcbceb6abb");
}

void an_aes_packet_agrees_with_openssl(void**) {
  require(Suite::aes256_gcm);
  assert_sealed(Suite::aes256_gcm,
                "550512efb09fff00ee910aaaa386b878a437fe932535937dee55506e23831ce50e23d050f5");
}

/// A hash over sealed packets of many lengths, each of which must also open.
std::string digest_of_all_lengths(Suite suite) {
  Buffer all;
  std::vector<std::size_t> lengths(300);
  std::iota(lengths.begin(), lengths.end(), std::size_t{0});
  lengths.insert(lengths.end(), {1199, 1200, 1452, 1472, 65000});
  for (const std::size_t length : lengths) {
    Buffer payload(length);
    for (std::size_t i = 0; i < length; ++i) payload[i] = static_cast<std::uint8_t>(i * 7 + length);
    Buffer packet = sealed(suite, length, payload);
    all.insert(all.end(), packet.begin(), packet.end());
    const auto opened = key_of(suite).open(length, kHeader, packet);
    assert_true(opened.has_value() && *opened == length);
    packet.resize(length);
    assert_true(packet == payload);
  }
  return test::to_hex(rudp::crypto::blake2b({all}));
}

void chacha_in_place_agrees_with_openssl_at_every_length(void**) {
  assert_string_equal(digest_of_all_lengths(Suite::chacha20_poly1305).c_str(),
                      "ef1f6a474796645f5f3e5a129f71a673fc31939c33992fd77b3f5e45f8987020"
                      "b4b3d9ddf9e566e103efe5251358aca219beab4129a57418cce38bfc569e4ebc");
}

void aes_in_place_agrees_with_openssl_at_every_length(void**) {
  require(Suite::aes256_gcm);
  assert_string_equal(digest_of_all_lengths(Suite::aes256_gcm).c_str(),
                      "79a9dc41fceaa48c13ad6f95c991b4e19bafbbde98d6ebc24ac1574991f1e94f"
                      "70d805b5817825b51b176d7b97cf1b98d4f29ebb1b0d360b7b7fe9f2532d34fc");
}

void the_next_traffic_secret_agrees_with_openssl(void**) {
  const Secret<32> next = rudp::crypto::next_traffic_secret(rising_secret());
  assert_string_equal(test::to_hex(next.bytes()).c_str(),
                      "50835543a205b22c9323f2022bc4f67d838f90e61d5ccf33c4513e01f85b5042");
}

// Threat P2.
void what_is_shorter_than_a_tag_is_truncated(void**) {
  for (const Suite suite : {Suite::chacha20_poly1305, Suite::aes256_gcm}) {
    if (!is_supported(suite)) continue;
    const PacketKey key = key_of(suite);
    for (std::size_t length = 0; length <= 40; ++length) {
      Buffer packet(length);
      const Error expected = length < kTagBytes ? Error::truncated : Error::authentication_failed;
      assert_int_equal(key.open(kNumber, kHeader, packet).error(), expected);
    }
  }
}

// Threat K9.
void sealing_needs_room_for_the_tag(void**) {
  for (const Suite suite : {Suite::chacha20_poly1305, Suite::aes256_gcm}) {
    if (!is_supported(suite)) continue;
    const PacketKey key = key_of(suite);
    Buffer packet(kTagBytes - 1);
    assert_int_equal(key.seal(kNumber, kHeader, packet).error(), Error::buffer_too_small);
    assert_true(packet == Buffer(kTagBytes - 1));
  }
}

void the_number_and_the_header_are_authenticated(void**) {
  for (const Suite suite : {Suite::chacha20_poly1305, Suite::aes256_gcm}) {
    if (!is_supported(suite)) continue;
    const PacketKey key = key_of(suite);
    const Buffer packet = sealed(suite, kNumber, {1, 2, 3});
    for (const std::uint64_t number :
         {kNumber - 1, kNumber + 1, kNumber | std::uint64_t{1} << 61, std::uint64_t{0}}) {
      Buffer copy = packet;
      assert_false(key.open(number, kHeader, copy).has_value());
    }
    Buffer copy = packet;
    assert_false(key.open(kNumber, Bytes(kHeader).first(kHeader.size() - 1), copy).has_value());
    copy = packet;
    assert_true(key.open(kNumber, kHeader, copy).has_value());
  }
}

// Threat K8.
void chacha_is_always_offered(void**) {
  assert_true(is_supported(Suite::chacha20_poly1305));
  assert_int_equal(rudp::crypto::supported_suites() & ~3, 0);
}

// Threat K8.
void the_best_common_suite_is_chosen(void**) {
  using rudp::crypto::choose_suite;
  assert_true(*choose_suite(3, 3) == Suite::aes256_gcm);
  assert_true(*choose_suite(1, 3) == Suite::chacha20_poly1305);
  assert_true(*choose_suite(3, 0xf1) == Suite::chacha20_poly1305);
  for (const auto& [ours, theirs] : {std::pair<int, int>{1, 2}, {3, 0}, {3, 0xfc}}) {
    const auto chosen = choose_suite(static_cast<std::uint8_t>(ours), static_cast<std::uint8_t>(theirs));
    assert_int_equal(chosen.error(), Error::no_common_suite);
  }
}

// Threat K6.
void moving_a_key_wipes_the_source(void**) {
  PacketKey source = key_of(Suite::chacha20_poly1305);
  const PacketKey target = std::move(source);
  const std::array<std::uint8_t, 32> zeros{};
  assert_memory_equal(&source, zeros.data(), zeros.size());
  Buffer packet = sealed(Suite::chacha20_poly1305, kNumber, {1});
  assert_true(target.open(kNumber, kHeader, packet).has_value());
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_chacha_packet_agrees_with_openssl),
      cmocka_unit_test(an_aes_packet_agrees_with_openssl),
      cmocka_unit_test(chacha_in_place_agrees_with_openssl_at_every_length),
      cmocka_unit_test(aes_in_place_agrees_with_openssl_at_every_length),
      cmocka_unit_test(the_next_traffic_secret_agrees_with_openssl),
      cmocka_unit_test(what_is_shorter_than_a_tag_is_truncated),
      cmocka_unit_test(sealing_needs_room_for_the_tag),
      cmocka_unit_test(the_number_and_the_header_are_authenticated),
      cmocka_unit_test(chacha_is_always_offered),
      cmocka_unit_test(the_best_common_suite_is_chosen),
      cmocka_unit_test(moving_a_key_wipes_the_source),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
