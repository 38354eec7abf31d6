// Small files: whole or not at all, their owner's alone.
#include "uv/file.hpp"

#include <sys/stat.h>

#include <array>
#include <cstdint>
#include <string>

#include "support/folder.hpp"

#include "support/cmocka.hpp"

using namespace rudp;
using test::Folder;

namespace {

void a_file_is_replaced_as_a_whole_and_is_its_owners(void**) {
  const Folder folder;
  const std::string path = folder / "f";
  assert_true(uv::replace_file(path, "first and longer", system_random()).has_value());
  assert_true(uv::replace_file(path, "second", system_random()).has_value());
  assert_string_equal(uv::read_file(path, 100)->c_str(), "second");
  struct stat status {};
  assert_int_equal(::stat(path.c_str(), &status), 0);
  assert_int_equal(status.st_mode & 0777, 0600);
  assert_int_equal(folder.names().size(), 1);
}

void no_file_is_an_empty_one_and_a_long_one_is_refused(void**) {
  const Folder folder;
  assert_true(uv::read_file(folder / "none", 10)->empty());
  folder.write("long", "12345678901");
  assert_true(uv::read_file(folder / "long", 10).error().code == Error::io_error);
  assert_int_equal(uv::read_file(folder / "long", 11)->size(), 11);
}

void where_nothing_can_be_written_the_path_is_said(void**) {
  const Folder folder;
  const auto failed = uv::replace_file(folder / "none/f", "x", system_random());
  assert_true(failed.error().code == Error::io_error);
  assert_true(failed.error().what.find(folder / "none/f") == 0);
}

void a_new_file_never_takes_the_place_of_another(void**) {
  const Folder folder;
  const std::string path = folder / "f";
  const std::array<std::uint8_t, 3> bytes{1, 2, 3};
  assert_int_equal(uv::write_new_file(path, bytes), 0);
  assert_int_equal(uv::write_new_file(path, bytes), UV_EEXIST);
  uv::remove_file(path);
  assert_true(uv::read_file(path, 10)->empty());
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_file_is_replaced_as_a_whole_and_is_its_owners),
      cmocka_unit_test(no_file_is_an_empty_one_and_a_long_one_is_refused),
      cmocka_unit_test(where_nothing_can_be_written_the_path_is_said),
      cmocka_unit_test(a_new_file_never_takes_the_place_of_another),
  };
  return cmocka_run_group_tests_name("file", tests, nullptr, nullptr);
}
