// The handshake against what a hostile peer sends and a careless caller asks.
#include "crypto/noise.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "crypto/packet_key.hpp"
#include "crypto/secret_slab.hpp"
#include "support/hex.hpp"
#include "support/low_order_points.hpp"
#include "support/scripted_random.hpp"
// cmocka comes last.
#include "support/cmocka.hpp"

namespace {

using rudp::Bytes;
using rudp::Error;
using rudp::Identity;
using rudp::PublicKey;
using rudp::Result;
using rudp::crypto::NoiseHandshake;
using rudp::crypto::NoiseOptions;
using rudp::crypto::PacketKey;
using rudp::crypto::Role;
using rudp::crypto::Secret;
using rudp::crypto::Suite;
using Buffer = std::vector<std::uint8_t>;

// --- a client and a server in the middle of a handshake ---

struct Pair {
  explicit Pair(const char* pattern_name) : pattern(pattern_name) {
    identity = Identity::generate(server_random);
    const bool is_pinned = rudp::crypto::find_pattern(pattern)->responder_static_is_known;
    if (is_pinned) pin = identity.public_key();
    client = create(client_options(), client_random);
    server = create(server_options(), server_random);
  }

  NoiseOptions client_options() const {
    NoiseOptions options;
    options.pattern = pattern;
    options.prologue = Bytes(prologue);
    options.remote_static = pin;
    return options;
  }
  NoiseOptions server_options() const {
    NoiseOptions options;
    options.pattern = pattern;
    options.role = Role::responder;
    options.prologue = Bytes(prologue);
    options.identity = identity;
    return options;
  }
  static std::unique_ptr<NoiseHandshake> create(const NoiseOptions& options, rudp::Random& random) {
    Result<NoiseHandshake> created = NoiseHandshake::create(options, random);
    assert_true(created.has_value());
    return std::make_unique<NoiseHandshake>(std::move(*created));
  }

