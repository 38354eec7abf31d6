// What a program that keeps a key and a database asks of its operating system
// besides sockets; here, so that system calls stay in one room.
#pragma once

#include <string>
#include <utility>

#include <rudp/error.hpp>
#include <rudp/export.hpp>

namespace rudp::uv {

/// A file that one process at a time can hold. However the process ends, the
/// system lets go for it, so that none is ever left over.
class RUDP_API FileLock {
 public:
  /// Creates `path` (mode 0600) where there is none, and takes it. Errors:
  /// would_block (another process, or this one, holds it), permission_denied, io_error;
  /// `what` names the path.
  static Result<FileLock, Failure> acquire(const std::string& path);

  FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FileLock& operator=(FileLock&&) = delete;
  /// Lets go; the file stays.
  ~FileLock();

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

/// Keeps this process's memory out of core dumps, passwords among it. False: the system has no such switch.
RUDP_API bool forbid_core_dumps();

}  // namespace rudp::uv
