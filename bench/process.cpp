#include "bench/process.hpp"

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <utility>

#include "bench/peers/peer.hpp"

namespace bench {
namespace {

constexpr int kPatienceMs = 2000;

Duration to_duration(const timespec& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

void give_up(const std::string& what) {
  std::fprintf(stderr, "bench: %s\n", what.c_str());
  std::_Exit(1);
}

void give_up_errno(const std::string& what) { give_up(what + ": " + std::strerror(errno)); }

Process::Process(const std::function<void()>& work) {
  std::fflush(nullptr);
  const pid_t parent = getpid();
  id_ = fork();
  if (id_ < 0) give_up_errno("fork");
  if (id_ > 0) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) std::_Exit(1);
  work();
  std::fflush(nullptr);
  std::_Exit(0);
}

Process::~Process() {
  for (int waited = 0; waited < kPatienceMs && is_running(); ++waited) sleep_for(1ms);
  end();
}

void Process::end() {
  if (std::exchange(ended_, true)) return;
  kill(id_, SIGKILL);
  waitpid(id_, nullptr, 0);
}

Duration Process::cpu_time() const {
  clockid_t clock{};
  timespec time{};
  if (clock_getcpuclockid(id_, &clock) != 0 || clock_gettime(clock, &time) != 0) return Duration::zero();
  return to_duration(time);
}

bool Process::is_running() {
  if (!ended_) ended_ = waitpid(id_, nullptr, WNOHANG) != 0;
  return !ended_;
}

void Process::wait() {
  if (!ended_) waitpid(id_, nullptr, 0);
  ended_ = true;
}

void sleep_for(Duration length) {
  const timespec time{length / 1s, (length % 1s).count()};
  nanosleep(&time, nullptr);
}

Duration wall_clock() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return to_duration(time);
}

void pin_to(Core core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  const long cores = sysconf(_SC_NPROCESSORS_ONLN);
  CPU_SET(core == Core::first ? 0 : static_cast<std::size_t>(cores - 1), &set);
  sched_setaffinity(0, sizeof set, &set);
}

}  // namespace bench
