// A real MariaDB server of the test's own: its folder is temporary, it listens on one
// private socket file and on no network, and it ends with the test, however that ends.
#pragma once

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <mysql.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

class MariadbServer {
 public:
  /// `options` go to every start: "--innodb-flush-log-at-trx-commit=2".
  explicit MariadbServer(std::vector<std::string> options = {}) : options_(std::move(options)) {
    if (find("mariadbd").empty() || find("mariadb-install-db").empty()) {
      problem_ = "mariadbd is not installed (mariadb-server-core, mariadb-client-core)";
      return;
    }
    is_installed_ = true;
    char pattern[] = "/tmp/rudp-mariadb-XXXXXX";  // short: a socket's path has at most 107 bytes
    const char* made = mkdtemp(pattern);
    if (made == nullptr) {
      problem_ = "no temporary folder can be made";
      return;
    }
    folder_ = made;
    // Servers that share the system's folder remove each other's temporary tables when they start.
    std::error_code ignored;
    std::filesystem::create_directory(folder_ + "/t", ignored);
    if (!install()) {
      problem_ = "mariadb-install-db failed";
    } else if (!start()) {
      problem_ = "mariadbd does not start";
    }
  }
  ~MariadbServer() {
    kill_now();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  MariadbServer(const MariadbServer&) = delete;
  MariadbServer& operator=(const MariadbServer&) = delete;

  /// Why there is no server; empty: it runs.
  const std::string& problem() const { return problem_; }
  /// Where it is not, there is nothing to test; where it is and does not start, something is wrong.
  bool is_installed() const { return is_installed_; }
  std::string socket() const { return folder_ + "/s"; }
  /// A path in its folder, gone with it.
  std::string file(const std::string& name) const { return folder_ + "/" + name; }

  /// Starts it (again), and waits until it answers. It ends with the thread that
  /// calls this: let that be the test's main thread.
  bool start() {
    std::vector<std::string> arguments{find("mariadbd"),
                                       "--no-defaults",
                                       "--datadir=" + folder_ + "/d",
                                       "--tmpdir=" + folder_ + "/t",
                                       "--socket=" + socket(),
                                       "--pid-file=" + folder_ + "/pid",
                                       "--skip-networking",
                                       "--skip-name-resolve",
                                       "--innodb-buffer-pool-size=32M",
                                       "--innodb-log-file-size=16M",
                                       "--performance-schema=OFF"};
    add_common(arguments);
    arguments.insert(arguments.end(), options_.begin(), options_.end());
    pid_ = spawn(arguments);
    return pid_ > 0 && wait_until_it_answers();
  }
  /// As a power cut would end it, apart from what the system still writes.
  void kill_now() { end_with(SIGKILL); }
  void stop() { end_with(SIGTERM); }
  /// It keeps its connections and does nothing.
  void pause() const { ::kill(pid_, SIGSTOP); }
  void resume() const { ::kill(pid_, SIGCONT); }
  bool is_running() const { return pid_ > 0; }

  void set_options(std::vector<std::string> options) { options_ = std::move(options); }

  /// As the server's root: runs it and answers the first column of the first row. On an error: "error NUMBER:
  /// ...".
  std::string sql(const std::string& text, const std::string& database = {}) const {
    MYSQL handle{};
    mysql_init(&handle);
    std::string answer;
    const char* const base = database.empty() ? nullptr : database.c_str();
    if (mysql_real_connect(&handle, nullptr, "root", "", base, 0, socket().c_str(), 0) == nullptr ||
        mysql_real_query(&handle, text.data(), text.size()) != 0) {
      answer = "error " + std::to_string(mysql_errno(&handle)) + ": " + mysql_error(&handle);
    } else if (MYSQL_RES* rows = mysql_store_result(&handle)) {
      MYSQL_ROW row = mysql_fetch_row(rows);
      if (row != nullptr && row[0] != nullptr) answer = row[0];
      mysql_free_result(rows);
    }
    mysql_close(&handle);
    return answer;
  }

  /// An empty database; one that had this name before is dropped. Answers as sql() does.
  std::string new_database(const std::string& name) const {
    const std::string dropped = sql("DROP DATABASE IF EXISTS " + name);
    return dropped.empty() ? sql("CREATE DATABASE " + name) : dropped;
  }

  /// The last lines that it wrote.
  std::string end_of_log(std::size_t lines) const {
    std::ifstream log(folder_ + "/log");
    std::deque<std::string> last;
    for (std::string line; std::getline(log, line);) {
      last.push_back(line + "\n");
      if (last.size() > lines) last.pop_front();
    }
    std::string text;
    for (const std::string& line : last) text += line;
    return text;
  }

 private:
  static std::string find(const std::string& program) {
    const char* path = std::getenv("PATH");
    std::string places = std::string(path == nullptr ? "" : path) + ":/usr/sbin:/usr/local/sbin:/usr/libexec";
    for (std::size_t begin = 0; begin < places.size();) {
      const std::size_t end = std::min(places.find(':', begin), places.size());
      const std::string file = places.substr(begin, end - begin) + "/" + program;
      if (access(file.c_str(), X_OK) == 0) return file;
      begin = end + 1;
    }
    return {};
  }

  // A killed process loses nothing that it gave to the system, so waiting for the disk would
  // only make a slow one fail tests. Each commit still waits for its log. And the server
  // refuses to run as root unless it is told to.
  static void add_common(std::vector<std::string>& arguments) {
    arguments.emplace_back("--innodb-flush-method=nosync");
    arguments.emplace_back("--debug-no-sync");
    if (geteuid() == 0) arguments.emplace_back("--user=root");
  }

  bool install() {
    std::vector<std::string> arguments{find("mariadb-install-db"),
                                       "--no-defaults",
                                       "--datadir=" + folder_ + "/d",
                                       "--tmpdir=" + folder_ + "/t",
                                       "--auth-root-authentication-method=normal",
                                       "--skip-test-db",
                                       "--skip-name-resolve",
                                       "--innodb-log-file-size=16M",
                                       "--innodb-buffer-pool-size=32M"};
    add_common(arguments);
    for (const std::string& option : options_) {
      if (option.rfind("--innodb-data-file-path", 0) == 0) arguments.push_back(option);
    }
    const pid_t pid = spawn(arguments);
    int status = -1;
    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
  }

  pid_t spawn(const std::vector<std::string>& arguments) const {
    const std::string log = folder_ + "/log";
    const pid_t parent = getpid();
    const pid_t pid = fork();
    if (pid != 0) return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(127);
    const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    dup2(out, 1);
    dup2(out, 2);
    std::vector<char*> argv;
    for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    execv(argv[0], argv.data());
    _exit(127);
  }

  bool wait_until_it_answers() {
    using namespace std::chrono_literals;
    const auto deadline = std::chrono::steady_clock::now() + 600s;
    while (std::chrono::steady_clock::now() < deadline) {
      if (sql("SELECT 1") == "1") return true;
      if (waitpid(pid_, nullptr, WNOHANG) == pid_) {
        pid_ = -1;
        return false;
      }
      std::this_thread::sleep_for(20ms);
    }
    return false;
  }

  void end_with(int signal) {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGCONT);
    ::kill(pid_, signal);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

  std::vector<std::string> options_;
  std::string folder_;
  std::string problem_;
  pid_t pid_ = -1;
  bool is_installed_ = false;
};

/// The one server of an executable.
inline std::unique_ptr<MariadbServer>& database_holder() {
  static std::unique_ptr<MariadbServer> one;
  return one;
}

inline MariadbServer& database() { return *database_holder(); }

/// Starts it. 0, or what main returns and why it was printed: 77, a skip, where none is
/// installed, and 1 where it does not start.
inline int start_server(std::vector<std::string> options = {}) {
  database_holder() = std::make_unique<MariadbServer>(std::move(options));
  if (database().problem().empty()) return 0;
  const bool is_skip = !database().is_installed();
  std::printf("%s%s: %s\n", database().end_of_log(30).c_str(), is_skip ? "SKIPPED" : "FAILED",
              database().problem().c_str());
  database_holder().reset();
  return is_skip ? 77 : 1;
}

inline void end_server() { database_holder().reset(); }

/// What main returns; a test that failed may have its reason in what the server wrote.
inline int end_server_after(int failed) {
  if (failed != 0 && database_holder())
    std::printf("the server's log:\n%s", database().end_of_log(15).c_str());
  end_server();
  return failed;
}
