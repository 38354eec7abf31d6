#include "client/outbox_folder.hpp"

#include <filesystem>
#include <vector>

#include "support/folder.hpp"

#include "support/cmocka.hpp"

namespace {

using chat::OutboxEntry;
using client::OutboxFolder;

OutboxEntry entry(std::uint8_t number, const std::string& text, const std::string& to = {}) {
  OutboxEntry made;
  made.id.fill(number);
  if (!to.empty()) made.target = {chat::ConversationKind::private_talk, to};
  made.text = text;
  return made;
}

rudp::PublicKey key_of(std::uint8_t byte) {
  rudp::PublicKey key;
  key.bytes.fill(byte);
  return key;
}

struct Box {
  explicit Box(const std::string& data, std::uint8_t server = 1) : folder(data) {
    folder.use_server(key_of(server));
  }
  OutboxFolder folder;
};

void what_was_appended_comes_back_in_order(void**) {
  const test::Folder data;
  const std::vector<OutboxEntry> all = {entry(9, "first"), entry(1, "两行\n文字", "小明"), entry(5, "third")};
  Box writer(data.path());
  for (const OutboxEntry& one : all) assert_true(writer.folder.append("alice", one));
  Box reader(data.path());
  assert_true(reader.folder.load("alice") == all);
}

void a_second_run_goes_on_behind_the_first(void**) {
  const test::Folder data;
  assert_true(Box(data.path()).folder.append("alice", entry(9, "first")));
  Box second(data.path());
  assert_int_equal(second.folder.load("alice").size(), 1);
  assert_true(second.folder.append("alice", entry(1, "second")));
  const auto both = Box(data.path()).folder.load("alice");
  assert_string_equal(both.back().text.c_str(), "second");
}

void what_was_acknowledged_is_gone(void**) {
  const test::Folder data;
  Box box(data.path());
  for (std::uint8_t i = 1; i <= 3; ++i) assert_true(box.folder.append("alice", entry(i, "x")));
  box.folder.remove("alice", entry(2, "").id);
  box.folder.remove("alice", entry(7, "").id);
  const auto left = box.folder.load("alice");
  assert_int_equal(left.size(), 2);
  assert_true(left[0].id == entry(1, "").id && left[1].id == entry(3, "").id);
}

void accounts_and_servers_are_kept_apart(void**) {
  const test::Folder data;
  Box box(data.path(), 1), other_server(data.path(), 2);
  assert_true(box.folder.append("alice", entry(1, "x")));
  assert_true(box.folder.load("bob").empty());
  assert_true(box.folder.load("Alice").empty());
  assert_true(other_server.folder.load("alice").empty());
}

void a_name_cannot_lead_out_of_the_folder(void**) {
  const test::Folder data;
  const Box box(data.path());
  const std::string below = data.path() + "/outbox/" + key_of(1).to_string() + "/";
  for (const char* name : {"../../x", "..", ".", "a/b", "/etc", ""}) {
    const std::string folder = box.folder.folder_for(name);
    assert_int_equal(folder.rfind(below, 0), 0);
    const std::string last = folder.substr(below.size());
    assert_true(!last.empty() && last.find('/') == std::string::npos && last != "." && last != "..");
  }
  assert_true(box.folder.folder_for(std::string(500, 'a')).size() < below.size() + 255);
  assert_true(box.folder.folder_for(std::string(500, 'a')) != box.folder.folder_for(std::string(501, 'a')));
}

void a_torn_file_is_passed_over_at_every_length(void**) {
  const std::string whole = client::encode_outbox_entry(entry(3, "一条消息", "bob"));
  assert_true(client::decode_outbox_entry(whole) == entry(3, "一条消息", "bob"));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    assert_false(client::decode_outbox_entry(whole.substr(0, size)).has_value());
  }
}

void every_flipped_bit_is_noticed(void**) {
  const std::string whole = client::encode_outbox_entry(entry(3, "hello", "bob"));
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string flipped = whole;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    assert_false(client::decode_outbox_entry(flipped).has_value());
  }
}

void damaged_files_do_not_hide_the_others(void**) {
  const test::Folder data;
  Box box(data.path());
  for (std::uint8_t i = 1; i <= 3; ++i) assert_true(box.folder.append("alice", entry(i, "x")));
  std::vector<std::string> files;
  for (const auto& file : std::filesystem::directory_iterator(box.folder.folder_for("alice"))) {
    files.push_back(file.path().string());
  }
  assert_int_equal(files.size(), 3);
  test::write_file(files[0], test::read_file(files[0]).substr(0, 40));
  test::write_file(box.folder.folder_for("alice") + "/000000000009-" + std::string(32, '0') + ".new.1",
                   "half");
  assert_int_equal(box.folder.load("alice").size(), 2);
}

void a_folder_that_cannot_be_written_takes_nothing(void**) {
  const test::Folder data;
  test::write_file(data / "outbox", "a file where a folder should be");
  Box box(data.path());
  assert_false(box.folder.append("alice", entry(1, "x")));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(what_was_appended_comes_back_in_order),
      cmocka_unit_test(a_second_run_goes_on_behind_the_first),
      cmocka_unit_test(what_was_acknowledged_is_gone),
      cmocka_unit_test(accounts_and_servers_are_kept_apart),
      cmocka_unit_test(a_name_cannot_lead_out_of_the_folder),
      cmocka_unit_test(a_torn_file_is_passed_over_at_every_length),
      cmocka_unit_test(every_flipped_bit_is_noticed),
      cmocka_unit_test(damaged_files_do_not_hide_the_others),
      cmocka_unit_test(a_folder_that_cannot_be_written_takes_nothing),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
