// The handshake against vectors of others and of our own, in both roles.
#include "crypto/noise.hpp"

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "crypto/packet_key.hpp"
#include "crypto/secret_slab.hpp"
#include "support/hex.hpp"
#include "support/low_order_points.hpp"
#include "support/noise_vectors.hpp"
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

constexpr const char* kOwnVectors = "tests/vectors/noise/rudp.json";
constexpr const char* kKnownVectors = "../shared/vectors/noise_cacophony.json";

// --- vectors (K10) ---

Secret<32> secret_of(const Buffer& bytes) { return Secret<32>(Bytes(bytes).first<32>()); }

/// One role of a vector.
struct Side {
  Side(const test::NoiseVector& vector, Role role)
      : keys(role == Role::initiator ? vector.initiator : vector.responder), random(keys.ephemeral) {
    std::vector<Secret<32>> psks;
    for (const Buffer& psk : keys.psks) psks.push_back(secret_of(psk));
    NoiseOptions options;
    options.pattern = vector.pattern;
    options.role = role;
    options.prologue = keys.prologue;
    options.psks = psks;
    if (!keys.static_key.empty()) options.identity = *Identity::from_secret(keys.static_key);
    if (!keys.remote_static.empty())
      options.remote_static = test::public_key_of_hex(test::to_hex(keys.remote_static));
    Result<NoiseHandshake> created = NoiseHandshake::create(options, random);
    if (!created) fail_msg("%s cannot be created", vector.protocol_name.c_str());
    noise = std::make_unique<NoiseHandshake>(std::move(*created));
  }

  test::NoiseVector::Side keys;
  test::ScriptedRandom random;
  std::unique_ptr<NoiseHandshake> noise;
};

void assert_bytes(const Buffer& expected, Bytes actual, const std::string& what) {
  if (test::to_hex(expected) != test::to_hex(actual)) fail_msg("%s differs", what.c_str());
}

void pass_handshake_message(Side& writer, Side& reader, const test::NoiseVector::Message& message,
                            const std::string& name) {
  Buffer out(message.payload.size() + 256);
  assert_true(writer.noise->is_our_turn_to_write());
  assert_int_equal(writer.noise->overhead_bytes(), message.ciphertext.size() - message.payload.size());
  const auto written = writer.noise->write_message(message.payload, out);
  if (!written) fail_msg("%s: a message cannot be written", name.c_str());
  assert_bytes(message.ciphertext, Bytes(out).first(*written), name + ": a message");

  Buffer payload(message.payload.size());
  const auto read = reader.noise->read_message(message.ciphertext, payload);
  if (!read) fail_msg("%s: a message cannot be read", name.c_str());
  assert_bytes(message.payload, Bytes(payload).first(*read), name + ": a payload");
}

void pass_transport_message(const PacketKey& sender, const PacketKey& receiver, std::uint64_t number,
                            const test::NoiseVector::Message& message, const std::string& name) {
  Buffer packet = message.payload;
  packet.resize(packet.size() + rudp::crypto::kTagBytes);
  assert_true(sender.seal(number, {}, packet).has_value());
  assert_bytes(message.ciphertext, packet, name + ": a transport message");
  const auto opened = receiver.open(number, {}, packet);
  assert_true(opened.has_value());
  assert_bytes(message.payload, Bytes(packet).first(*opened), name + ": a transport payload");
}

void pass_transport_messages(const Side& initiator, const Side& responder, const test::NoiseVector& vector,
                             std::size_t first) {
  const auto at_initiator = initiator.noise->split();
  const auto at_responder = responder.noise->split();
  const PacketKey senders[] = {{Suite::chacha20_poly1305, at_initiator.initiator_to_responder},
                               {Suite::chacha20_poly1305, at_responder.responder_to_initiator}};
  const PacketKey receivers[] = {{Suite::chacha20_poly1305, at_responder.initiator_to_responder},
                                 {Suite::chacha20_poly1305, at_initiator.responder_to_initiator}};
  const bool is_one_way = first == 1;
  std::uint64_t numbers[] = {0, 0};
  for (std::size_t i = first; i < vector.messages.size(); ++i) {
    const std::size_t way = is_one_way ? 0 : i % 2;
    pass_transport_message(senders[way], receivers[way], numbers[way]++, vector.messages[i],
                           vector.protocol_name);
  }
}

void assert_exported_keys(const NoiseHandshake& noise, const test::NoiseVector& vector) {
  if (vector.exported_label.empty()) return;
  const auto exported = noise.export_keys(vector.exported_label);
  assert_bytes(vector.exported_keys.at(0), exported.initiator_to_responder.bytes(),
               vector.pattern + ": an exported key");
  assert_bytes(vector.exported_keys.at(1), exported.responder_to_initiator.bytes(),
               vector.pattern + ": an exported key");
}

void run_vector(const test::NoiseVector& vector) {
  Side initiator(vector, Role::initiator);
  Side responder(vector, Role::responder);
  std::size_t count = 0;
  for (; !initiator.noise->finished(); ++count) {
    Side& writer = count % 2 == 0 ? initiator : responder;
    Side& reader = count % 2 == 0 ? responder : initiator;
    pass_handshake_message(writer, reader, vector.messages.at(count), vector.protocol_name);
  }
  for (const Side* side : {&initiator, &responder}) {
    assert_true(side->noise->finished());
    assert_bytes(vector.handshake_hash, side->noise->handshake_hash(),
                 vector.protocol_name + ": the handshake hash");
    assert_exported_keys(*side->noise, vector);
  }
  pass_transport_messages(initiator, responder, vector, count);
}

std::size_t run_file(const std::string& path) {
  std::vector<test::NoiseVector> vectors;
  try {
    vectors = test::load_noise_vectors(path);
  } catch (const std::exception& error) {
    fail_msg("%s: %s", path.c_str(), error.what());
  }
  for (const test::NoiseVector& vector : vectors) run_vector(vector);
  print_message("%zu vectors of %s pass for both roles\n", vectors.size(), path.c_str());
  return vectors.size();
}

// Threat K10.
void vectors_of_our_own_pass_for_both_roles(void**) { assert_true(run_file(kOwnVectors) > 0); }

// Threat K10.
void known_vectors_pass_for_both_roles(void**) {
  const char* named = std::getenv("RUDP_NOISE_VECTORS");
  if (named == nullptr && !std::ifstream(kKnownVectors)) {
    print_message("SKIPPED: %s is missing; RUDP_NOISE_VECTORS may name a file of Noise vectors\n",
                  kKnownVectors);
    skip();
  }
  assert_true(run_file(named != nullptr ? named : kKnownVectors) > 0);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(vectors_of_our_own_pass_for_both_roles),
      cmocka_unit_test(known_vectors_pass_for_both_roles),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
