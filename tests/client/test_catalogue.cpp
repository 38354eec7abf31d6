// The catalogues are complete: every text that a person may read is in them.
#include "client/i18n/catalogue.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <set>
#include <vector>

#include "client/i18n/i18n.hpp"
#include "client/sentences.hpp"
#include "support/folder.hpp"

#include "support/cmocka.hpp"

namespace {

using client::Catalogue;

Catalogue chinese() {
  const auto catalogue = Catalogue::parse(test::read_file(LOCALE_FOLDER "/zh_CN/LC_MESSAGES/rchat.mo"));
  assert_true(catalogue.has_value());
  return *catalogue;
}

/// A string literal of a source file, joined with those that follow it at once, and
/// the word of the call that it stands in: the last name before it.
struct Literal {
  std::string file, text, call;
};

/// Comes with the text before it, which is the one that is looked up.
constexpr char kPlural[] = "plural of tr_n";

std::string last_name(const std::string& code) {
  std::size_t end = code.size();
  while (end > 0 && (std::isspace(static_cast<unsigned char>(code[end - 1])) != 0 || code[end - 1] == '('))
    --end;
  std::size_t begin = end;
  while (begin > 0 &&
         (std::isalnum(static_cast<unsigned char>(code[begin - 1])) != 0 || code[begin - 1] == '_'))
    --begin;
  return code.substr(begin, end - begin);
}

class Reader {
 public:
  Reader(std::string file, std::string source) : file_(std::move(file)), source_(std::move(source)) {}

  std::vector<Literal> run() {
    while (at_ < source_.size()) step();
    return std::move(literals_);
  }

 private:
  void step() {
    if (source_.compare(at_, 2, "//") == 0 || source_.compare(at_, 8, "#include") == 0) {
      at_ = std::min(source_.find('\n', at_), source_.size());
    } else if (source_[at_] == '\'') {
      at_ += source_[at_ + 1] == '\\' ? 4 : 3;
    } else if (source_[at_] == '"') {
      read_literal();
    } else {
      code_ += source_[at_++];
    }
  }

  void read_literal() {
    std::string text;
    for (++at_; source_[at_] != '"'; ++at_) {
      if (source_[at_] != '\\') {
        text += source_[at_];
        continue;
      }
      ++at_;
      text += source_[at_] == 'n' ? '\n' : source_[at_];
    }
    ++at_;
    const bool goes_on = code_.find_first_not_of(" \n") == std::string::npos && !literals_.empty();
    const bool is_plural = code_.find_first_not_of(", \n") == std::string::npos && !literals_.empty() &&
                           literals_.back().call == "tr_n";
    if (goes_on) {
      literals_.back().text += text;
    } else if (is_plural) {
      literals_.push_back({file_, text, kPlural});
    } else {
      literals_.push_back({file_, text, last_name(code_)});
    }
    code_.clear();
  }

  std::string file_, source_, code_;
  std::vector<Literal> literals_;
  std::size_t at_ = 0;
};

std::vector<Literal> literals_of_the_client() {
  std::vector<Literal> all;
  for (const auto& file : std::filesystem::recursive_directory_iterator(SOURCE_FOLDER "/client")) {
    const std::string path = file.path().string();
    if (file.path().extension() != ".cpp") continue;
    for (Literal& literal : Reader(path, test::read_file(path)).run()) all.push_back(std::move(literal));
  }
  assert_true(all.size() > 100);
  return all;
}

bool is_looked_up(const Literal& literal) { return literal.call == "tr" || literal.call == "tr_n"; }
bool is_translated(const Literal& literal) { return is_looked_up(literal) || literal.call == kPlural; }

/// Two words of letters with a blank between: a text for people.
bool is_sentence(const std::string& text) {
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    const auto letter = [&](std::size_t at) {
      return std::isalpha(static_cast<unsigned char>(text[at])) != 0;
    };
    if (text[i] == ' ' && i >= 2 && i + 2 < text.size() && letter(i - 2) && letter(i - 1) && letter(i + 1) &&
        letter(i + 2))
      return true;
  }
  return false;
}

std::set<std::string> placeholders(std::string_view text) {
  std::set<std::string> all;
  for (std::size_t i = 0; i + 2 < text.size(); ++i) {
    if (text[i] == '{' && text[i + 2] == '}') all.insert(std::string(text.substr(i, 3)));
  }
  return all;
}

/// What rudp::to_sentence says, which stands inside of our own sentences.
std::set<std::string> sentences_of_errors() {
  std::set<std::string> all;
  for (int number = 0; number < 1'000; ++number) {
    all.emplace(rudp::to_sentence(static_cast<rudp::Error>(number)));
  }
  assert_true(all.size() > 40);
  return all;
}

void every_text_is_translated(void**) {
  const Catalogue catalogue = chinese();
  std::size_t found = 0;
  for (const Literal& literal : literals_of_the_client()) {
    if (!is_looked_up(literal)) continue;
    ++found;
    const auto text = catalogue.find(literal.text);
    if (!text) fail_msg("%s: not in zh_CN.po: %s", literal.file.c_str(), literal.text.c_str());
    if (placeholders(*text) != placeholders(literal.text) && literal.call == "tr") {
      fail_msg("not the same {1}...: %s", literal.text.c_str());
    }
  }
  assert_true(found > 80);
}

