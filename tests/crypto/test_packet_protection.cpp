#include "crypto/packet_protection.hpp"

#include <cstdlib>
#include <new>
#include <utility>
#include <vector>

#include "base/units.hpp"
#include "support/scripted_random.hpp"
// cmocka comes last.
#include "support/cmocka.hpp"

namespace {
std::size_t allocations = 0;
}

void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace {

using rudp::Bytes;
using rudp::Error;
using rudp::Result;
using rudp::crypto::KeyCache;
using rudp::crypto::KeyLimits;
using rudp::crypto::kTagBytes;
using rudp::crypto::PacketProtection;
using rudp::crypto::Role;
using rudp::crypto::Secret;
using rudp::crypto::SecretSlab;
using rudp::crypto::SlabPtr;
using rudp::crypto::Suite;
using Buffer = std::vector<std::uint8_t>;

const Buffer kHeader = {0x41, 1, 2, 3, 4, 5, 6, 7, 8, 0, 9};
const Buffer kPayload = {'p', 'a', 'y', 'l', 'o', 'a', 'd'};

PacketProtection::Keys keys() {
  test::ScriptedRandom random(5);
  PacketProtection::Keys keys;
  for (Secret<32>* secret : {&keys.traffic.initiator_to_responder, &keys.traffic.responder_to_initiator,
                             &keys.header.initiator_to_responder, &keys.header.responder_to_initiator}) {
    random.secret_fill(secret->mutable_bytes());
  }
  return keys;
}

std::vector<Suite> suites() {
  std::vector<Suite> list = {Suite::chacha20_poly1305};
  if ((rudp::crypto::supported_suites() & static_cast<unsigned>(Suite::aes256_gcm)) != 0) {
    list.push_back(Suite::aes256_gcm);
  }
  return list;
}

struct Packet {
  std::uint64_t number;
  bool phase;
  Buffer bytes;
};

/// One end of a connection, counting its own packet numbers.
struct End {
  End(KeyCache& cache, Role role, Suite suite, KeyLimits limits)
      : protection(PacketProtection::make(cache, role, suite, keys(), limits)) {}

  Packet seal(const Buffer& payload = kPayload) {
    Packet packet{next_number++, protection->send_phase(), payload};
    packet.bytes.resize(payload.size() + kTagBytes);
    assert_true(protection->seal(packet.number, kHeader, packet.bytes).has_value());
    return packet;
  }
  Result<std::size_t> open(Packet packet) {
    Result<std::size_t> opened = protection->open(packet.number, packet.phase, kHeader, packet.bytes);
    if (opened) assert_true(Buffer(packet.bytes.begin(), packet.bytes.end() - kTagBytes) == kPayload);
    return opened;
  }

  SlabPtr<PacketProtection> protection;
  std::uint64_t next_number = 0;
};

struct Pair {
  explicit Pair(Suite suite) : Pair(suite, rudp::crypto::key_limits(suite)) {}
  Pair(Suite suite, KeyLimits limits)
      : client(cache, Role::initiator, suite, limits), server(cache, Role::responder, suite, limits) {}

  SecretSlab slab;
  KeyCache cache{slab};
  End client, server;
};

/// A packet each way, acknowledged.
void exchange(End& one, End& other) {
  const Packet there = one.seal();
  assert_true(other.open(there).has_value());
  const Packet back = other.seal();
  assert_true(one.open(back).has_value());
  one.protection->on_acked(there.number);
  other.protection->on_acked(back.number);
}

/// Updates started by `one`, seen and answered by `other`.
void update(End& one, End& other) {
  assert_true(one.protection->initiate_key_update().has_value());
  exchange(one, other);
  one.protection->forget_previous_key();
  other.protection->forget_previous_key();
}

void both_directions_open_what_the_other_sealed(void**) {
  for (const Suite suite : suites()) {
    Pair pair(suite);
    for (int i = 0; i < 3; ++i) exchange(pair.client, pair.server);
    assert_int_equal(pair.client.protection->forged_packets(), 0);
  }
}

// Threat H16.
void a_reflected_packet_does_not_open(void**) {
  Pair pair(Suite::chacha20_poly1305);
  assert_int_equal(pair.client.open(pair.client.seal()).error(), Error::authentication_failed);
}

// Threat P3.
// 12 packets of 1,200 bytes a suite, 115,200 flips and those of the header.
void every_flipped_bit_is_refused_and_the_packet_still_opens(void**) {
  for (const Suite suite : suites()) {
    Pair pair(suite);
    std::uint64_t flips = 0;
    for (int i = 0; i < 12; ++i) {
      Packet packet = pair.client.seal(Buffer(1'200 - kTagBytes, static_cast<std::uint8_t>(i)));
      for (std::size_t bit = 0; bit < packet.bytes.size() * 8; ++bit, ++flips) {
        Buffer forged = packet.bytes;
        forged[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
        const auto opened = pair.server.protection->open(packet.number, packet.phase, kHeader, forged);
        assert_int_equal(opened.error(), Error::authentication_failed);
      }
      for (std::size_t bit = 0; bit < kHeader.size() * 8; ++bit, ++flips) {
        Buffer header = kHeader;
        Buffer copy = packet.bytes;
        header[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
        assert_false(pair.server.protection->open(packet.number, packet.phase, header, copy).has_value());
      }
      assert_true(
          pair.server.protection->open(packet.number, packet.phase, kHeader, packet.bytes).has_value());
    }
    assert_int_equal(pair.server.protection->forged_packets(), flips);
    assert_int_equal(pair.server.protection->receive_generation(), 0);
    assert_false(pair.server.protection->has_previous_key());
  }
}

// Threat P2.
void a_packet_shorter_than_a_tag_is_truncated_and_no_forgery(void**) {
  Pair pair(Suite::chacha20_poly1305);
  for (const bool phase : {false, true}) {
    for (std::size_t length = 0; length < kTagBytes; ++length) {
      assert_int_equal(pair.server.open({1, phase, Buffer(length)}).error(), Error::truncated);
    }
  }
  assert_int_equal(pair.server.protection->forged_packets(), 0);
}

// Threat P9.
void the_last_packet_number_is_sealed_and_none_behind_it(void**) {
  for (const Suite suite : suites()) {
    SecretSlab slab;
    KeyCache cache(slab);
    const auto protection =
        PacketProtection::make(cache, Role::initiator, suite, keys(), rudp::crypto::key_limits(suite));
    Buffer packet(kPayload.size() + kTagBytes);
    assert_true(protection->seal(rudp::kPacketNumberMax, kHeader, packet).has_value());
    const auto behind = protection->seal(rudp::kPacketNumberMax + 1, kHeader, packet);
    assert_true(behind.error() == Error::packet_numbers_exhausted);
  }
}

// Threat K4.
void too_many_forgeries_end_the_connection(void**) {
  KeyLimits limits = rudp::crypto::key_limits(Suite::chacha20_poly1305);
  limits.forged_packets_max = 3;
  Pair pair(Suite::chacha20_poly1305, limits);
  const Packet genuine = pair.client.seal();
  const Packet forged = {1, false, Buffer(40)};
  assert_int_equal(pair.server.open(forged).error(), Error::authentication_failed);
  assert_int_equal(pair.server.open({1, true, Buffer(40)}).error(), Error::authentication_failed);
  assert_int_equal(pair.server.open(forged).error(), Error::integrity_limit);
  assert_int_equal(pair.server.open(genuine).error(), Error::integrity_limit);
}

// Threat K4.
void the_limits_are_those_of_rfc_9001(void**) {
  for (const Suite suite : {Suite::chacha20_poly1305, Suite::aes256_gcm}) {
    const KeyLimits limits = rudp::crypto::key_limits(suite);
    assert_true(limits.forged_packets_max == std::uint64_t{1} << 36);
    assert_true(limits.update_after_packets < limits.sealed_packets_max);
  }
  assert_true(rudp::crypto::key_limits(Suite::aes256_gcm).sealed_packets_max == std::uint64_t{1} << 23);
}

void a_used_up_key_seals_nothing_more(void**) {
  KeyLimits limits = rudp::crypto::key_limits(Suite::chacha20_poly1305);
  limits.update_after_packets = 2;
  limits.sealed_packets_max = 3;
  Pair pair(Suite::chacha20_poly1305, limits);
  for (int i = 0; i < 3; ++i) pair.client.seal();
  Buffer packet(40);
  assert_int_equal(pair.client.protection->seal(3, kHeader, packet).error(), Error::limit_exceeded);
}

// Threat K9.
void sealing_without_room_for_a_tag_uses_no_number(void**) {
  Pair pair(Suite::chacha20_poly1305);
  Buffer small(kTagBytes - 1);
  assert_int_equal(pair.client.protection->seal(0, kHeader, small).error(), Error::buffer_too_small);
  assert_true(pair.server.open(pair.client.seal()).has_value());
}

void header_masks_agree_and_differ_by_direction(void**) {
  Pair pair(Suite::chacha20_poly1305);
  const std::array<std::uint8_t, 16> sample = {1, 2, 3};
  assert_true(pair.client.protection->send_mask(sample) == pair.server.protection->receive_mask(sample));
  assert_true(pair.server.protection->send_mask(sample) == pair.client.protection->receive_mask(sample));
  assert_false(pair.client.protection->send_mask(sample) == pair.client.protection->receive_mask(sample));
}

// --- key update (K3) ---

void an_update_of_either_side_is_followed_by_the_other(void**) {
  for (const Suite suite : suites()) {
    Pair pair(suite);
    exchange(pair.client, pair.server);
    update(pair.client, pair.server);
    assert_true(pair.client.protection->send_phase());
    assert_true(pair.server.protection->send_phase());
    update(pair.server, pair.client);
    assert_false(pair.client.protection->send_phase());
    assert_int_equal(pair.client.protection->receive_generation(), 2);
    assert_int_equal(pair.server.protection->receive_generation(), 2);
    exchange(pair.client, pair.server);
  }
}

void an_update_changes_the_key(void**) {
  for (const Suite suite : suites()) {
    Pair updated(suite);
    Pair stayed(suite);
    exchange(updated.client, updated.server);
    exchange(stayed.client, stayed.server);
    assert_true(updated.client.protection->initiate_key_update().has_value());
    assert_false(updated.client.seal().bytes == stayed.client.seal().bytes);
  }
}

// Threat K3.
void an_update_waits_for_an_acknowledgement_in_this_phase(void**) {
  Pair pair(Suite::chacha20_poly1305);
  assert_int_equal(pair.client.protection->initiate_key_update().error(), Error::invalid_state);
  const Packet packet = pair.client.seal();
  assert_false(pair.client.protection->may_update_key());
  pair.client.protection->on_acked(packet.number);
  assert_true(pair.client.protection->initiate_key_update().has_value());
}

// Threat K3.
void an_acknowledgement_of_the_phase_before_allows_no_update(void**) {
  Pair pair(Suite::chacha20_poly1305);
  exchange(pair.client, pair.server);
  const Packet late = pair.client.seal();
  assert_true(pair.client.protection->initiate_key_update().has_value());
  const Packet packet = pair.client.seal();
  assert_true(pair.server.open(packet).has_value());
  assert_true(pair.client.open(pair.server.seal()).has_value());
  pair.client.protection->forget_previous_key();

  pair.client.protection->on_acked(late.number);
  assert_false(pair.client.protection->may_update_key());
  pair.client.protection->on_acked(packet.number);
  assert_true(pair.client.protection->may_update_key());
}

// Threat K3.
void an_update_waits_until_late_packets_are_no_longer_expected(void**) {
  Pair pair(Suite::chacha20_poly1305);
  exchange(pair.client, pair.server);
  assert_true(pair.client.protection->initiate_key_update().has_value());
  exchange(pair.client, pair.server);
  exchange(pair.client, pair.server);
  assert_true(pair.client.protection->has_previous_key());
  assert_false(pair.client.protection->may_update_key());
  pair.client.protection->forget_previous_key();
  assert_true(pair.client.protection->may_update_key());
}

void both_sides_updating_at_once_make_one_update(void**) {
  Pair pair(Suite::chacha20_poly1305);
  exchange(pair.client, pair.server);
  assert_true(pair.client.protection->initiate_key_update().has_value());
  assert_true(pair.server.protection->initiate_key_update().has_value());
  exchange(pair.client, pair.server);
  assert_int_equal(pair.client.protection->receive_generation(), 1);
  assert_int_equal(pair.server.protection->receive_generation(), 1);
  assert_true(pair.client.protection->send_phase() && pair.server.protection->send_phase());
}

// Threat K3.
void late_packets_of_the_previous_phase_open_until_their_key_is_forgotten(void**) {
  Pair pair(Suite::chacha20_poly1305);
  exchange(pair.client, pair.server);
  const Packet late = pair.client.seal();
  const Packet too_late = pair.client.seal();
  assert_true(pair.client.protection->initiate_key_update().has_value());
  exchange(pair.client, pair.server);
  assert_true(pair.server.open(late).has_value());
  pair.server.protection->forget_previous_key();
  assert_int_equal(pair.server.open(too_late).error(), Error::authentication_failed);
  assert_int_equal(pair.server.protection->forged_packets(), 0);
}

// Threat K3.
// A server that is slow to forget meets the client's next update.
void a_second_update_takes_the_place_of_the_previous_key(void**) {
  Pair pair(Suite::chacha20_poly1305);
  exchange(pair.client, pair.server);
  for (int i = 0; i < 2; ++i) {
    const Packet late = pair.client.seal();
    assert_true(pair.client.protection->initiate_key_update().has_value());
    exchange(pair.client, pair.server);
    pair.client.protection->forget_previous_key();
    assert_true(pair.server.protection->has_previous_key());
    assert_true(pair.server.open(late).has_value());
  }
}

void the_first_packet_of_a_phase_confirms_it_too(void**) {
  Pair pair(Suite::chacha20_poly1305);
  const Packet first = pair.client.seal();
  pair.client.seal();
  pair.client.protection->on_acked(first.number);
  assert_true(pair.client.protection->may_update_key());
}

// Threats P10, K3.
void a_flipped_phase_bit_costs_one_trial_and_changes_nothing(void**) {
  Pair pair(Suite::chacha20_poly1305);
  exchange(pair.client, pair.server);
  const Packet packet = pair.client.seal();
  Packet forged = packet;
  forged.phase = !forged.phase;
  assert_int_equal(pair.server.open(forged).error(), Error::authentication_failed);
  assert_int_equal(pair.server.protection->forged_packets(), 1);
  assert_int_equal(pair.server.protection->receive_generation(), 0);
  assert_false(pair.server.protection->send_phase());
  assert_true(pair.server.open(packet).has_value());
}

// Threat K3.
// The peer cannot have an acknowledgement of a phase in which we sent nothing.
void an_update_that_comes_too_early_is_a_violation(void**) {
  Pair pair(Suite::chacha20_poly1305);
  const Packet packet = pair.client.seal();
  pair.client.protection->on_acked(packet.number);
  assert_true(pair.client.protection->initiate_key_update().has_value());
  assert_int_equal(pair.server.open(pair.client.seal()).error(), Error::protocol_violation);
  assert_int_equal(pair.server.protection->receive_generation(), 0);
}

void an_update_is_due_after_the_stated_number_of_packets(void**) {
  KeyLimits limits = rudp::crypto::key_limits(Suite::chacha20_poly1305);
  limits.update_after_packets = 4;
  Pair pair(Suite::chacha20_poly1305, limits);
  exchange(pair.client, pair.server);
  for (int i = 0; i < 2; ++i) exchange(pair.client, pair.server);
  assert_false(pair.client.protection->is_key_update_due());
  exchange(pair.client, pair.server);
  assert_true(pair.client.protection->is_key_update_due());
  update(pair.client, pair.server);
  assert_false(pair.client.protection->is_key_update_due());
}

void a_hundred_updates_in_a_row_keep_both_sides_together(void**) {
  for (const Suite suite : suites()) {
    Pair pair(suite);
    exchange(pair.client, pair.server);
    for (int i = 0; i < 100; ++i) {
      End& one = i % 3 == 0 ? pair.server : pair.client;
      End& other = i % 3 == 0 ? pair.client : pair.server;
      update(one, other);
      assert_int_equal(one.protection->receive_generation(), i + 1);
      assert_int_equal(other.protection->receive_generation(), i + 1);
    }
    assert_int_equal(pair.slab.slots_in_use(), KeyCache::kKeys + 2);
  }
}

// Threat R4.
// Header protection does not authenticate, so whoever knows the ids of sleeping connections can make each of
// them try its keys.
void junk_to_many_sleeping_connections_takes_no_memory(void**) {
  for (const Suite suite : suites()) {
    SecretSlab slab;
    KeyCache cache(slab);
    std::vector<End> ends;
    for (int i = 0; i < 200; ++i)
      ends.emplace_back(cache, Role::responder, suite, rudp::crypto::key_limits(suite));
    Buffer junk(1'200);
    const std::size_t before = allocations, slots = slab.slots_in_use();
    for (End& end : ends) {
      for (const bool phase : {false, true}) {
        junk.assign(junk.size(), 0x5a);
        if (end.protection->open(9, phase, kHeader, junk).has_value()) fail();
      }
    }
    assert_int_equal(allocations, before);
    assert_int_equal(slab.slots_in_use(), slots);
    End client(cache, Role::initiator, suite, rudp::crypto::key_limits(suite));
    for (End& end : ends) {
      assert_int_equal(end.protection->forged_packets(), 2);
      assert_true(end.open(client.seal()).has_value());
    }
  }
}

void packets_are_sealed_and_opened_without_allocating(void**) {
  for (const Suite suite : suites()) {
    Pair pair(suite);
    exchange(pair.client, pair.server);
    Buffer packet(1'200);
    const std::size_t before = allocations;
    for (std::uint64_t number = 10; number < 1'010; ++number) {
      const bool sealed = pair.client.protection->seal(number, kHeader, packet).has_value();
      const bool opened = pair.server.protection->open(number, false, kHeader, packet).has_value();
      if (!sealed || !opened) fail();
    }
    assert_int_equal(allocations, before);
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(both_directions_open_what_the_other_sealed),
      cmocka_unit_test(a_reflected_packet_does_not_open),
      cmocka_unit_test(every_flipped_bit_is_refused_and_the_packet_still_opens),
      cmocka_unit_test(a_packet_shorter_than_a_tag_is_truncated_and_no_forgery),
      cmocka_unit_test(the_last_packet_number_is_sealed_and_none_behind_it),
      cmocka_unit_test(too_many_forgeries_end_the_connection),
      cmocka_unit_test(the_limits_are_those_of_rfc_9001),
      cmocka_unit_test(a_used_up_key_seals_nothing_more),
      cmocka_unit_test(sealing_without_room_for_a_tag_uses_no_number),
      cmocka_unit_test(header_masks_agree_and_differ_by_direction),
      cmocka_unit_test(an_update_of_either_side_is_followed_by_the_other),
      cmocka_unit_test(an_update_changes_the_key),
      cmocka_unit_test(an_update_waits_for_an_acknowledgement_in_this_phase),
      cmocka_unit_test(an_acknowledgement_of_the_phase_before_allows_no_update),
      cmocka_unit_test(an_update_waits_until_late_packets_are_no_longer_expected),
      cmocka_unit_test(both_sides_updating_at_once_make_one_update),
      cmocka_unit_test(late_packets_of_the_previous_phase_open_until_their_key_is_forgotten),
      cmocka_unit_test(a_second_update_takes_the_place_of_the_previous_key),
      cmocka_unit_test(the_first_packet_of_a_phase_confirms_it_too),
      cmocka_unit_test(a_flipped_phase_bit_costs_one_trial_and_changes_nothing),
      cmocka_unit_test(an_update_that_comes_too_early_is_a_violation),
      cmocka_unit_test(an_update_is_due_after_the_stated_number_of_packets),
      cmocka_unit_test(a_hundred_updates_in_a_row_keep_both_sides_together),
      cmocka_unit_test(junk_to_many_sleeping_connections_takes_no_memory),
      cmocka_unit_test(packets_are_sealed_and_opened_without_allocating),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
