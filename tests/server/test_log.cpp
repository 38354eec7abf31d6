// The log: one JSON object a line, whatever names and reasons hold (threat O6).
#include <algorithm>
#include <filesystem>
#include <string>

#include "server/json.hpp"
#include "server/log.hpp"

#include "support/folder.hpp"

#include "support/cmocka.hpp"

namespace {

using namespace server;

struct Folder : test::Folder {
  std::string log() const { return *this / "rchatd.log"; }
};

std::size_t lines_in(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

// 2026-01-31 23:59:59.999 UTC
constexpr chat::UnixMs kTime = 1'769'903'999'999;

chat::Now at(int ms) { return {rudp::Instant::from_ns(ms * 1'000'000LL), kTime}; }

void a_line_tells_time_level_event_and_fields(void**) {
  const std::string line =
      log_line(rudp::LogLevel::info, kTime, "logged_in", JsonObject().add("name", "爱丽丝").add("count", 3));
  assert_string_equal(line.c_str(),
                      "{\"time\":\"2026-01-31T23:59:59.999Z\",\"level\":\"info\",\"event\":\"logged_in\","
                      "\"name\":\"爱丽丝\",\"count\":3}");
  assert_string_equal(log_line(rudp::LogLevel::error, 0, "x", {}).c_str(),
                      "{\"time\":\"1970-01-01T00:00:00.000Z\",\"level\":\"error\",\"event\":\"x\"}");
}

void what_could_forge_a_line_or_steer_a_terminal_is_escaped(void**) {
  assert_string_equal(json_string("a\nb\r\x1b[2J\x7f\"\\").c_str(), R"("a\u000ab\u000d\u001b[2J\u007f\"\\")");
  assert_string_equal(json_string("\u0085\u009b\u202e\u200b\u2028\ufeff\u061c").c_str(),
                      R"("\u0085\u009b\u202e\u200b\u2028\ufeff\u061c")");
  assert_string_equal(json_string("\U000e0041").c_str(), R"("\udb40\udc41")");
  assert_string_equal(json_string(std::string_view("\0x", 2)).c_str(), R"("\u0000x")");
}

void what_is_no_text_is_replaced(void**) {
  assert_string_equal(json_string("a\xff\xc0\x80\n").c_str(), "\"a\ufffd\ufffd\ufffd\\u000a\"");
}

void text_of_every_script_stays_readable(void**) {
  assert_string_equal(json_string("héllo 世界 😀").c_str(), "\"héllo 世界 😀\"");
}

void every_byte_pair_stays_on_one_line_of_plain_characters(void**) {
  for (int first = 0; first < 256; ++first)
    for (int second = 0; second < 256; ++second) {
      const char bytes[] = {static_cast<char>(first), static_cast<char>(second)};
      for (const char c : json_string({bytes, 2}))
        assert_true(static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) != 0x7f);
    }
}

void what_the_chat_says_is_in_the_file_when_the_log_is_gone(void**) {
  Folder folder;
  auto log = Log::open(folder.log(), {});
  assert_true(log.has_value());
  (*log)->write(at(0), {chat::LogKind::registered, kTime, "alice", "127.0.0.1:5", ""});
  (*log)->write(at(0),
                {chat::LogKind::quit, kTime, "alice", "127.0.0.1:5", "bye\n{\"event\":\"logged_in\"}"});
  *log = nullptr;
  assert_string_equal(folder.read("rchatd.log").c_str(),
                      "{\"time\":\"2026-01-31T23:59:59.999Z\",\"level\":\"info\",\"event\":\"registered\","
                      "\"name\":\"alice\",\"address\":\"127.0.0.1:5\"}\n"
                      "{\"time\":\"2026-01-31T23:59:59.999Z\",\"level\":\"info\",\"event\":\"quit\","
                      "\"name\":\"alice\",\"address\":\"127.0.0.1:5\",\"detail\":"
                      "\"bye\\u000a{\\\"event\\\":\\\"logged_in\\\"}\"}\n");
}

void every_kind_has_a_name_of_its_own(void**) {
  std::vector<std::string_view> names;
  for (int kind = 0; kind <= static_cast<int>(chat::LogKind::storage_failed); ++kind)
    names.push_back(name_of(static_cast<chat::LogKind>(kind)));
  std::sort(names.begin(), names.end());
  assert_true(std::unique(names.begin(), names.end()) == names.end());
}

void the_level_decides_what_is_written(void**) {
  Folder folder;
  LogOptions options;
  options.level = rudp::LogLevel::warning;
  auto log = Log::open(folder.log(), options);
  assert_true(log.has_value());
  (*log)->write(at(0), {chat::LogKind::logged_in, kTime, "alice", "", ""});
  (*log)->write(at(0), {chat::LogKind::refused_bytes, kTime, "", "127.0.0.1:5", ""});
  *log = nullptr;
  const std::string text = folder.read("rchatd.log");
  assert_int_equal(lines_in(text), 1);
  assert_true(text.find("\"level\":\"warning\",\"event\":\"refused_bytes\"") != std::string::npos);
}

void a_flood_of_strangers_leaves_a_count_and_not_a_line_each(void**) {
  Folder folder;
  auto log = Log::open(folder.log(), {});
  assert_true(log.has_value());
  for (int i = 0; i < 1'000; ++i) (*log)->write(at(0), {chat::LogKind::login_failed, kTime, "alice", "", ""});
  // Users who are there are told of all the same.
  for (int i = 0; i < 100; ++i) (*log)->write(at(0), {chat::LogKind::resumed, kTime, "bob", "", ""});
  (*log)->write(at(1'000), {chat::LogKind::login_failed, kTime, "alice", "", ""});
  *log = nullptr;
  const std::string text = folder.read("rchatd.log");
  assert_int_equal(lines_in(text), Log::kStrangersRate.burst + 100 + 1);
  assert_true(text.find("\"left_out_before\":" + std::to_string(1'000 - Log::kStrangersRate.burst)) !=
              std::string::npos);
}

// Threat O6: one user who comes and goes again and again does not wash the log out.
void users_who_come_and_go_leave_no_more_lines_than_strangers_in_the_long_run(void**) {
  for (const auto kind :
       {chat::LogKind::resumed, chat::LogKind::replaced, chat::LogKind::quit, chat::LogKind::disconnected}) {
    Folder folder;
    auto log = Log::open(folder.log(), {});
    assert_true(log.has_value());
    for (int i = 0; i < 6'000; ++i) (*log)->write(at(0), {kind, kTime, "bob", "", ""});
    (*log)->write(at(100), {kind, kTime, "bob", "", ""});
    *log = nullptr;
    const std::string text = folder.read("rchatd.log");
    assert_int_equal(lines_in(text), Log::kUsersRate.burst + 1);
    assert_true(text.find("\"left_out_before\":1000}") != std::string::npos);
  }
}

void a_full_file_is_put_aside_and_only_so_many_are_kept(void**) {
  Folder folder;
  LogOptions options;
  options.file_bytes_max = 1'000;
  options.files_kept = 2;
  auto log = Log::open(folder.log(), options);
  assert_true(log.has_value());
  for (int i = 0; i < 100; ++i) (*log)->write(at(0), {chat::LogKind::logged_in, kTime, "alice", "", ""});
  *log = nullptr;
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    ++files;
    assert_true(entry.file_size() <= 1'000);
    assert_true((entry.status().permissions() & std::filesystem::perms::others_all) ==
                std::filesystem::perms::none);
  }
  assert_int_equal(files, 3);
}

void a_place_that_cannot_be_written_is_a_sentence(void**) {
  const auto log = Log::open("/dev/null/rchatd.log", {});
  assert_false(log.has_value());
  assert_true(log.error().find("cannot write the log") == 0);
  assert_true(log.error().find("/dev/null/rchatd.log") != std::string::npos);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_line_tells_time_level_event_and_fields),
      cmocka_unit_test(what_could_forge_a_line_or_steer_a_terminal_is_escaped),
      cmocka_unit_test(what_is_no_text_is_replaced),
      cmocka_unit_test(text_of_every_script_stays_readable),
      cmocka_unit_test(every_byte_pair_stays_on_one_line_of_plain_characters),
      cmocka_unit_test(what_the_chat_says_is_in_the_file_when_the_log_is_gone),
      cmocka_unit_test(every_kind_has_a_name_of_its_own),
      cmocka_unit_test(the_level_decides_what_is_written),
      cmocka_unit_test(a_flood_of_strangers_leaves_a_count_and_not_a_line_each),
      cmocka_unit_test(users_who_come_and_go_leave_no_more_lines_than_strangers_in_the_long_run),
      cmocka_unit_test(a_full_file_is_put_aside_and_only_so_many_are_kept),
      cmocka_unit_test(a_place_that_cannot_be_written_is_a_sentence),
  };
  return cmocka_run_group_tests_name("log", tests, nullptr, nullptr);
}
