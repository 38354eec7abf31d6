// chat/codec_replies: every reply survives the trip, and no bytes of a server can do harm.
#include <string>
#include <vector>

#include "chat/codec.hpp"
#include "chat/seeded_random.hpp"

#include "support/cmocka.hpp"

namespace {

using namespace chat;

constexpr ClientMessageId kId{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

std::vector<Reply> every_reply() {
  const Conversation room{1, ConversationKind::public_room, {}};
  const Conversation talk{5, ConversationKind::private_talk, "bob"};
  const Message message{3, "bob", "text", 1'700'000'000'000, kId};
  const ConversationList list{{{room, 9, 4}, {talk, 2, 0}}, 5};
  return {
      {1, HelloAccepted{1, "rchatd 0.1", 65'536}},
      {2, LoggedIn{"bob", std::vector<std::uint8_t>(32, 7), 1'700'000'000'000, list}},
      {3, LoggedIn{"bob", {}, -1, {}}},
      {4, Refused{RefusalCode::name_too_long, {"32"}, 0}},
      {5, Refused{RefusalCode::busy, {}, 2'500}},
      {6, Stored{kId, talk, 8, 5, true}},
      {0, Delivery{room, message}},
      {7, Page{1, {message}, 3, 9}},
      {8, list},
      {9, WhoResult{{"a", "b"}, 2}},
      {0, Presence{{"a"}, {"b", "c"}}},
      {0, Replaced{"10.0.0.1:5", 6, ReplacedReason::logged_in_elsewhere}},
      {0, ServerClosing{ClosingReason::restarting, 3'000, "back soon"}},
      {10, Goodbye{}},
      {11, UnknownReply{}},
  };
}

void every_reply_comes_back_as_it_went(void**) {
  for (const Reply& reply : every_reply()) {
    const auto back = decode_reply(encode(reply));
    assert_true(back.has_value());
    assert_true(*back == reply);
  }
}

void a_refusal_code_of_a_newer_server_is_unspecified(void**) {
  const std::vector<std::uint8_t> bytes{0x08, 0x01, 0x22, 0x03, 0x08, 0xe7, 0x07};  // Refused{code 999}
  const auto back = decode_reply(bytes);
  assert_true(back.has_value());
  assert_true(std::get<Refused>(back->body).code == RefusalCode::unspecified);
}

bool is_malformed(const Reply& reply) {
  const auto back = decode_reply(encode(reply));
  return !back && back.error() == rudp::Error::malformed;
}

void values_that_no_server_of_ours_sends_are_malformed(void**) {
  const Conversation room{1, ConversationKind::public_room, {}};
  assert_true(is_malformed({1, Stored{kId, room, 0, 5, true}}));
  assert_true(is_malformed({1, Stored{kId, {0, ConversationKind::public_room, {}}, 3, 5, true}}));
  assert_true(
      is_malformed({0, Delivery{{1, static_cast<ConversationKind>(0), {}}, {3, "bob", "x", 0, kId}}}));
  assert_true(is_malformed({0, Delivery{room, {~std::uint64_t{0}, "bob", "x", 0, kId}}}));
  assert_true(is_malformed({1, LoggedIn{"bob", std::vector<std::uint8_t>(31, 7), 0, {}}}));
  assert_true(is_malformed({0, Delivery{room, {3, "bob", "\xff", 0, kId}}}));
}

void a_reply_of_a_newer_server_is_unknown_and_not_malformed(void**) {
  const std::vector<std::uint8_t> bytes{0xa2, 0x06, 0x01, 'x'};  // field 100
  const auto back = decode_reply(bytes);
  assert_true(back.has_value());
  assert_true(std::holds_alternative<UnknownReply>(back->body));
}

// What decodes encodes again to something equal: nothing half-read gets in.
void damaged_bytes_give_an_error_or_a_whole_value(void**) {
  SeededRandom random(2);
  const auto replies = every_reply();
  for (int round = 0; round < 20'000; ++round) {
    auto bytes = encode(replies[random.below(replies.size())]);
    for (std::uint64_t i = 1 + random.below(4); i > 0 && !bytes.empty(); --i) {
      bytes[random.below(bytes.size())] ^= static_cast<std::uint8_t>(1 + random.below(255));
    }
    if (random.one_in(3)) bytes.resize(random.below(bytes.size() + 1));
    const auto reply = decode_reply(bytes);
    if (reply) assert_true(*decode_reply(encode(*reply)) == *reply);
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(every_reply_comes_back_as_it_went),
      cmocka_unit_test(a_refusal_code_of_a_newer_server_is_unspecified),
      cmocka_unit_test(values_that_no_server_of_ours_sends_are_malformed),
      cmocka_unit_test(a_reply_of_a_newer_server_is_unknown_and_not_malformed),
      cmocka_unit_test(damaged_bytes_give_an_error_or_a_whole_value),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