void the_catalogue_holds_nothing_that_is_not_said(void**) {
  std::set<std::string> said = sentences_of_errors();
  for (const Literal& literal : literals_of_the_client()) said.insert(literal.text);
  const std::string po = test::read_file(SOURCE_FOLDER "/client/i18n/zh_CN.po");
  assert_true(po.find("fuzzy") == std::string::npos);
  assert_true(po.find("\n#~") == std::string::npos);
  for (std::size_t at = po.find("\nmsgid \""); at != std::string::npos; at = po.find("\nmsgid \"", at + 1)) {
    const std::size_t begin = at + 7;
    const std::string id = Reader("po", po.substr(begin, po.find("\nmsg", begin) - begin)).run().front().text;
    if (!id.empty() && said.count(id) == 0) fail_msg("said nowhere: %s", id.c_str());
  }
}

void no_sentence_goes_around_the_catalogue(void**) {
  // What machines read: the head of a file.
  static const std::set<std::string> kNotForPeople = {"rchat outbox 1\n"};
  for (const Literal& literal : literals_of_the_client()) {
    if (is_translated(literal) || kNotForPeople.count(literal.text) != 0 || !is_sentence(literal.text))
      continue;
    fail_msg("%s: does not pass tr(): %s", literal.file.c_str(), literal.text.c_str());
  }
}

void every_refusal_has_a_sentence_of_its_own(void**) {
  for (const client::Language language : {client::Language::en, client::Language::zh_cn}) {
    assert_true(client::use_language(language, LOCALE_FOLDER));
    std::set<std::string> sentences;
    std::size_t codes = 0;
    for (int code = 0; code < 60; ++code) {
      const bool exists =
          (code >= 2 && code <= 9 && code != 3) || (code >= 20 && code <= 30) || (code >= 40 && code <= 45);
      if (!exists) continue;
      ++codes;
      sentences.insert(client::to_sentence({static_cast<chat::RefusalCode>(code), {"X"}, 2'000}));
    }
    assert_int_equal(sentences.size(), codes);
    for (const std::string& sentence : sentences) assert_true(sentence.find("(code") == std::string::npos);
  }
  client::use_language(client::Language::en, LOCALE_FOLDER);
}

void an_error_is_said_in_the_language_of_the_reader(void**) {
  const Catalogue catalogue = chinese();
  for (const std::string& sentence : sentences_of_errors()) {
    if (!catalogue.find(sentence)) fail_msg("not in zh_CN.po: %s", sentence.c_str());
  }
  assert_true(client::use_language(client::Language::zh_cn, LOCALE_FOLDER));
  assert_string_equal(client::failure_sentence({rudp::Error::bad_key, "/keys:3"}).c_str(),
                      "/keys:3：密钥无效");
  assert_string_equal(client::failure_sentence(rudp::Error::io_error).c_str(), "读写失败");
  assert_string_equal(client::connection_sentence("h", rudp::Error::protocol_violation, "").c_str(),
                      "与 h 的连接失败（违反了协议规则）。");
  assert_string_equal(client::joined_names({"bob", "小明"}).c_str(), "bob、小明");
  assert_true(client::use_language(client::Language::en, LOCALE_FOLDER));
  assert_string_equal(client::joined_names({"bob", "小明"}).c_str(), "bob, 小明");
}

void a_language_can_be_chosen_and_left(void**) {
  assert_true(client::use_language(client::Language::zh_cn, LOCALE_FOLDER));
  assert_string_equal(client::tr("Name: ").c_str(), "用户名：");
  assert_string_equal(client::tr("Logged in as {1}.", {"bob"}).c_str(), "已登录为 bob。");
  assert_true(client::use_language(client::Language::en, LOCALE_FOLDER));
  assert_string_equal(client::tr("Name: ").c_str(), "Name: ");
  assert_false(client::use_language(client::Language::zh_cn, "/nowhere"));
  assert_string_equal(client::tr("Name: ").c_str(), "Name: ");
}

void numbers_choose_their_form(void**) {
  client::use_language(client::Language::en, LOCALE_FOLDER);
  assert_string_equal(client::tr_n("{1} cat", "{1} cats", 1).c_str(), "1 cat");
  assert_string_equal(client::tr_n("{1} cat", "{1} cats", 3).c_str(), "3 cats");
}

void arguments_are_not_read_as_text(void**) {
  assert_string_equal(client::fill("{1} and {2}", {"{2}", "%s{1}"}).c_str(), "{2} and %s{1}");
  assert_string_equal(client::fill("{3} {x} {", {"a"}).c_str(), "{3} {x} {");
}

void a_damaged_catalogue_is_refused(void**) {
  const std::string whole = test::read_file(LOCALE_FOLDER "/zh_CN/LC_MESSAGES/rchat.mo");
  assert_false(Catalogue::parse("").has_value());
  for (std::size_t size = 0; size < whole.size(); size += 37) (void)Catalogue::parse(whole.substr(0, size));
  assert_false(Catalogue::parse(whole.substr(0, whole.size() / 2)).has_value());
  std::string flipped = whole;
  for (std::size_t at = 0; at < 600; ++at) {
    flipped[at] = static_cast<char>(~flipped[at]);
    (void)Catalogue::parse(flipped);
    flipped[at] = whole[at];
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(every_text_is_translated),
      cmocka_unit_test(the_catalogue_holds_nothing_that_is_not_said),
      cmocka_unit_test(no_sentence_goes_around_the_catalogue),
      cmocka_unit_test(every_refusal_has_a_sentence_of_its_own),
      cmocka_unit_test(an_error_is_said_in_the_language_of_the_reader),
      cmocka_unit_test(a_language_can_be_chosen_and_left),
      cmocka_unit_test(numbers_choose_their_form),
      cmocka_unit_test(arguments_are_not_read_as_text),
      cmocka_unit_test(a_damaged_catalogue_is_refused),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
