#include "server/migrate.hpp"

#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <rudp/process.hpp>

#include "chat/storage/mariadb_rows.hpp"
#include "chat/storage/sqlite_rows.hpp"
#include "server/database_url.hpp"
#include "server/options.hpp"

namespace server {
namespace {

using rudp::Result;
using Rows = std::unique_ptr<chat::RowStore>;

constexpr const char* kAbout =
    "rchatd migrate: copies a chat from one database into another, new one, and compares every row.\n\n"
    "Stop the server that uses the first database. A copy that was interrupted goes on where it was when "
    "the\n"
    "same command is given again. The first database is left as it is.";
// Counting a large table takes its time, and nobody waits for an answer here.
constexpr std::chrono::seconds kCallLimit{600};

/// A side of the move, and the locks by which a running server is noticed.
struct Side {
  std::vector<rudp::uv::FileLock> locks;
  Rows rows;
};

// A server holds the lock of its data folder, or one beside a database elsewhere.
Result<void, std::string> keep_servers_out(Side& side, const std::string& file) {
  namespace fs = std::filesystem;
  const std::string folder_lock = (fs::path(file).parent_path() / "rchatd.lock").string();
  for (const std::string& path : {folder_lock, file + ".lock"}) {
    if (!fs::exists(path)) continue;
    auto lock = rudp::uv::FileLock::acquire(path);
    if (!lock) return "a running rchatd uses the database " + file + "; stop it first (rchatctl stop)";
    side.locks.push_back(*std::move(lock));
  }
  return {};
}

Result<Side, std::string> open_sqlite(const std::string& path, bool is_source) {
  Side side;
  const std::string file = std::filesystem::absolute(path).string();
  if (auto free = keep_servers_out(side, file); !free) return free.error();
  auto rows = is_source ? chat::open_sqlite_source(file) : chat::open_sqlite_target(file);
  if (!rows) return "cannot use the " + rows.error().what;
  side.rows = *std::move(rows);
  return side;
}

Result<Side, std::string> open_mariadb(const MariadbDatabase& database, bool is_source) {
  auto options = with_password(database);
  if (!options) return options.error();
  options->call_limit = kCallLimit;
  auto rows = is_source ? chat::open_mariadb_source(*options) : chat::open_mariadb_target(*options);
  if (!rows) return "cannot use the " + rows.error().what;
  Side side;
  side.rows = *std::move(rows);
  return side;
}

Result<Side, std::string> open_side(const DatabaseUrl& url, bool is_source) {
  const auto* const sqlite = std::get_if<SqliteDatabase>(&url);
  return sqlite != nullptr ? open_sqlite(sqlite->path, is_source)
                           : open_mariadb(std::get<MariadbDatabase>(url), is_source);
}

/// A line now and then, and one for the end of each table.
class ProgressLines {
 public:
  bool show(const chat::CopyProgress& at) {
    using Clock = std::chrono::steady_clock;
    const bool is_end = at.done >= at.all;
    if (!is_end && Clock::now() < next_) return true;
    next_ = Clock::now() + std::chrono::milliseconds(500);
    std::fprintf(stderr, "%s %.*s: %llu of %llu\n", at.comparing ? "comparing" : "copying",
                 static_cast<int>(at.table.size()), at.table.data(), static_cast<unsigned long long>(at.done),
                 static_cast<unsigned long long>(at.all));
    return true;
  }

 private:
  std::chrono::steady_clock::time_point next_{};
};

int fail(int code, const std::string& sentence) {
  std::fprintf(stderr, "rchatd migrate: %s\n", sentence.c_str());
  return code;
}

int copy(Side& source, Side& target) {
  ProgressLines lines;
  const auto copied = chat::copy_rows(*source.rows, *target.rows,
                                      [&lines](const chat::CopyProgress& at) { return lines.show(at); });
  if (!copied) return fail(kExitFailed, copied.error().what);
  for (const chat::CopiedTable& table : *copied) {
    std::printf("%-14.*s %12llu rows, equal on both sides, hash %016llx\n",
                static_cast<int>(table.table.size()), table.table.data(),
                static_cast<unsigned long long>(table.rows), static_cast<unsigned long long>(table.hash));
  }
  std::printf("done: the new database may be used\n");
  return kExitOk;
}

int migrate(const std::string& from, const std::string& to) {
  const auto source_url = parse_database_url(from);
  if (!source_url) return fail(kExitUsage, "--from " + source_url.error());
  const auto target_url = parse_database_url(to);
  if (!target_url) return fail(kExitUsage, "--to " + target_url.error());
  auto source = open_side(*source_url, true);
  if (!source) return fail(kExitFailed, source.error());
  auto target = open_side(*target_url, false);
  if (!target) return fail(kExitFailed, target.error());
  return copy(*source, *target);
}

}  // namespace

int run_migrate(int argc, const char* const* argv) {
  CLI::App app(kAbout, "rchatd migrate");
  std::string from, to;
  app.add_option("--from", from, "The database that is there, sqlite:PATH or mariadb://USER@HOST/NAME")
      ->required()
      ->option_text("URL");
  app.add_option("--to", to, "The database to be made: a new file, or an empty database on a server")
      ->required()
      ->option_text("URL");
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    std::fputs(app.help().c_str(), stdout);
    return kExitOk;
  } catch (const CLI::ParseError& error) {
    return fail(kExitUsage, std::string(error.what()) + "; see rchatd migrate --help");
  }
  return migrate(from, to);
}

}  // namespace server
