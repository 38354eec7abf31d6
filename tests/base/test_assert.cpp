#include "base/assert.hpp"

#include <sys/wait.h>
#include <unistd.h>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "support/cmocka.hpp"

namespace {

struct Death {
  int signal = 0;
  int exit_code = 0;
  char words[256] = {};
};

/// Runs the body in a child whose standard error is a pipe.
template <class Body>
Death die_of(Body body) {
  int ends[2];
  assert_int_equal(pipe(ends), 0);
  const pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    dup2(ends[1], STDERR_FILENO);
    signal(SIGABRT, SIG_DFL);
    body();
    _exit(0);
  }
  close(ends[1]);
  Death death;
  const ssize_t got = read(ends[0], death.words, sizeof death.words - 1);
  assert_true(got >= 0);
  close(ends[0]);
  int status = 0;
  assert_int_equal(waitpid(child, &status, 0), child);
  death.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  death.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
  return death;
}

void a_broken_assertion_ends_the_program_and_says_what_and_where(void**) {
  const Death death = die_of([] { RUDP_ASSERT(1 + 1 == 3); });
  assert_int_equal(death.signal, SIGABRT);
  assert_non_null(std::strstr(death.words, "1 + 1 == 3"));
  assert_non_null(std::strstr(death.words, "test_assert.cpp:"));
}

void a_kept_assertion_is_evaluated_once_and_silent(void**) {
  const Death death = die_of([] {
    int evaluated = 0;
    RUDP_ASSERT(++evaluated > 0);
    if (evaluated != 1) _exit(1);
  });
  assert_int_equal(death.signal, 0);
  assert_int_equal(death.exit_code, 0);
  assert_string_equal(death.words, "");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_broken_assertion_ends_the_program_and_says_what_and_where),
      cmocka_unit_test(a_kept_assertion_is_evaluated_once_and_silent),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
