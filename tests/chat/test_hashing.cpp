// chat/hashing: what a hash request answers.
#include "chat/hashing.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "support/cmocka.hpp"

namespace {

using namespace chat;

constexpr std::uint64_t kMiB = 1024 * 1024;
constexpr PasswordCost kCheap{8'192, 1};

HashReply create(const Hasher& hasher, const std::string& password) {
  HashRequest request = CreateHash{password};
  return hasher.run(request);
}

HashReply verify(const Hasher& hasher, const std::string& password, const std::string& hash) {
  HashRequest request = VerifyHash{password, hash};
  return hasher.run(request);
}

void a_created_hash_is_verified(void**) {
  const Hasher hasher(kCheap);
  const HashReply created = create(hasher, "correct horse");
  assert_true(created.status == HashStatus::created);
  assert_true(verify(hasher, "correct horse", created.hash).status == HashStatus::match);
  assert_true(verify(hasher, "wrong horse", created.hash).status == HashStatus::mismatch);
}

void an_unknown_account_never_matches(void**) {
  const Hasher hasher(kCheap);
  assert_true(hasher.is_ready());
  for (const std::string password : {"", "dummy password", "correct horse"}) {
    assert_true(verify(hasher, password, "").status == HashStatus::mismatch);
  }
}

void a_hash_of_another_cost_is_renewed_by_a_good_login_only(void**) {
  const HashReply old = create(Hasher(kCheap), "correct horse");
  const Hasher costlier({16'384, 1});
  assert_true(verify(costlier, "wrong horse", old.hash).hash.empty());
  const HashReply renewed = verify(costlier, "correct horse", old.hash);
  assert_true(renewed.status == HashStatus::match);
  assert_false(renewed.hash.empty());
  assert_true(verify(costlier, "correct horse", renewed.hash).hash.empty());
}

void the_password_is_wiped(void**) {
  const Hasher hasher(kCheap);
  HashRequest request = VerifyHash{"correct horse", ""};
  (void)hasher.run(request);
  assert_true(std::get<VerifyHash>(request).password.empty());
}

void without_memory_hashing_fails_and_says_so(void**) {
  const Hasher hasher({std::uint64_t{1} << 60, 1});
  assert_true(create(hasher, "correct horse").status == HashStatus::failed);
  assert_false(hasher.is_ready());
}

/// So long, only as much memory can be had as was left.
class MemoryLimit {
 public:
  explicit MemoryLimit(rlim_t left_bytes) {
    getrlimit(RLIMIT_AS, &before_);
    rlimit limit = before_;
    limit.rlim_cur = bytes_in_use() + left_bytes;
    setrlimit(RLIMIT_AS, &limit);
  }
  ~MemoryLimit() { setrlimit(RLIMIT_AS, &before_); }
  MemoryLimit(const MemoryLimit&) = delete;
  MemoryLimit& operator=(const MemoryLimit&) = delete;

 private:
  static rlim_t bytes_in_use() {
    rlim_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    return pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE));
  }

  rlimit before_{};
};

// Told "wrong", people would change a password that is right.
void where_memory_lacks_a_right_password_is_not_called_wrong(void**) {
  const Hasher hasher({64 * kMiB, 1});
  const std::string hash = create(hasher, "correct horse").hash;
  HashReply known, unknown;
  {
    const MemoryLimit limit(32 * kMiB);
    known = verify(hasher, "correct horse", hash);
    unknown = verify(hasher, "correct horse", "");
  }
  assert_true(known.status == HashStatus::failed);
  assert_true(unknown.status == HashStatus::failed);
  assert_true(verify(hasher, "correct horse", hash).status == HashStatus::match);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_created_hash_is_verified),
      cmocka_unit_test(an_unknown_account_never_matches),
      cmocka_unit_test(a_hash_of_another_cost_is_renewed_by_a_good_login_only),
      cmocka_unit_test(the_password_is_wiped),
      cmocka_unit_test(without_memory_hashing_fails_and_says_so),
      cmocka_unit_test(where_memory_lacks_a_right_password_is_not_called_wrong),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
