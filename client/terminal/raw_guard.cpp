#include "client/terminal/raw_guard.hpp"

#include <signal.h>
#include <unistd.h>
#include <uv.h>

#include <array>
#include <cstddef>

#include "client/terminal/standard_output.hpp"

namespace client {
namespace {

// Bracketed paste: what is pasted comes between marks (xterm, VTE, tmux, the console ignores it).
constexpr std::string_view kPastesMarked = "\x1b[?2004h";
constexpr char kPastesPlain[] = "\x1b[?2004l";

constexpr std::array<int, 5> kCrashes = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL};
std::array<struct sigaction, kCrashes.size()> former_actions;

// Only what is async-signal-safe: write, tcsetattr in uv_tty_reset_mode, sigaction, raise.
void restore_and_crash(int number) {
  uv_tty_reset_mode();
  (void)!::write(STDOUT_FILENO, kPastesPlain, sizeof kPastesPlain - 1);
  for (std::size_t i = 0; i < kCrashes.size(); ++i) ::sigaction(kCrashes[i], &former_actions[i], nullptr);
  ::raise(number);
}

void catch_crashes() {
  struct sigaction action {};
  action.sa_handler = restore_and_crash;
  sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < kCrashes.size(); ++i) ::sigaction(kCrashes[i], &action, &former_actions[i]);
}

void leave_crashes_alone() {
  for (std::size_t i = 0; i < kCrashes.size(); ++i) ::sigaction(kCrashes[i], &former_actions[i], nullptr);
}

}  // namespace

RawGuard::RawGuard(StandardInput& input) : input_(input) {
  catch_crashes();
  take();
}

RawGuard::~RawGuard() {
  release();
  leave_crashes_alone();
}

void RawGuard::take() {
  input_.set_raw(true);
  write_all(Stream::output, kPastesMarked);
}

void RawGuard::release() {
  write_all(Stream::output, kPastesPlain);
  input_.set_raw(false);
}

}  // namespace client
