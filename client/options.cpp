#include "client/options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string_view>

namespace client {
namespace {

constexpr std::string_view kHostDefault = "127.0.0.1";
constexpr int kPortDefault = 8000;
constexpr int kPortMax = 65'535;
constexpr int kTimeoutSecondsMax = 86'400;
constexpr std::size_t kDigitsMax = 9;  // of a number that an int surely holds

/// What CLI11 writes into, before it is checked.
struct Words {
  std::string host{kHostDefault};
  int port = kPortDefault;
  std::string language;
  std::string known_hosts;
  std::string data;
  std::string forget;
  int timeout_s = 30;
};

std::string home_path(const Variable& environment, const char* variable, const std::string& in_home) {
  std::string base = environment(variable);
  // A relative path there is to be ignored (XDG base directory specification).
  if (base.empty() || base.front() != '/') base = environment("HOME") + in_home;
  return base + "/rchat";
}

std::string footer() {
  return tr("Exit codes:") + "\n" +                                                              //
         tr("  0  done") + "\n" +                                                                //
         tr("  1  something that was asked could not be done") + "\n" +                          //
         tr("  2  wrong options") + "\n" +                                                       //
         tr("  3  the server does not answer") + "\n" +                                          //
         tr("  4  the server's key has changed") + "\n" +                                        //
         tr("  5  login or registration was refused") + "\n" +                                   //
         tr("  6  the account logged in elsewhere") + "\n" +                                     //
         tr("  7  messages were not acknowledged; they are kept and sent next time") + "\n\n" +  //
         tr("Without a terminal, rchat reads the same words line by line from standard\n"
            "input, and ends when all that was said is acknowledged.");
}

void name_parts(CLI::App& app) {
  app.get_formatter()->label("Usage", tr("Usage"));
  app.get_formatter()->label("OPTIONS", tr("options"));
  app.get_formatter()->label("Positionals", tr("Server"));
  app.option_defaults()->group(tr("Options"));
}

bool is_number(std::string_view text, int least, int most) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.empty() || text.size() > kDigitsMax || !std::all_of(text.begin(), text.end(), is_digit))
    return false;
  // CLI11 would take what begins with 0 for an octal number.
  const int number = std::stoi(std::string(text));
  return text.front() != '0' && number >= least && number <= most;
}

/// Of our own, for the one of CLI11 speaks English only.
auto number_between(int least, int most) {
  return [least, most](const std::string& text) {
    return is_number(text, least, most)
               ? std::string()
               : tr("{1} is no number from {2} to {3}", {text, std::to_string(least), std::to_string(most)});
  };
}

void declare(CLI::App& app, Words& words) {
  name_parts(app);
  app.add_option("HOST", words.host,
                 tr("a name, an address, or rudp://HOST:PORT/#KEY (default: {1})", {kHostDefault}))
      ->type_name(" ");
  app.add_option("PORT", words.port, tr("its UDP port (default: {1})", {std::to_string(kPortDefault)}))
      ->type_name(" ")
      ->check(number_between(1, kPortMax));
  app.add_option("--lang", words.language, tr("zh_CN or en (default: as your locale says)"))
      ->type_name("LANG")
      ->check([](const std::string& text) {
        return parse_language(text) ? std::string() : tr("{1} is neither zh_CN nor en", {text});
      });
  app.add_option("--known-hosts", words.known_hosts,
                 tr("the keys of known servers (default: {1})", {words.known_hosts}))
      ->type_name("FILE");
  app.add_option("--data", words.data, tr("messages that wait to be sent (default: {1})", {words.data}))
      ->type_name("DIR");
  app.add_option("--forget", words.forget, tr("forget the key of this server, and end"))
      ->type_name("HOST[:PORT]");
  app.add_option("--timeout", words.timeout_s,
                 tr("how long to wait for an answer, without a terminal (default: {1})",
                    {std::to_string(words.timeout_s)}))
      ->type_name("SECONDS")
      ->check(number_between(1, kTimeoutSecondsMax));
  app.set_help_flag("-h,--help", tr("show this text, and end"));
  app.set_version_flag("--version", version_line(), tr("show the version, and end"));
  app.footer(footer());
}

