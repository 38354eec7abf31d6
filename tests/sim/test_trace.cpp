#include "sim/trace.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "support/cmocka.hpp"

using namespace rudp;
using namespace rudp::sim;

namespace {

Note note_number(std::uint64_t number) {
  return {.what = Note::What::trace,
          .kind = static_cast<std::uint8_t>(TraceKind::packet_sent),
          .at = Instant::from_ns(1'500'000),
          .number = number};
}

std::uint64_t hash_of(const Note& note) {
  TraceLog log(1);
  log.note(note);
  return log.hash();
}

void equal_histories_have_equal_hashes(void**) {
  TraceLog a(5), b(50);
  for (std::uint64_t i = 0; i < 100; ++i) {
    a.note(note_number(i));
    b.note(note_number(i));
  }
  assert_int_equal(a.hash(), b.hash());
}

void the_order_counts(void**) {
  TraceLog a(5), b(5);
  a.note(note_number(1));
  a.note(note_number(2));
  b.note(note_number(2));
  b.note(note_number(1));
  assert_int_not_equal(a.hash(), b.hash());
}

void every_field_counts(void**) {
  const Note plain{.what = Note::What::sent};
  std::vector<Note> notes(9, plain);
  notes[1].kind = 1;
  notes[2].node = NodeId{1};
  notes[3].at = Instant::from_ns(1);
  notes[4].connection.index = 1;
  notes[5].number = 1;
  notes[6].a = 1;
  notes[7].b = 1;
  notes[8].to.port = 1;
  std::set<std::uint64_t> hashes;
  for (const Note& note : notes) hashes.insert(hash_of(note));
  assert_int_equal(hashes.size(), notes.size());
}

// Pinned, so that hashes from two machines or compilers can be compared.
void the_hash_of_bytes_is_the_same_everywhere(void**) {
  const std::vector<std::uint8_t> bytes = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  assert_int_equal(hash_bytes(bytes), 0x7a98bb1e150e0399u);
}

void bytes_that_differ_anywhere_have_other_hashes(void**) {
  std::set<std::uint64_t> hashes;
  for (std::size_t length = 0; length <= 40; ++length) {
    std::vector<std::uint8_t> bytes(length);
    hashes.insert(hash_bytes(bytes));
    for (std::uint8_t& byte : bytes) {
      byte = 1;
      hashes.insert(hash_bytes(bytes));
      byte = 0;
    }
  }
  assert_int_equal(hashes.size(), 41 + 40 * 41 / 2);
}

void the_text_holds_the_last_lines_only(void**) {
  TraceLog log(3);
  for (std::uint64_t i = 10; i < 20; ++i) log.note(note_number(i));
  const std::string text = log.text();
  assert_int_equal(std::count(text.begin(), text.end(), '\n'), 3);
  assert_true(text.find("number 16 ") == std::string::npos);
  assert_true(text.find("number 17 ") < text.find("number 18 "));
  assert_true(text.find("number 19 ") != std::string::npos);
}

void a_line_says_when_who_and_what(void**) {
  TraceLog log(1);
  Note note = note_number(7);
  note.node = NodeId{3};
  note.connection = {.index = 4, .generation = 5};
  log.note(note);
  assert_string_equal(log.text().c_str(),
                      "       1.500000 ms  node 3  trace packet_sent connection 4.5  number 7  a 0  b 0\n");
}

void a_datagram_shows_its_addresses(void**) {
  TraceLog log(1);
  log.note({.what = Note::What::sent,
            .a = 1200,
            .b = 0xabc,
            .from = Address::v4(10, 0, 0, 1, 1),
            .to = Address::v4(10, 0, 0, 2, 2)});
  assert_true(log.text().find("10.0.0.1:1 -> 10.0.0.2:2  1200 B  0000000000000abc") != std::string::npos);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(equal_histories_have_equal_hashes),
      cmocka_unit_test(the_order_counts),
      cmocka_unit_test(every_field_counts),
      cmocka_unit_test(the_hash_of_bytes_is_the_same_everywhere),
      cmocka_unit_test(bytes_that_differ_anywhere_have_other_hashes),
      cmocka_unit_test(the_text_holds_the_last_lines_only),
      cmocka_unit_test(a_line_says_when_who_and_what),
      cmocka_unit_test(a_datagram_shows_its_addresses),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
