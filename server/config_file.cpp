#include "server/config_file.hpp"

#include <toml++/toml.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <system_error>

#include "server/settings.hpp"

namespace server {
namespace {

constexpr std::size_t kFileBytesMax = 1 << 20;  // some hundred times the file with every key

std::string position(const std::string& file, const toml::source_region& source) {
  return file + ":" + std::to_string(source.begin.line) + ":" + std::to_string(source.begin.column) + ": ";
}

// The first problem ends the reading: later ones may only follow from it.
class Reader {
 public:
  Reader(std::string file, Config& config) : file_(std::move(file)), config_(config) {}

  /// What is wrong, or nothing.
  std::string read(const toml::table& table, const std::string& prefix) {
    for (const auto& [key, node] : table) {
      const std::string name = prefix + std::string(key.str());
      std::string problem = read_entry(name, key, node);
      if (!problem.empty()) return problem;
    }
    return {};
  }

 private:
  std::string read_entry(const std::string& name, const toml::key& key, const toml::node& node) {
    if (const Setting* const setting = find_setting(name)) return read_value(*setting, node);
    if (!is_table_of_settings(name)) return position(file_, key.source()) + unknown(name);
    if (!node.is_table()) return position(file_, node.source()) + name + " must be a table";
    return read(*node.as_table(), name + ".");
  }

  std::string read_value(const Setting& setting, const toml::node& node) {
    const std::string problem = set_value(setting, node);
    if (problem.empty()) return {};
    return position(file_, node.source()) + std::string(setting.name) + " " + problem;
  }

  std::string set_value(const Setting& setting, const toml::node& node) {
    if (const auto* const number = node.as_integer()) return set_integer(config_, setting, number->get());
    if (const auto* const text = node.as_string()) return set_text(config_, setting, text->get());
    if (const auto* const array = node.as_array()) return set_array(setting, *array);
    if (std::holds_alternative<IntegerSetting>(setting.kind)) return "must be a whole number";
    return std::holds_alternative<TextSetting>(setting.kind) ? "must be a text" : "must be a list of texts";
  }

  std::string set_array(const Setting& setting, const toml::array& array) {
    if (!std::holds_alternative<ListSetting>(setting.kind)) return set_list(config_, setting, {});
    std::vector<std::string> texts;
    for (const toml::node& element : array) {
      const auto* const text = element.as_string();
      if (!text) return "must be a list of texts";
      texts.push_back(text->get());
    }
    return set_list(config_, setting, texts);
  }

  static bool is_table_of_settings(const std::string& name) {
    for (const Setting& setting : settings())
      if (setting.name.compare(0, name.size() + 1, name + ".") == 0) return true;
    return false;
  }

  static std::string unknown(const std::string& name) {
    const Setting* const nearest = nearest_setting(name);
    const std::string hint = nearest ? "; did you mean " + std::string(nearest->name) + "?" : "";
    return "unknown key " + name + hint;
  }

  std::string file_;
  Config& config_;
};

// TOML takes no control character in a text as it is.
std::string escaped(char control) {
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), "\\u%04X",
                static_cast<unsigned>(static_cast<unsigned char>(control)));
  return text.data();
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? escaped(c) : std::string(1, c);
  }
  return out + '"';
}

std::string value_text(const Setting& setting, const Config& config) {
  if (const auto* const number = std::get_if<IntegerSetting>(&setting.kind))
    return std::to_string(number->get(config));
  if (const auto* const text = std::get_if<TextSetting>(&setting.kind)) return quoted(text->get(config));
  std::string list;
  for (const std::string& entry : std::get<ListSetting>(setting.kind).get(config))
    list += (list.empty() ? "" : ", ") + quoted(entry);
  return "[" + list + "]";
}

std::string commented(std::string_view text) {
  std::string out;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    out += "# " + std::string(text.substr(begin, end - begin)) + "\n";
    begin = end + 1;
  }
  return out;
}

}  // namespace

rudp::Result<Config, std::string> parse_config(std::string_view text, const std::string& file_name,
                                               Config start) {
  try {
    const toml::table table = toml::parse(text, file_name);
    std::string problem = Reader(file_name, start).read(table, "");
    if (!problem.empty()) return problem;
  } catch (const toml::parse_error& error) {
    return position(file_name, error.source()) + std::string(error.description());
  }
  std::string problem = problem_of(start);
  if (!problem.empty()) return file_name + ": " + problem;
  return start;
}

rudp::Result<Config, std::string> load_config(const std::string& path, Config start) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kFileBytesMax + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  // A folder opens, too, and fails only when it is read.
  if (!file.is_open() || file.bad())
    return path + ": cannot be read: " + std::generic_category().message(errno);
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kFileBytesMax) return path + ": is longer than a configuration can be";
  return parse_config(text, path, std::move(start));
}

std::string print_config(const Config& config) {
  std::string out = "# Configuration of rchatd: every key with its default.\n";
  std::string_view table;
  for (const Setting& setting : settings()) {
    const std::size_t dot = setting.name.rfind('.');
    const std::string_view own_table = dot == std::string_view::npos ? "" : setting.name.substr(0, dot);
    const std::string comment = commented(setting.comment);
    if (!comment.empty() || own_table != table) out += "\n";
    if (own_table != table) out += "[" + std::string(own_table) + "]\n";
    table = own_table;
    out += comment;
    out += std::string(setting.name.substr(dot == std::string_view::npos ? 0 : dot + 1)) + " = " +
           value_text(setting, config) + "\n";
  }
  return out;
}

}  // namespace server
