// Recovery in front of a peer that acknowledges little or nothing, for as long as it likes.
#include <cstdint>
#include <vector>

#include "recovery/peer.hpp"
#include "recovery/recovery.hpp"

#include "support/cmocka.hpp"

using namespace test;

namespace {

// Threat A-4.
// Each datagram of the peer's asks for the next timeout, and that looks at all that is under way.
void a_packet_that_is_never_answered_has_few_copies_under_way_A4(void**) {
  Peer peer;
  peer.settle();
  peer.send(at(0ms));
  for (int probe = 0; probe < 5'000; ++probe) {
    const Instant now = *peer.recovery.timeout();
    assert_true(peer.recovery.on_timeout(now).probes.size() >= 1);
    peer.send(now, 0);
    peer.recovery.on_peer_heard(now);
  }
  assert_in_range(peer.recovery.sent().copies(), kCopiesMax / 2, kCopiesMax);
  assert_true(ids(peer.ack(*peer.recovery.timeout(), {{5'000, 5'000}}).acked_frames) == (Ids{0}));
}

// Fills the record with packets of so many frames, none of which is answered.
void fill(Peer& peer, std::size_t frame_count) {
  const std::vector<SentFrame> frames(frame_count);
  while (!peer.recovery.sent().is_full()) {
    OutgoingPacket packet;
    packet.number = peer.next++;
    packet.sent_at = at(0ms);
    packet.bytes = 1000;
    peer.recovery.on_packet_sent(packet, frames);
  }
}

void a_full_record_gives_its_oldest_up_to_ask_A11(void**) {
  for (const std::size_t frame_count : {std::size_t{1}, kFramesPerPacketMax}) {
    Peer peer;
    peer.settle();
    fill(peer, frame_count);
    for (int round = 0; round < 100; ++round) {
      const Instant now = *peer.recovery.timeout();
      const TimeoutOutcome outcome = peer.recovery.on_timeout(now);
      assert_in_range(outcome.lost.packets, 0, 1);
      if (round == 0) assert_int_equal(outcome.lost.frames.size(), frame_count);
      assert_int_equal(outcome.probes.size(), 1);
      assert_false(peer.recovery.sent().is_full());
      peer.send(now, outcome.probes[0].copy_of);
    }
  }
}

void what_only_acks_have_left_behind_is_given_up_whole_A11(void**) {
  Peer peer;
  peer.settle();
  peer.send_many(at(0ms), 8);
  while (peer.next < 300'000) peer.send_ack_only(at(0ms));
  const TimeoutOutcome outcome = peer.recovery.on_timeout(*peer.recovery.timeout());
  assert_int_equal(outcome.lost.packets, 8);
  assert_int_equal(outcome.probes.size(), 0);
  assert_false(peer.recovery.timeout().has_value());
  peer.send(at(1h));
  assert_true(peer.recovery.timeout().has_value());
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_packet_that_is_never_answered_has_few_copies_under_way_A4),
      cmocka_unit_test(a_full_record_gives_its_oldest_up_to_ask_A11),
      cmocka_unit_test(what_only_acks_have_left_behind_is_given_up_whole_A11),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
