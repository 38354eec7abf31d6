// A program started for one test: what it says, how it ends. It never outlives the test.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

namespace live {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

inline std::string program(const std::string& name) { return std::string(PROGRAM_FOLDER "/") + name; }

class Process {
 public:
  /// `prepare` runs in the new process before the program does.
  explicit Process(std::vector<std::string> command, const std::function<void()>& prepare = {}) {
    int out[2], err[2];
    if (pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0) std::abort();
    pid_ = fork();
    if (pid_ == 0 && prepare) prepare();
    if (pid_ == 0) become(command, out[1], err[1]);
    close(out[1]);
    close(err[1]);
    out_ = {out[0], {}};
    err_ = {err[0], {}};
  }
  ~Process() {
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    close(out_.descriptor);
    close(err_.descriptor);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  const std::string& out() const { return out_.text; }
  const std::string& err() const { return err_.text; }
  pid_t pid() const { return pid_; }
  void signal(int number) { kill(pid_, number); }

  /// Reads what it says until `enough` holds; false: it did not within `limit`, or it ended before.
  bool read_until(const std::function<bool()>& enough, milliseconds limit = seconds(180)) {
    const auto end = Clock::now() + limit;
    while (!enough()) {
      if (Clock::now() >= end || !read_some()) return enough();
    }
    return true;
  }

  /// Its exit code; 128 + N where signal N ended it; -1: it did not end within `limit`.
  int wait(milliseconds limit = seconds(180)) {
    const auto end = Clock::now() + limit;
    int status = 0;
    while (waitpid(pid_, &status, WNOHANG) == 0) {
      if (Clock::now() >= end) return -1;
      read_some();
    }
    while (read_some()) {
    }
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  struct Output {
    int descriptor = -1;
    std::string text;
    bool is_open = true;
  };

  [[noreturn]] static void become(const std::vector<std::string>& command, int out, int err) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(open("/dev/null", O_RDONLY), 0);
    dup2(out, 1);
    dup2(err, 2);
    std::vector<char*> arguments;
    for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
    arguments.push_back(nullptr);
    execv(arguments[0], arguments.data());
    _exit(127);
  }

  /// Waits a little for output. False: both ends are closed.
  bool read_some() {
    pollfd waits[2] = {{out_.is_open ? out_.descriptor : -1, POLLIN, 0},
                       {err_.is_open ? err_.descriptor : -1, POLLIN, 0}};
    poll(waits, 2, 20);
    if (waits[0].revents != 0) take(out_);
    if (waits[1].revents != 0) take(err_);
    return out_.is_open || err_.is_open;
  }

  static void take(Output& output) {
    char bytes[4096];
    const ssize_t count = ::read(output.descriptor, bytes, sizeof bytes);
    if (count <= 0) output.is_open = false;
    if (count > 0) output.text.append(bytes, static_cast<std::size_t>(count));
  }

  pid_t pid_ = -1;
  Output out_, err_;
};

struct Ended {
  int code = -1;
  std::string out, err;
};

/// Runs a program to its end.
inline Ended run(std::vector<std::string> command, milliseconds limit = seconds(180)) {
  Process process(std::move(command));
  const int code = process.wait(limit);
  return {code, process.out(), process.err()};
}

}  // namespace live
