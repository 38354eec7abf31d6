// chat/codec: every request survives the trip, and no bytes of a client can do harm.
#include "chat/codec.hpp"

#include <string>
#include <vector>

#include "chat/seeded_random.hpp"

#include "support/cmocka.hpp"

namespace {

using namespace chat;

constexpr std::size_t kBytesMax = 64 * 1024 + kRequestOverheadBytesMax;
constexpr ClientMessageId kId{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

std::vector<Request> every_request() {
  const std::vector<Seen> seen{{1, 7}, {9, 0}};
  ResumeToken token{};
  token.fill(0xab);
  return {
      {1, Hello{1, "rchat 0.1", "zh_CN"}},
      {2, Register{"小明", "密码密码密码密码"}},
      {3, Login{"bob", "correct horse", seen}},
      {4, Resume{token, seen}},
      {5, SendMessage{kId, {ConversationKind::public_room, {}}, "你好 👋", false}},
      {6, SendMessage{kId, {ConversationKind::private_talk, "alice"}, "two\nlines", true}},
      {7, Fetch{3, 12, 50}},
      {8, ListConversations{77}},
      {9, Who{}},
      {10, Received{seen}},
      {11, Quit{"bye"}},
      {12, UnknownRequest{}},
  };
}

void every_request_comes_back_as_it_went(void**) {
  for (const Request& request : every_request()) {
    const auto back = decode_request(encode(request), kBytesMax);
    assert_true(back.has_value());
    assert_true(*back == request);
  }
}

bool is_malformed(const Request& request) {
  const auto back = decode_request(encode(request), kBytesMax);
  return !back && back.error() == rudp::Error::malformed;
}

void fields_beyond_their_limits_are_malformed(void**) {
  assert_true(is_malformed({0, Who{}}));
  assert_true(is_malformed({1, Login{std::string(kNameFieldBytesMax + 1, 'a'), "p", {}}}));
  assert_true(is_malformed({1, Register{"a", std::string(kPasswordFieldBytesMax + 1, 'p')}}));
  assert_true(is_malformed({1, Quit{std::string(kShortFieldBytesMax + 1, 'q')}}));
  assert_true(is_malformed({1, Received{std::vector<Seen>(kSeenEntriesMax + 1)}}));
  assert_true(is_malformed({1, Fetch{1, ~std::uint64_t{0}, 1}}));
  assert_true(is_malformed({1, Fetch{std::uint64_t{1} << 63, 1, 1}}));
}

// Threat U15: what is not UTF-8 is not a message.
void invalid_utf8_is_malformed(void**) {
  for (const std::string text : {"\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "abc\xe4\xbd"}) {
    assert_true(is_malformed({1, SendMessage{kId, {}, text, false}}));
    assert_true(is_malformed({1, Login{text, "password", {}}}));
  }
}

void a_request_larger_than_the_limit_is_refused_unread(void**) {
  const auto bytes = encode(Request{1, SendMessage{kId, {}, std::string(1'000, 'x'), false}});
  const auto back = decode_request(bytes, bytes.size() - 1);
  assert_true(!back && back.error() == rudp::Error::too_large);
  assert_true(decode_request(bytes, bytes.size()).has_value());
}

// SendMessage is field 6 of the envelope; its length is one byte here.
std::vector<std::uint8_t> envelope_of(const std::vector<std::uint8_t>& send_message) {
  std::vector<std::uint8_t> bytes{0x08, 0x01, 0x32, static_cast<std::uint8_t>(send_message.size())};
  for (const std::uint8_t byte : send_message) bytes.push_back(byte);
  return bytes;
}

// Threat U8: a "from" that somebody adds by hand is a field that nobody reads.
void a_sender_named_by_the_client_has_no_effect(void**) {
  std::vector<std::uint8_t> body{0x0a, 16};
  body.insert(body.end(), kId.begin(), kId.end());
  body.insert(body.end(), {0x12, 0x02, 0x0a, 0x00, 0x1a, 0x02, 'h', 'i'});
  body.insert(body.end(), {0x52, 0x05, 'a', 'd', 'm', 'i', 'n'});  // field 10
  const auto back = decode_request(envelope_of(body), kBytesMax);
  assert_true(back.has_value());
  assert_true(*back == (Request{1, SendMessage{kId, {}, "hi", false}}));
}

void wrong_id_lengths_are_malformed(void**) {
  std::vector<std::uint8_t> body{0x0a, 15};
  body.insert(body.end(), 15, 0x11);
  body.insert(body.end(), {0x12, 0x02, 0x0a, 0x00, 0x1a, 0x01, 'x'});
  const auto back = decode_request(envelope_of(body), kBytesMax);
  assert_true(!back && back.error() == rudp::Error::malformed);
}

void a_request_of_a_newer_client_is_unknown_and_not_malformed(void**) {
  const std::vector<std::uint8_t> bytes{0x08, 0x09, 0xa2, 0x06, 0x01, 'x'};  // id 9, field 100
  const auto back = decode_request(bytes, kBytesMax);
  assert_true(back.has_value());
  assert_true(std::holds_alternative<UnknownRequest>(back->body));
  assert_int_equal(back->id, 9);
}

// What decodes encodes again to something equal: nothing half-read gets in.
void damaged_bytes_give_an_error_or_a_whole_value(void**) {
  SeededRandom random(1);
  for (int round = 0; round < 20'000; ++round) {
    const auto requests = every_request();
    auto bytes = encode(requests[random.below(requests.size())]);
    const std::uint64_t changes = 1 + random.below(4);
    for (std::uint64_t i = 0; i < changes && !bytes.empty(); ++i) {
      bytes[random.below(bytes.size())] ^= static_cast<std::uint8_t>(1 + random.below(255));
    }
    if (random.one_in(3)) bytes.resize(random.below(bytes.size() + 1));
    const auto request = decode_request(bytes, kBytesMax);
    if (request) assert_true(*decode_request(encode(*request), kBytesMax) == *request);
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(every_request_comes_back_as_it_went),
      cmocka_unit_test(fields_beyond_their_limits_are_malformed),
      cmocka_unit_test(invalid_utf8_is_malformed),
      cmocka_unit_test(a_request_larger_than_the_limit_is_refused_unread),
      cmocka_unit_test(a_sender_named_by_the_client_has_no_effect),
      cmocka_unit_test(wrong_id_lengths_are_malformed),
      cmocka_unit_test(a_request_of_a_newer_client_is_unknown_and_not_malformed),
      cmocka_unit_test(damaged_bytes_give_an_error_or_a_whole_value),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