  const char* pattern;
  Buffer prologue = {1, 2, 3};
  test::ScriptedRandom client_random{11};
  test::ScriptedRandom server_random{22};
  Identity identity;
  std::optional<PublicKey> pin;
  std::unique_ptr<NoiseHandshake> client, server;
};

Buffer write(NoiseHandshake& noise, const Buffer& payload) {
  Buffer out(payload.size() + noise.overhead_bytes());
  const auto written = noise.write_message(payload, out);
  assert_true(written.has_value());
  assert_int_equal(*written, out.size());
  return out;
}

Buffer read(NoiseHandshake& noise, const Buffer& message) {
  Buffer payload(message.size());
  const auto length = noise.read_message(message, payload);
  assert_true(length.has_value());
  payload.resize(*length);
  return payload;
}

/// Reads what must not be readable, and checks that nothing changed.
Error refused(NoiseHandshake& noise, Bytes message) {
  const auto before = noise.fingerprint();
  const auto hash = noise.handshake_hash();
  Buffer payload(message.size() + 1);
  const auto length = noise.read_message(message, payload);
  assert_false(length.has_value());
  assert_true(noise.fingerprint() == before);
  assert_true(noise.handshake_hash() == hash);
  return length.error();
}

const Buffer kParameters = {10, 20, 30, 40};

// Threat H7.
void a_failed_read_leaves_the_state_untouched_and_the_genuine_message_still_passes(void**) {
  for (const char* pattern : {"NK", "NX"}) {
    Pair pair(pattern);
    read(*pair.server, write(*pair.client, kParameters));
    const Buffer answer = write(*pair.server, kParameters);
    for (std::size_t bit = 0; bit < answer.size() * 8; ++bit) {
      Buffer forged = answer;
      forged[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
      refused(*pair.client, forged);
    }
    assert_true(read(*pair.client, answer) == kParameters);
    assert_true(pair.client->finished());
    assert_true(pair.client->split().initiator_to_responder == pair.server->split().initiator_to_responder);
  }
}

// Threat H7.
void every_flipped_bit_of_a_pinned_first_message_is_refused(void**) {
  Pair pair("NK");
  const Buffer message = write(*pair.client, kParameters);
  for (std::size_t bit = 0; bit < message.size() * 8; ++bit) {
    Buffer forged = message;
    forged[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    refused(*pair.server, forged);
  }
  assert_true(read(*pair.server, message) == kParameters);
}

// Threats H7, H14.
void every_shorter_or_longer_message_is_refused(void**) {
  Pair pair("NK");
  Buffer message = write(*pair.client, kParameters);
  for (std::size_t length = 0; length < message.size(); ++length) {
    const Error error = refused(*pair.server, Bytes(message).first(length));
    assert_true(error == Error::truncated || error == Error::authentication_failed);
  }
  message.push_back(0);
  assert_int_equal(refused(*pair.server, message), Error::authentication_failed);
  const Buffer oversized(rudp::crypto::kNoiseMessageBytesMax + 1);
  assert_int_equal(refused(*pair.server, oversized), Error::too_large);
}

void a_failed_write_leaves_the_state_untouched(void**) {
  Pair pair("NK");
  const auto before = pair.client->fingerprint();
  Buffer small(kParameters.size() + pair.client->overhead_bytes() - 1);
  assert_int_equal(pair.client->write_message(kParameters, small).error(), Error::buffer_too_small);
  const Buffer huge(rudp::crypto::kNoiseMessageBytesMax);
  Buffer out(huge.size() + 100);
  assert_int_equal(pair.client->write_message(huge, out).error(), Error::too_large);
  assert_true(pair.client->fingerprint() == before);
  assert_int_equal(pair.client_random.secret_draws, 0);
  assert_true(read(*pair.server, write(*pair.client, kParameters)) == kParameters);
}

void the_largest_message_passes_and_not_one_byte_more(void**) {
  Pair pair("NK");
  const Buffer largest(rudp::crypto::kNoiseMessageBytesMax - pair.client->overhead_bytes(), 7);
  assert_true(read(*pair.server, write(*pair.client, largest)) == largest);
}

// Threat K9.
void a_payload_buffer_that_is_too_small_is_refused_before_any_work(void**) {
  Pair pair("NK");
  const Buffer message = write(*pair.client, kParameters);
  const auto before = pair.server->fingerprint();
  Buffer small(kParameters.size() - 1);
  assert_int_equal(pair.server->read_message(message, small).error(), Error::buffer_too_small);
  assert_true(pair.server->fingerprint() == before);
  assert_true(read(*pair.server, message) == kParameters);
}

void calls_out_of_turn_are_refused(void**) {
  Pair pair("NK");
  Buffer buffer(200);
  assert_int_equal(pair.server->write_message({}, buffer).error(), Error::invalid_state);
  assert_int_equal(refused(*pair.client, buffer), Error::invalid_state);
  read(*pair.server, write(*pair.client, {}));
  assert_int_equal(refused(*pair.server, buffer), Error::invalid_state);
  read(*pair.client, write(*pair.server, {}));
  assert_int_equal(pair.client->write_message({}, buffer).error(), Error::invalid_state);
  assert_int_equal(refused(*pair.client, buffer), Error::invalid_state);
}

/// The message with its first key replaced.
Buffer with_first_key(Buffer message, Bytes key) {
  std::copy(key.begin(), key.end(), message.begin());
  return message;
}

// Threat H13.
void a_low_order_ephemeral_key_of_a_pinned_client_is_refused(void**) {
  Pair pair("NK");
  const Buffer message = write(*pair.client, kParameters);
  for (const std::string_view point : test::kLowOrderPoints) {
    assert_int_equal(refused(*pair.server, with_first_key(message, test::from_hex(point))), Error::bad_key);
  }
  assert_true(read(*pair.server, message) == kParameters);
}

// Threat H13.
// The first message of NX needs no Diffie-Hellman, so a canonical point of low order comes to light in
// the answer.
void a_low_order_ephemeral_key_at_first_contact_gets_no_answer(void**) {
  for (const std::string_view point : test::kLowOrderPoints) {
    Pair pair("NX");
    const Buffer message = with_first_key(write(*pair.client, kParameters), test::from_hex(point));
    Buffer buffer(500);
    if (!pair.server->read_message(message, buffer)) continue;
    const auto before = pair.server->fingerprint();
    assert_int_equal(pair.server->write_message(kParameters, buffer).error(), Error::bad_key);
    assert_true(pair.server->fingerprint() == before);
  }
}

// Threat H13.
void a_low_order_ephemeral_key_of_the_server_is_refused(void**) {
  Pair pair("NX");
  read(*pair.server, write(*pair.client, kParameters));
  const Buffer answer = write(*pair.server, kParameters);
  for (const std::string_view point : test::kLowOrderPoints) {
    assert_int_equal(refused(*pair.client, with_first_key(answer, test::from_hex(point))), Error::bad_key);
  }
  assert_true(read(*pair.client, answer) == kParameters);
}

// Threat H13.
void a_pinned_low_order_static_key_fails_at_once(void**) {
  for (const std::string_view point : test::kLowOrderPoints) {
    Pair pair("NK");
    NoiseOptions options = pair.client_options();
    options.remote_static = test::public_key_of_hex(point);
    Result<NoiseHandshake> client = NoiseHandshake::create(options, pair.client_random);
    Buffer out(200);
    const Error error = client ? client->write_message({}, out).error() : client.error();
    assert_int_equal(error, Error::bad_key);
  }
}

// Threat H16.
void a_reflected_ephemeral_key_is_refused(void**) {
  Pair pair("NX");
  const Buffer message = write(*pair.client, kParameters);
  read(*pair.server, message);
  const Buffer answer = write(*pair.server, kParameters);
  assert_int_equal(refused(*pair.client, with_first_key(answer, Bytes(message).first(32))), Error::bad_key);
  assert_true(read(*pair.client, answer) == kParameters);
}

// Threat H16.
void our_own_static_key_as_the_peers_ephemeral_is_refused(void**) {
  Pair pair("NK");
  const Buffer message = write(*pair.client, kParameters);
  const Buffer reflected = with_first_key(message, pair.identity.public_key().bytes);
  assert_int_equal(refused(*pair.server, reflected), Error::bad_key);
}

// Threat H16.
void our_own_static_key_as_the_peers_static_is_refused(void**) {
  Pair pair("NK");
  NoiseOptions options = pair.server_options();
  options.pattern = "IX";
  auto server = Pair::create(options, pair.server_random);
  options.role = Role::initiator;
  auto impostor = Pair::create(options, pair.client_random);
  assert_int_equal(refused(*server, write(*impostor, {})), Error::bad_key);

  NoiseOptions to_itself = pair.client_options();
  to_itself.identity = pair.identity;
  assert_int_equal(NoiseHandshake::create(to_itself, pair.client_random).error(), Error::bad_key);
}

// Threats H8, O7.
// Version and pattern are part of the prologue.
void another_prologue_is_refused(void**) {
  Pair pair("NK");
  pair.prologue.back() ^= 1;
  auto server = Pair::create(pair.server_options(), pair.server_random);
  assert_int_equal(refused(*server, write(*pair.client, {})), Error::authentication_failed);
}

// Threat H9.
void a_server_with_another_key_cannot_answer_a_pinned_client(void**) {
  Pair pair("NK");
  NoiseOptions options = pair.server_options();
  options.identity = Identity::generate(pair.server_random);
  auto other = Pair::create(options, pair.server_random);
  assert_int_equal(refused(*other, write(*pair.client, {})), Error::authentication_failed);
}

void another_psk_is_refused(void**) {
  Pair pair("NK");
  const Secret<32> psk(test::public_key_of_hex(test::kLowOrderPoints[2]).bytes);
  const Secret<32> other(test::public_key_of_hex(test::kLowOrderPoints[3]).bytes);
  NoiseOptions client_options = pair.client_options();
  NoiseOptions server_options = pair.server_options();
  client_options.pattern = server_options.pattern = "NKpsk2";
  client_options.psks = std::span<const Secret<32>>(&psk, 1);
  server_options.psks = std::span<const Secret<32>>(&other, 1);
  auto client = Pair::create(client_options, pair.client_random);
  auto server = Pair::create(server_options, pair.server_random);
  read(*server, write(*client, {}));
  assert_int_equal(refused(*client, write(*server, {})), Error::authentication_failed);
}

void keys_that_a_pattern_needs_are_asked_for(void**) {
  Pair pair("NK");
  const auto error_of = [&](const NoiseOptions& options) {
    return NoiseHandshake::create(options, pair.client_random).error();
  };
  NoiseOptions options = pair.client_options();
  options.pattern = "QQ";
  assert_int_equal(error_of(options), Error::unsupported);
  options.pattern = "IK";
  assert_int_equal(error_of(options), Error::invalid_argument);  // no identity
  options.pattern = "NKpsk2";
  assert_int_equal(error_of(options), Error::invalid_argument);  // no psk
  options.pattern = "NX";
  assert_int_equal(error_of(options), Error::invalid_argument);  // a pin that NX would not check
  options.pattern = "NK";
  options.remote_static.reset();
  assert_int_equal(error_of(options), Error::invalid_argument);
  options = pair.server_options();
  options.identity = Identity();
  assert_int_equal(error_of(options), Error::invalid_argument);
}

void a_clone_goes_its_own_way(void**) {
  Pair pair("NK");
  read(*pair.server, write(*pair.client, kParameters));
  const Buffer answer = write(*pair.server, kParameters);
  NoiseHandshake copy = pair.client->clone();
  assert_true(copy.fingerprint() == pair.client->fingerprint());
  assert_true(read(copy, answer) == kParameters);
  assert_true(copy.finished());
  assert_false(pair.client->finished());
  assert_true(read(*pair.client, answer) == kParameters);
  assert_true(copy.fingerprint() == pair.client->fingerprint());
}

// Threat K2.
void every_handshake_draws_its_own_ephemeral_key(void**) {
  Pair pair("NK");
  NoiseHandshake copy = pair.client->clone();
  const Buffer one = write(*pair.client, kParameters);
  const Buffer two = write(copy, kParameters);
  assert_memory_not_equal(one.data(), two.data(), 32);
}

void first_contact_learns_the_servers_key(void**) {
  Pair pair("NX");
  assert_false(pair.client->remote_static().has_value());
  const Buffer message = write(*pair.client, kParameters);
  read(*pair.server, message);
  assert_memory_equal(pair.server->remote_ephemeral()->bytes.data(), message.data(), 32);
  read(*pair.client, write(*pair.server, {}));
  assert_true(pair.client->remote_static() == pair.identity.public_key());
  assert_false(pair.server->remote_static().has_value());
}

void exported_keys_differ_by_label_and_from_the_traffic_keys(void**) {
  Pair pair("NK");
  read(*pair.server, write(*pair.client, {}));
  read(*pair.client, write(*pair.server, {}));
  const auto header = pair.client->export_keys("rudp/1 hp");
  const auto other = pair.client->export_keys("rudp/1 hq");
  const auto traffic = pair.client->split();
  assert_true(header.initiator_to_responder == pair.server->export_keys("rudp/1 hp").initiator_to_responder);
  assert_false(header.initiator_to_responder == header.responder_to_initiator);
  assert_false(header.initiator_to_responder == other.initiator_to_responder);
  assert_false(header.initiator_to_responder == traffic.initiator_to_responder);
}

// The client keeps its state in a slot while it waits for the answer.
void a_handshake_fits_a_slot_of_the_secret_slab(void**) {
  static_assert(sizeof(NoiseHandshake) <= rudp::crypto::kSecretSlotBytesMax);
  rudp::crypto::SecretSlab slab;
  Pair pair("NK");
  auto client = rudp::crypto::make_in_slab<NoiseHandshake>(slab, std::move(*pair.client));
  read(*pair.server, write(*client, kParameters));
  assert_true(read(*client, write(*pair.server, kParameters)) == kParameters);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_failed_read_leaves_the_state_untouched_and_the_genuine_message_still_passes),
      cmocka_unit_test(every_flipped_bit_of_a_pinned_first_message_is_refused),
      cmocka_unit_test(every_shorter_or_longer_message_is_refused),
      cmocka_unit_test(a_failed_write_leaves_the_state_untouched),
      cmocka_unit_test(the_largest_message_passes_and_not_one_byte_more),
      cmocka_unit_test(a_payload_buffer_that_is_too_small_is_refused_before_any_work),
      cmocka_unit_test(calls_out_of_turn_are_refused),
      cmocka_unit_test(a_low_order_ephemeral_key_of_a_pinned_client_is_refused),
      cmocka_unit_test(a_low_order_ephemeral_key_at_first_contact_gets_no_answer),
      cmocka_unit_test(a_low_order_ephemeral_key_of_the_server_is_refused),
      cmocka_unit_test(a_pinned_low_order_static_key_fails_at_once),
      cmocka_unit_test(a_reflected_ephemeral_key_is_refused),
      cmocka_unit_test(our_own_static_key_as_the_peers_ephemeral_is_refused),
      cmocka_unit_test(our_own_static_key_as_the_peers_static_is_refused),
      cmocka_unit_test(another_prologue_is_refused),
      cmocka_unit_test(a_server_with_another_key_cannot_answer_a_pinned_client),
      cmocka_unit_test(another_psk_is_refused),
      cmocka_unit_test(keys_that_a_pattern_needs_are_asked_for),
      cmocka_unit_test(a_clone_goes_its_own_way),
      cmocka_unit_test(every_handshake_draws_its_own_ephemeral_key),
      cmocka_unit_test(first_contact_learns_the_servers_key),
      cmocka_unit_test(exported_keys_differ_by_label_and_from_the_traffic_keys),
      cmocka_unit_test(a_handshake_fits_a_slot_of_the_secret_slab),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
