#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/prctl.h>
#endif

#include <cerrno>
#include <cstring>

#include <rudp/process.hpp>

namespace rudp::uv {
namespace {

constexpr int kOwnerOnly = 0600;

Failure failure_of(int error, const std::string& path) {
  if (error == EWOULDBLOCK) return {Error::would_block, path};
  if (error == EACCES || error == EPERM) return {Error::permission_denied, path};
  return {Error::io_error, path + ": " + std::strerror(error)};
}

}  // namespace

// flock and not fcntl: the latter lets go as soon as any descriptor of the file is closed.
Result<FileLock, Failure> FileLock::acquire(const std::string& path) {
  FileLock lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kOwnerOnly));
  if (lock.descriptor_ < 0) return failure_of(errno, path);
  if (::flock(lock.descriptor_, LOCK_EX | LOCK_NB) != 0) return failure_of(errno, path);
  return lock;
}

FileLock::~FileLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool forbid_core_dumps() {
#if defined(__linux__)
  return ::prctl(PR_SET_DUMPABLE, 0) == 0;
#else
  return false;
#endif
}

}  // namespace rudp::uv
