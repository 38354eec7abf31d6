// Key files: made once, whole, for their owner alone.
#include <rudp/uv_endpoint.hpp>

#include <sys/stat.h>

#include <cstring>
#include <string>

#include "support/folder.hpp"

#include "support/cmocka.hpp"

using namespace rudp;

namespace {

struct Folder : test::Folder {
  std::string write(const std::string& bytes, mode_t mode) const {
    test::Folder::write("server.key", bytes);
    assert_int_equal(chmod(key().c_str(), mode), 0);
    return key();
  }
  std::string key() const { return *this / "server.key"; }
};

void a_missing_file_is_created_for_its_owner_alone(void**) {
  Folder folder;
  const mode_t before = umask(0);
  const auto identity = uv::load_or_create_identity(folder.key());
  umask(before);
  assert_true(identity.has_value());
  struct stat status {};
  assert_int_equal(stat(folder.key().c_str(), &status), 0);
  assert_int_equal(status.st_mode & 0777, 0600);
  assert_int_equal(status.st_size, 32);
  assert_int_equal(folder.names().size(), 1);
}

void the_same_key_is_loaded_the_next_time(void**) {
  Folder folder;
  const auto first = uv::load_or_create_identity(folder.key());
  const auto second = uv::load_or_create_identity(folder.key());
  assert_true(first && second);
  assert_true(first->public_key() == second->public_key());
}

void two_files_hold_two_keys(void**) {
  Folder folder;
  const auto first = uv::load_or_create_identity(folder.key());
  const auto second = uv::load_or_create_identity(folder / "other.key");
  assert_true(first->public_key() != second->public_key());
}

void a_file_that_others_may_read_is_refused(void**) {
  Folder folder;
  const auto identity = uv::load_or_create_identity(folder.write(std::string(32, 'k'), 0640));
  assert_true(!identity);
  assert_true(identity.error().code == Error::bad_key_file);
  assert_non_null(std::strstr(identity.error().what.c_str(), folder.key().c_str()));
  assert_non_null(std::strstr(identity.error().what.c_str(), "0640"));
}

void a_file_of_another_length_is_refused_and_kept(void**) {
  for (const std::size_t bytes : {0, 31, 33, 1000}) {
    Folder folder;
    const auto identity = uv::load_or_create_identity(folder.write(std::string(bytes, 'k'), 0600));
    assert_true(!identity);
    assert_true(identity.error().code == Error::bad_key_file);
    struct stat status {};
    assert_int_equal(stat(folder.key().c_str(), &status), 0);
    assert_int_equal(status.st_size, bytes);
  }
}

void a_folder_that_does_not_exist_is_named(void**) {
  const auto identity = uv::load_or_create_identity("/nonexistent/server.key");
  assert_true(!identity);
  assert_true(identity.error().code == Error::io_error);
  assert_non_null(std::strstr(identity.error().what.c_str(), "/nonexistent/server.key"));
}

void a_folder_is_no_key_file(void**) {
  Folder folder;
  const auto identity = uv::load_or_create_identity(folder.path());
  assert_true(!identity);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_missing_file_is_created_for_its_owner_alone),
      cmocka_unit_test(the_same_key_is_loaded_the_next_time),
      cmocka_unit_test(two_files_hold_two_keys),
      cmocka_unit_test(a_file_that_others_may_read_is_refused),
      cmocka_unit_test(a_file_of_another_length_is_refused_and_kept),
      cmocka_unit_test(a_folder_that_does_not_exist_is_named),
      cmocka_unit_test(a_folder_is_no_key_file),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
