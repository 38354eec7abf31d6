#include "tidy/words.hpp"

#include <algorithm>
#include <cctype>
#include <functional>
#include <set>

namespace tidy {
namespace {

// The protocol core: floors 0 to 5.
const std::vector<std::string_view> kCore = {
    "rudp/include/rudp/", "rudp/base/",       "rudp/wire/",     "rudp/crypto/", "rudp/ack/",
    "rudp/recovery/",     "rudp/congestion/", "rudp/transfer/", "rudp/path/",   "rudp/stream/",
    "rudp/message/",      "rudp/connection/", "rudp/endpoint/"};
// Runs on virtual time, from one seed.
const std::vector<std::string_view> kSimulator = {"rudp/sim/"};
const std::vector<std::string_view> kRudp = {"rudp/"};
const std::vector<std::string_view> kEverywhere = {""};

const std::string_view kUvDoor = "rudp/include/rudp/uv_endpoint.hpp";

// Tests, fuzz targets and benchmarks look at a room from outside, with the tools that it takes.
const std::vector<std::string_view> kWorkshop = {"tests/", "fuzz/", "bench/"};

std::vector<std::string_view> joined(std::vector<std::string_view> a,
                                     const std::vector<std::string_view>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/// A header, or a family of them by its beginning, and the only places for it.
struct ForeignHeader {
  std::string_view beginning;
  std::vector<std::string_view> places;
};

const std::vector<ForeignHeader>& foreign_headers() {
  // System calls live in the socket room and in the client's terminal code alone:
  // to run on another system is to port these two.
  static const std::vector<std::string_view> system_places = {"rudp/uv/", "client/terminal", "tests/",
                                                              "bench/"};
  static const std::vector<ForeignHeader> headers = {
      {"sodium", {"rudp/crypto/", "chat/passwords.", "tests/crypto/", "tests/chat/test_passwords.", "fuzz/"}},
      {"uv.h", {"rudp/uv/", kUvDoor, "server/", "client/", "examples/", "tests/", "bench/"}},
      {"sqlite3.h", {"chat/storage/", "tests/chat/", "tests/live/"}},
      {"mysql", {"chat/storage/mariadb_", "tests/support/mariadb_", "tests/chat/"}},
      {"errmsg.h", {"chat/storage/mariadb_"}},
      {"sys/", system_places},
      {"netinet/", system_places},
      {"arpa/", system_places},
      {"linux/", system_places},
      {"unistd.h", system_places},
      {"fcntl.h", system_places},
      {"poll.h", system_places},
      {"netdb.h", system_places},
      {"termios.h", system_places},
      {"signal.h", system_places},
      {"csignal", system_places},
      {"pwd.h", system_places},
      {"net/", system_places},
      {"pthread.h", system_places},
      {"windows.h", system_places},
  };
  return headers;
}

/// Tokens, and where they may not stand.
struct BannedWord {
  std::set<std::string_view> words;
  std::vector<std::string_view> folders;  ///< where it is refused
  std::vector<std::string_view> except;   ///< but not here
  std::string_view reason;
};

const std::vector<BannedWord>& banned_words() {
  static const std::vector<std::string_view> pure = joined(kCore, kSimulator);
  static const std::vector<std::string_view> integer_rooms = {
      "rudp/ack/", "rudp/recovery/", "rudp/congestion/", "rudp/path/", "rudp/connection/", "rudp/sim/"};
  static const std::vector<BannedWord> words = {
      {{"steady_clock", "system_clock", "high_resolution_clock", "utc_clock", "gettimeofday", "clock_gettime",
        "timespec_get", "localtime", "gmtime", "sleep_for", "sleep_until", "this_thread", "uv_now",
        "uv_hrtime"},
       pure,
       {},
       "a clock; time comes in as an argument"},
      {{"rand", "srand", "rand_r", "drand48", "random_device", "mt19937", "mt19937_64", "minstd_rand",
        "default_random_engine", "getrandom", "arc4random", "getentropy"},
       pure,
       {},
       "randomness of its own; Random& comes in as an argument"},
      {{"randombytes_buf", "randombytes_random", "randombytes_uniform"},
       kRudp,
       {"rudp/crypto/sodium_random."},
       "randomness of its own; Random& comes in as an argument"},
      {{"system_random"},
       pure,
       {"rudp/include/rudp/random.hpp", kUvDoor, "rudp/crypto/sodium_random."},
       "randomness of its own; Random& comes in as an argument"},
      {{"throw"}, pure, {}, "the core throws nothing and returns Result"},
      {{"assert"}, kRudp, {}, "RUDP_ASSERT, which stays in release builds"},
      {{"double", "float"}, integer_rooms, {}, "integers, so that traces are equal everywhere"},
      {{"memcmp", "strcmp", "strncmp"},
       {"rudp/crypto/", "rudp/path/", "rudp/connection/", "rudp/endpoint/"},
       {},
       "time that tells where a secret differs; compare in constant time"},
      {{"thread", "mutex", "atomic"},
       joined(kCore, kSimulator),
       {"rudp/crypto/"},
       "threads; an endpoint lives on one"},
  };
  return words;
}

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

void for_each_word(const std::string& line, const std::function<void(std::string_view, std::size_t)>& visit) {
  for (std::size_t begin = 0; begin < line.size();) {
    std::size_t end = begin;
    while (end < line.size() && is_word(line[end])) ++end;
    if (end > begin) visit(std::string_view(line).substr(begin, end - begin), end);
    begin = end + 1;
  }
}

bool is_standard_header(std::string_view name) {
  return name.find_first_of("./") == std::string_view::npos || starts_with(name, "rudp/");
}

// time(nullptr), time(0), time(&now): a call to the C library, which a member named time is not.
bool asks_c_for_the_time(std::string_view rest) {
  const std::size_t open = rest.find_first_not_of(' ');
  if (open == std::string_view::npos || rest[open] != '(') return false;
  const std::string_view argument = rest.substr(open + 1);
  return starts_with(argument, "nullptr") || starts_with(argument, "NULL") || starts_with(argument, "0)") ||
         starts_with(argument, "&");
}

// Only a failed allocation may unwind.
bool is_allowed_use(std::string_view word, std::string_view rest) {
  return word == "throw" && starts_with(rest, " std::bad_alloc()");
}

void check_line(const SourceFile& file, std::size_t index, Findings& findings) {
  const std::string& line = file.code[index];
  for_each_word(line, [&](std::string_view word, std::size_t end) {
    if (word == "time" && lies_in(file.path, joined(kCore, kSimulator)) &&
        asks_c_for_the_time(std::string_view(line).substr(end))) {
      findings.push_back({file.path, index + 1, "a clock; time comes in as an argument: time"});
    }
    for (const BannedWord& ban : banned_words()) {
      if (is_allowed_use(word, std::string_view(line).substr(end)) || ban.words.count(word) == 0 ||
          !lies_in(file.path, ban.folders) || lies_in(file.path, ban.except))
        continue;
      findings.push_back({file.path, index + 1, std::string(ban.reason) + ": " + std::string(word)});
    }
  });
}

}  // namespace

Findings check_foreign_headers(const Tree& tree) {
  Findings findings;
  for (const auto& [path, file] : tree) {
    for (const Include& include : includes_of(file)) {
      bool known = false;
      for (const ForeignHeader& header : foreign_headers()) {
        if (!starts_with(include.name, header.beginning)) continue;
        known = true;
        if (!lies_in(path, header.places))
          findings.push_back({path, include.line, "this header has another place: " + include.name});
      }
      const bool core = lies_in(path, joined(kCore, kSimulator)) && !starts_with(path, kUvDoor);
      if (core && !known && include.angle && !is_standard_header(include.name)) {
        findings.push_back({path, include.line, "the core knows the standard library only: " + include.name});
      }
    }
  }
  return findings;
}

Findings check_words(const Tree& tree) {
  Findings findings;
  for (const auto& [path, file] : tree) {
    for (std::size_t i = 0; i < file.code.size(); ++i) {
      if (!starts_with(file.code[i], "#include")) check_line(file, i, findings);
    }
  }
  return findings;
}

Findings check_leftovers(const Tree& tree) {
  // Written in halves, so that this file does not find itself.
  static const std::set<std::string> marks = {
      "TO"
      "DO",
      "FIX"
      "ME",
      "XX"
      "X",
      "HA"
      "CK"};
  Findings findings;
  for (const auto& [path, file] : tree) {
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      for_each_word(file.lines[i], [&, &path = path](std::string_view word, std::size_t) {
        if (marks.count(std::string(word)) != 0)
          findings.push_back({path, i + 1, "unfinished: " + std::string(word)});
      });
    }
  }
  return findings;
}

}  // namespace tidy
