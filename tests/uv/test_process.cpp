// One holder of a lock at a time, and no memory in core dumps.
#include <rudp/process.hpp>

#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <optional>
#include <string>

#include "support/folder.hpp"

#include "support/cmocka.hpp"

using namespace rudp;

namespace {

struct Folder : test::Folder {
  std::string lock() const { return *this / "lock"; }
};

// What another process finds: 0 it could take the lock, 1 it was held, 2 anything else.
int attempt_of_another_process(const std::string& path) {
  const pid_t child = fork();
  if (child == 0) {
    const auto lock = uv::FileLock::acquire(path);
    _exit(lock ? 0 : lock.error().code == Error::would_block ? 1 : 2);
  }
  int status = 0;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status));
  return WEXITSTATUS(status);
}

void a_lock_is_held_by_one_process_at_a_time(void**) {
  Folder folder;
  {
    const auto lock = uv::FileLock::acquire(folder.lock());
    assert_true(lock.has_value());
    assert_int_equal(attempt_of_another_process(folder.lock()), 1);
  }
  assert_int_equal(attempt_of_another_process(folder.lock()), 0);
}

void a_second_lock_of_the_same_process_is_refused_too(void**) {
  Folder folder;
  const auto lock = uv::FileLock::acquire(folder.lock());
  assert_true(lock.has_value());
  const auto second = uv::FileLock::acquire(folder.lock());
  assert_true(!second && second.error().code == Error::would_block);
  assert_string_equal(second.error().what.c_str(), folder.lock().c_str());
}

void a_moved_lock_is_still_held(void**) {
  Folder folder;
  auto lock = uv::FileLock::acquire(folder.lock());
  assert_true(lock.has_value());
  std::optional<uv::FileLock> kept(*std::move(lock));
  assert_int_equal(attempt_of_another_process(folder.lock()), 1);
  kept.reset();
  assert_int_equal(attempt_of_another_process(folder.lock()), 0);
}

void a_killed_process_leaves_no_lock(void**) {
  Folder folder;
  int told[2];
  assert_int_equal(pipe(told), 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto lock = uv::FileLock::acquire(folder.lock());
    const char held = lock ? 'y' : 'n';
    if (write(told[1], &held, 1) != 1) _exit(1);
    pause();
    _exit(0);
  }
  char held = 0;
  assert_int_equal(read(told[0], &held, 1), 1);
  assert_int_equal(held, 'y');
  assert_int_equal(attempt_of_another_process(folder.lock()), 1);
  kill(child, SIGKILL);
  assert_int_equal(waitpid(child, nullptr, 0), child);
  assert_int_equal(attempt_of_another_process(folder.lock()), 0);
  close(told[0]);
  close(told[1]);
}

void the_file_belongs_to_its_owner_alone(void**) {
  Folder folder;
  const auto lock = uv::FileLock::acquire(folder.lock());
  assert_true(lock.has_value());
  struct stat status {};
  assert_int_equal(stat(folder.lock().c_str(), &status), 0);
  assert_int_equal(status.st_mode & 0077, 0);
}

void a_path_that_leads_nowhere_is_an_error_that_names_it(void**) {
  const auto lock = uv::FileLock::acquire("/dev/null/lock");
  assert_true(!lock && lock.error().code == Error::io_error);
  assert_true(lock.error().what.find("/dev/null/lock") != std::string::npos);
}

void a_process_can_keep_its_memory_out_of_core_dumps(void**) {
  const pid_t child = fork();
  if (child == 0) _exit(uv::forbid_core_dumps() && prctl(PR_GET_DUMPABLE) == 0 ? 0 : 1);
  int status = 0;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_lock_is_held_by_one_process_at_a_time),
      cmocka_unit_test(a_second_lock_of_the_same_process_is_refused_too),
      cmocka_unit_test(a_moved_lock_is_still_held),
      cmocka_unit_test(a_killed_process_leaves_no_lock),
      cmocka_unit_test(the_file_belongs_to_its_owner_alone),
      cmocka_unit_test(a_path_that_leads_nowhere_is_an_error_that_names_it),
      cmocka_unit_test(a_process_can_keep_its_memory_out_of_core_dumps),
  };
  return cmocka_run_group_tests_name("process", tests, nullptr, nullptr);
}
