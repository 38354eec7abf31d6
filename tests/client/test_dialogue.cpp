#include "client/dialogue.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "support/cmocka.hpp"

namespace {

using chat::ConversationKind;
using chat::RefusalCode;
using client::Dialogue;
using client::ExitCode;
using client::LineKind;
using client::Manner;

struct Shown final : client::Screen {
  void show(LineKind kind, const std::string& text) override {
    lines.push_back(text);
    (kind == LineKind::problem ? problems : others).push_back(text);
    if (const auto call = std::exchange(on_show, nullptr)) call();
  }
  void ask(const client::Question& asked) override { question = asked; }
  bool has(const std::string& part) const {
    for (const std::string& line : lines) {
      if (line.find(part) != std::string::npos) return true;
    }
    return false;
  }
  std::vector<std::string> lines, problems, others;
  client::Question question;
  std::function<void()> on_show;  ///< at the next line, once
};

struct Done final : client::Actions {
  void register_account(const std::string& name, const std::string& password) override {
    calls.push_back("register " + name + " " + password);
  }
  void login(const std::string& name, const std::string& password) override {
    calls.push_back("login " + name + " " + password);
  }
  rudp::Result<chat::ClientMessageId, RefusalCode> send(const chat::Target& target,
                                                        const std::string& text) override {
    if (refuses) return *refuses;
    calls.push_back("send " + (target.kind == ConversationKind::public_room ? "all" : target.private_to) +
                    " " + text);
    return chat::ClientMessageId{};
  }
  bool ask_who() override { return calls.push_back("who"), true; }
  void leave(ExitCode code) override {
    if (!left) left = code;
  }
  std::optional<RefusalCode> refuses;
  std::vector<std::string> calls;
  std::optional<ExitCode> left;
};

constexpr chat::UnixMs kNoon = 1'795'608'000'000;

struct Talk {
  explicit Talk(Manner manner = Manner::person) : dialogue(manner, shown, done, [] { return kNoon; }) {
    dialogue.begin();
  }
  void type(const std::vector<std::string>& lines) {
    for (const std::string& line : lines) dialogue.handle_line(line);
  }
  void log_in() {
    type({"2", "alice", "secret password"});
    dialogue.handle_event(chat::NowLoggedIn{"Alice", false, {}});
  }
  void refuse(RefusalCode code, std::vector<std::string> parameters = {}) {
    dialogue.handle_event(chat::LoginRefused{{code, std::move(parameters), 0}});
  }
  void expect_call(const std::string& call) const {
    assert_false(done.calls.empty());
    assert_string_equal(done.calls.back().c_str(), call.c_str());
  }
  Shown shown;
  Done done;
  Dialogue dialogue;
};

chat::MessageArrived private_message(const std::string& peer, const std::string& text, bool own,
                                     std::uint8_t id) {
  chat::MessageArrived arrived;
  arrived.conversation = {2, ConversationKind::private_talk, peer};
  arrived.message.sender = own ? "Alice" : peer;
  arrived.message.text = text;
  arrived.message.sent_unix_ms = kNoon;
  arrived.message.client_message_id.fill(id);
  arrived.own = own;
  return arrived;
}

chat::MessageStored stored(const std::string& peer, bool online, std::uint8_t id) {
  chat::MessageStored event;
  event.id.fill(id);
  event.conversation = {2, ConversationKind::private_talk, peer};
  event.recipient_online = online;
  return event;
}

void a_person_registers_with_the_password_twice(void**) {
  Talk talk;
  talk.type({"1", " alice ", "secret password"});
  assert_true(talk.shown.question.hidden);
  talk.type({"secret password"});
  talk.expect_call("register alice secret password");
  assert_false(talk.dialogue.takes_line());
}

void two_different_passwords_are_asked_for_again(void**) {
  Talk talk;
  talk.type({"1", "alice", "secret password", "secret passwort"});
  assert_true(talk.done.calls.empty());
  talk.type({"other password", "other password"});
  talk.expect_call("register alice other password");
}

void a_script_types_its_password_once(void**) {
  Talk talk(Manner::script);
  talk.type({"1", "alice", "secret password"});
  talk.expect_call("register alice secret password");
}

void a_pasted_password_may_bring_its_line_end_along(void**) {
  Talk talk;
  talk.type({"2", "alice", "secret password\n"});
  talk.expect_call("login alice secret password");
  Talk twice;
  twice.type({"1", "alice", "secret password\n\n", "secret password"});
  twice.expect_call("register alice secret password");
}

void digits_of_a_chinese_keyboard_choose_too(void**) {
  Talk talk;
  talk.type({"２", "alice", "secret password"});
  talk.expect_call("login alice secret password");
}

void a_person_is_asked_again_after_a_refusal(void**) {
  Talk talk;
  talk.type({"2", "alice", "wrong password"});
  talk.refuse(RefusalCode::login_failed);
  assert_true(talk.shown.has("1 registers"));
  assert_false(talk.done.left.has_value());
  talk.type({"1", "alice", "secret password", "secret password"});
  talk.refuse(RefusalCode::name_taken, {"alice"});
  assert_true(talk.shown.has("alice is taken"));
  assert_true(talk.dialogue.takes_line());
}

void a_script_leaves_after_a_refusal(void**) {
  Talk talk(Manner::script);
  talk.type({"2", "alice", "wrong password"});
  talk.refuse(RefusalCode::login_failed);
  assert_true(talk.done.left == ExitCode::not_logged_in);
  assert_int_equal(talk.shown.problems.size(), 1);
}

void plain_text_goes_to_everyone(void**) {
  Talk talk;
  talk.log_in();
  talk.type({"hello"});
  talk.expect_call("send all hello");
}

void pc_asks_for_friend_and_text(void**) {
  Talk talk;
  talk.log_in();
  talk.type({"PC", "bob", "PC"});
  talk.expect_call("send bob PC");
  talk.type({"pc", ""});
  assert_true(talk.shown.question.message);
  talk.type({"again in the room"});
  talk.expect_call("send all again in the room");
}

void a_private_message_says_where_it_is(void**) {
  Talk talk;
  talk.log_in();
  talk.dialogue.handle_event(stored("bob", true, 1));
  talk.dialogue.handle_event(private_message("bob", "hi", true, 1));
  talk.dialogue.settle();
  assert_true(talk.shown.has("[private] you to bob: hi"));
  assert_string_equal(talk.shown.lines.back().c_str(), "bob is online and gets it now.");
  talk.dialogue.handle_event(stored("bob", false, 2));
  talk.dialogue.settle();
  assert_true(talk.shown.has("bob is offline; the message is stored"));
}

// A line that nobody reads any more ends the program, which lets the dialogue settle from within.
void settling_may_begin_again_from_within(void**) {
  Talk talk;
  talk.log_in();
  for (std::uint8_t id = 1; id <= 3; ++id) talk.dialogue.handle_event(stored("bob", true, id));
  talk.shown.on_show = [&talk] { talk.dialogue.settle(); };
  talk.dialogue.settle();
  int told = 0;
  for (const std::string& line : talk.shown.lines) told += line == "bob is online and gets it now." ? 1 : 0;
  assert_int_equal(told, 3);
}

void a_private_message_of_somebody_is_marked(void**) {
  Talk talk;
  talk.log_in();
  talk.dialogue.handle_event(private_message("bob", "psst", false, 1));
  assert_true(talk.shown.has("[private] bob to you: psst"));
}

void an_unknown_friend_is_told_and_the_text_not_lost(void**) {
  Talk talk(Manner::script);
  talk.log_in();
  talk.dialogue.handle_event(chat::MessageFailed{
      {}, {ConversationKind::private_talk, "bbo"}, "hi", {RefusalCode::unknown_recipient, {"bbo"}, 0}});
  assert_true(talk.shown.has("nobody called bbo"));
  assert_true(talk.shown.has("Not sent: hi"));
  assert_true(talk.dialogue.outcome() == ExitCode::not_done);
}

void a_recipient_that_is_no_name_is_told_by_it(void**) {
  Talk talk(Manner::script);
  talk.log_in();
  talk.done.refuses = RefusalCode::unknown_recipient;
  talk.type({"/msg bbo hi"});
  assert_true(talk.shown.has("nobody called bbo"));
  assert_true(talk.dialogue.outcome() == ExitCode::not_done);
}

void a_server_without_storage_is_told_of_once_until_it_stores_again(void**) {
  using namespace std::chrono_literals;
  Talk talk;
  talk.log_in();
  const chat::SendingPaused full{{RefusalCode::storage_full, {}, 1'500}, 1'500ms};
  talk.dialogue.handle_event(full);
  talk.dialogue.handle_event(full);
  assert_int_equal(talk.shown.problems.size(), 1);
  assert_true(talk.shown.has("disk is full; sending goes on by itself"));
  talk.dialogue.handle_event(chat::MessageStored{});
  talk.dialogue.handle_event(chat::SendingPaused{{RefusalCode::storage_unavailable, {}, 1'500}, 1'500ms});
  assert_int_equal(talk.shown.problems.size(), 2);
  assert_true(talk.shown.has("cannot store anything right now; sending goes on by itself"));
}

void only_a_long_pause_of_a_busy_server_is_told(void**) {
  using namespace std::chrono_literals;
  Talk talk;
  talk.log_in();
  const std::size_t before = talk.shown.lines.size();
  talk.dialogue.handle_event(chat::SendingPaused{{RefusalCode::busy, {}, 1'500}, 1'500ms});
  assert_int_equal(talk.shown.lines.size(), before);
  talk.dialogue.handle_event(chat::SendingPaused{{RefusalCode::rate_limited, {}, 2'500}, 2'500ms});
  assert_true(talk.shown.has("asks to wait 3 s"));
}

void a_mistyped_command_is_not_sent(void**) {
  Talk talk;
  talk.log_in();
  const std::size_t calls = talk.done.calls.size();
  talk.type({"/qiut"});
  assert_int_equal(talk.done.calls.size(), calls);
  assert_true(talk.shown.has("/qiut"));
  assert_true(talk.dialogue.outcome() == ExitCode::done);
}

void a_login_elsewhere_is_told_from_where(void**) {
  Talk talk;
  talk.log_in();
  talk.dialogue.handle_event(
      chat::WasReplaced{{"192.0.2.7:4000", kNoon, chat::ReplacedReason::logged_in_elsewhere}});
  assert_true(talk.shown.has("192.0.2.7:4000"));
  assert_true(talk.done.left == ExitCode::replaced);
}

void a_lost_link_is_told_once_and_shows_in_the_prompt(void**) {
  Talk talk;
  talk.log_in();
  talk.dialogue.link_lost("Lost.");
  talk.dialogue.link_lost("Lost again.");
  assert_false(talk.shown.has("Lost again."));
  talk.type({"kept"});
  talk.expect_call("send all kept");
  talk.dialogue.show_waiting(1);
  assert_string_equal(talk.shown.question.label.c_str(), "Alice [offline, 1 waits]> ");
  talk.dialogue.link_back();
  talk.dialogue.show_waiting(0);
  assert_string_equal(talk.shown.question.label.c_str(), "Alice> ");
}

void a_server_that_stays_away_is_not_said_to_come_back(void**) {
  Talk talk;
  talk.log_in();
  talk.dialogue.handle_event(chat::ServerIsClosing{{chat::ClosingReason::stopped, 0, "good night"}});
  talk.dialogue.link_lost("Lost.");
  assert_true(talk.shown.has("stopped: good night"));
  assert_true(talk.shown.has("Lost. The server will not come back by itself; what you write is kept"));
  // It says so to whoever tries again before it is gone.
  const std::size_t lines = talk.shown.lines.size();
  talk.dialogue.handle_event(chat::ServerIsClosing{{chat::ClosingReason::stopped, 0, "good night"}});
  assert_int_equal(talk.shown.lines.size(), lines);
  talk.dialogue.link_back();
  talk.dialogue.link_lost("Lost.");
  assert_true(talk.shown.has("Lost. It comes back by itself"));
}

void a_server_that_restarts_is_waited_for(void**) {
  Talk talk;
  talk.log_in();
  talk.dialogue.handle_event(chat::ServerIsClosing{{chat::ClosingReason::restarting, 5'000, ""}});
  talk.dialogue.link_lost("Lost.");
  assert_true(talk.shown.has("The server is restarting."));
  assert_true(talk.shown.has("Lost. It comes back by itself"));
}

void a_server_of_another_protocol_is_left(void**) {
  Talk talk;
  talk.dialogue.handle_event(chat::RequestRefused{{RefusalCode::unsupported_protocol, {"2"}, 0}});
  assert_true(talk.shown.has("another version of the protocol"));
  assert_true(talk.done.left == ExitCode::unreachable);
}

void the_end_of_input_waits_for_what_was_said(void**) {
  Talk talk(Manner::script);
  talk.log_in();
  talk.type({"hello"});
  talk.dialogue.handle_end_of_input();
  assert_true(talk.dialogue.is_finishing());
  assert_false(talk.done.left.has_value());
}

void the_end_of_input_in_the_middle_is_told(void**) {
  Talk early(Manner::script);
  early.type({"2", "alice"});
  early.dialogue.handle_end_of_input();
  assert_true(early.done.left == ExitCode::not_done);
  Talk late(Manner::script);
  late.log_in();
  late.type({"PC", "bob"});
  late.dialogue.handle_end_of_input();
  assert_true(late.dialogue.is_finishing() && late.dialogue.outcome() == ExitCode::not_done);
}

void two_interrupts_leave(void**) {
  Talk talk;
  talk.log_in();
  talk.dialogue.handle_interrupt();
  assert_false(talk.done.left.has_value());
  talk.type({"still here"});
  talk.dialogue.handle_interrupt();
  assert_false(talk.done.left.has_value());
  talk.dialogue.handle_interrupt();
  assert_true(talk.done.left == ExitCode::done);
}

void an_interrupt_leaves_a_question(void**) {
  Talk talk;
  talk.log_in();
  talk.type({"PC"});
  talk.dialogue.handle_interrupt();
  talk.type({"public again"});
  talk.expect_call("send all public again");
}

void another_day_gets_a_line_of_its_own(void**) {
  Talk talk;
  talk.log_in();
  auto old = private_message("bob", "old", false, 1);
  old.message.sent_unix_ms -= 2 * 86'400'000;
  talk.dialogue.handle_event(old);
  talk.dialogue.handle_event(private_message("bob", "new", false, 2));
  int days = 0;
  for (const std::string& line : talk.shown.lines) days += line.rfind("--- ", 0) == 0 ? 1 : 0;
  assert_int_equal(days, 2);
}

void an_outbox_that_cannot_be_written_is_told(void**) {
  Talk talk(Manner::script);
  talk.log_in();
  talk.done.refuses = RefusalCode::storage_unavailable;
  talk.type({"hello"});
  assert_true(talk.shown.has("disk"));
  assert_true(talk.dialogue.outcome() == ExitCode::not_done);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_person_registers_with_the_password_twice),
      cmocka_unit_test(two_different_passwords_are_asked_for_again),
      cmocka_unit_test(a_script_types_its_password_once),
      cmocka_unit_test(a_pasted_password_may_bring_its_line_end_along),
      cmocka_unit_test(digits_of_a_chinese_keyboard_choose_too),
      cmocka_unit_test(a_person_is_asked_again_after_a_refusal),
      cmocka_unit_test(a_script_leaves_after_a_refusal),
      cmocka_unit_test(plain_text_goes_to_everyone),
      cmocka_unit_test(pc_asks_for_friend_and_text),
      cmocka_unit_test(a_private_message_says_where_it_is),
      cmocka_unit_test(settling_may_begin_again_from_within),
      cmocka_unit_test(a_private_message_of_somebody_is_marked),
      cmocka_unit_test(an_unknown_friend_is_told_and_the_text_not_lost),
      cmocka_unit_test(a_recipient_that_is_no_name_is_told_by_it),
      cmocka_unit_test(a_server_without_storage_is_told_of_once_until_it_stores_again),
      cmocka_unit_test(only_a_long_pause_of_a_busy_server_is_told),
      cmocka_unit_test(a_mistyped_command_is_not_sent),
      cmocka_unit_test(a_login_elsewhere_is_told_from_where),
      cmocka_unit_test(a_lost_link_is_told_once_and_shows_in_the_prompt),
      cmocka_unit_test(a_server_that_stays_away_is_not_said_to_come_back),
      cmocka_unit_test(a_server_that_restarts_is_waited_for),
      cmocka_unit_test(a_server_of_another_protocol_is_left),
      cmocka_unit_test(the_end_of_input_waits_for_what_was_said),
      cmocka_unit_test(the_end_of_input_in_the_middle_is_told),
      cmocka_unit_test(two_interrupts_leave),
      cmocka_unit_test(an_interrupt_leaves_a_question),
      cmocka_unit_test(another_day_gets_a_line_of_its_own),
      cmocka_unit_test(an_outbox_that_cannot_be_written_is_told),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