rudp::Result<rudp::Url, rudp::Failure> server_of(const Words& words) {
  if (words.host.rfind("rudp://", 0) == 0) return rudp::Url::parse(words.host);
  const bool bare_ipv6 = words.host.find(':') != std::string::npos && words.host.front() != '[';
  const std::string host = bare_ipv6 ? '[' + words.host + ']' : words.host;
  return rudp::Url::parse("rudp://" + host + ':' + std::to_string(words.port));
}

/// What of an address cannot be read, by the word of Url::parse.
std::string part_name(const std::string& part) {
  if (part == "port") return tr("port");
  return part == "key" ? tr("key") : tr("host");
}

std::variant<Options, Leave> checked(const Words& words) {
  const auto server = server_of(words);
  if (!server) {
    return Leave{ExitCode::usage, tr("{1} is no server address ({2}). Example: rchat chat.example.org 8000",
                                     {words.host, part_name(server.error().what)}) +
                                      "\n"};
  }
  Options options;
  options.server = *server;
  options.language = parse_language(words.language).value_or(Language::en);
  options.known_hosts = words.known_hosts;
  options.data = words.data;
  if (!words.forget.empty()) options.forget = words.forget;
  options.timeout = std::chrono::seconds(words.timeout_s);
  return options;
}

/// In our words where a person may meet it.
std::string complaint(const CLI::App& app, const CLI::ParseError& error) {
  const std::string what = error.what();
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
    std::string words;
    for (const std::string& word : app.remaining()) words += (words.empty() ? "" : " ") + word;
    return tr("Not understood: {1}", {words});
  }
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) {
    return tr("{1} takes one value.", {what.substr(0, what.find(':'))});
  }
  return what;
}

std::string quoted(const std::string& word) {
  if (!word.empty() && word.find_first_of(" \t\n'\"\\$`*?[]{}()<>|&;!#~") == word.npos) return word;
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + '\'';
}

Leave left_by(const CLI::App& app, const CLI::ParseError& error) {
  if (dynamic_cast<const CLI::CallForHelp*>(&error) != nullptr) return {ExitCode::done, app.help()};
  if (dynamic_cast<const CLI::CallForVersion*>(&error) != nullptr) {
    return {ExitCode::done, version_line() + "\n"};
  }
  return {ExitCode::usage, complaint(app, error) + "\n" + tr("rchat --help shows the options.") + "\n"};
}

}  // namespace

std::string forget_command(const Options& options, const std::string& host) {
  const std::string command = quoted(options.program) + " --forget " + quoted(host);
  return options.known_hosts_given ? command + " --known-hosts " + quoted(options.known_hosts) : command;
}

std::string version_line() { return "rchat " RCHAT_VERSION; }

Language language_of(int argc, const char* const* argv, const Variable& environment) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--lang" && i + 1 < argc) {
      if (const auto language = parse_language(argv[i + 1])) return *language;
    }
    if (word.substr(0, 7) == "--lang=") {
      if (const auto language = parse_language(word.substr(7))) return *language;
    }
  }
  return language_of_environment(environment);
}

std::variant<Options, Leave> parse_options(int argc, const char* const* argv, const Variable& environment) {
  Words words;
  words.language = to_code(language_of(argc, argv, environment));
  words.known_hosts = home_path(environment, "XDG_CONFIG_HOME", "/.config") + "/known_hosts";
  words.data = home_path(environment, "XDG_DATA_HOME", "/.local/share");
  CLI::App app(tr("Chat over encrypted UDP."), "rchat");
  declare(app, words);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return left_by(app, error);
  }
  auto parsed = checked(words);
  if (auto* options = std::get_if<Options>(&parsed)) {
    options->program = argv[0];
    options->known_hosts_given = app.count("--known-hosts") > 0;
  }
  return parsed;
}

}  // namespace client
