#include "client/i18n/i18n.hpp"

#include <array>

#include "client/file.hpp"
#include "client/i18n/catalogue.hpp"

namespace client {
namespace {

constexpr std::size_t kCatalogueBytesMax = 1 << 20;

// Which language a process speaks is one fact for all of it, as with gettext.
Catalogue& current() {
  static Catalogue catalogue;
  return catalogue;
}

std::string locale_of(const std::function<std::string(const char*)>& variable) {
  static constexpr std::array<const char*, 3> kNames = {"LC_ALL", "LC_MESSAGES", "LANG"};
  for (const char* name : kNames) {
    if (std::string locale = variable(name); !locale.empty()) return locale;
  }
  return {};
}

std::optional<Language> first_known(std::string_view list) {
  while (!list.empty()) {
    const std::size_t end = list.find(':');
    if (const auto language = parse_language(list.substr(0, end))) return language;
    list.remove_prefix(end == list.npos ? list.size() : end + 1);
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_code(Language language) { return language == Language::zh_cn ? "zh_CN" : "en"; }

std::optional<Language> parse_language(std::string_view locale) {
  const std::string_view word = locale.substr(0, locale.find_first_of("_-.@"));
  if (word == "zh") return Language::zh_cn;
  if (word == "en" || word == "C" || word == "POSIX") return Language::en;
  return std::nullopt;
}

// C and POSIX ask for no translation at all, whatever LANGUAGE says (GNU gettext manual, "The LANGUAGE
// variable").
Language language_of_environment(const std::function<std::string(const char*)>& variable) {
  const std::string locale = locale_of(variable);
  if (locale == "C" || locale == "POSIX") return Language::en;
  if (const auto language = first_known(variable("LANGUAGE"))) return *language;
  return parse_language(locale).value_or(Language::en);
}

bool use_language(Language language, const std::string& locale_folder) {
  current() = Catalogue();
  if (language == Language::en) return true;
  const std::string path = locale_folder + '/' + std::string(to_code(language)) + "/LC_MESSAGES/rchat.mo";
  const auto bytes = file::read(path, kCatalogueBytesMax);
  auto catalogue = bytes ? Catalogue::parse(*bytes) : std::nullopt;
  if (!catalogue) return false;
  current() = *std::move(catalogue);
  return true;
}

std::string tr(std::string_view text, std::initializer_list<std::string_view> arguments) {
  return fill(current().find(text).value_or(text), arguments);
}

std::string tr_n(std::string_view one, std::string_view many, std::uint64_t n) {
  return fill(current().find(one, n).value_or(n == 1 ? one : many), {std::to_string(n)});
}

std::string fill(std::string_view text, std::initializer_list<std::string_view> arguments) {
  std::string filled;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool marked = text[i] == '{' && i + 2 < text.size() && text[i + 2] == '}';
    const std::size_t number = marked ? static_cast<std::size_t>(text[i + 1]) - '0' : 0;
    if (number < 1 || number > arguments.size()) {
      filled += text[i];
      continue;
    }
    filled += arguments.begin()[number - 1];
    i += 2;
  }
  return filled;
}

}  // namespace client
