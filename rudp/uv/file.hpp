// Small files that belong to their owner alone, by libuv's calls, so on every system that it knows.
#pragma once

#include <uv.h>

#include <cstddef>
#include <string>
#include <string_view>

#include <rudp/error.hpp>
#include <rudp/random.hpp>
#include <rudp/types.hpp>

namespace rudp::uv {

// Synchronous libuv calls take no loop; a request is only where they leave their results.
class FileRequest {
 public:
  FileRequest() = default;
  ~FileRequest() { uv_fs_req_cleanup(&raw_); }
  FileRequest(const FileRequest&) = delete;
  FileRequest& operator=(const FileRequest&) = delete;
  uv_fs_t* get() { return &raw_; }
  const uv_stat_t& stat() const { return raw_.statbuf; }

 private:
  uv_fs_t raw_{};
};

/// An open file. Every call answers as libuv's does: negative on an error.
class File {
 public:
  /// `flags`: UV_FS_O_*. A new file has mode 0600.
  File(const std::string& path, int flags);
  ~File();
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  /// Negative: why it could not be opened.
  int status() const { return descriptor_; }
  int stat(FileRequest& request);
  /// From the beginning.
  int read(MutableBytes out);
  int write(Bytes bytes);
  int restrict_to_owner();
  int sync();

 private:
  int descriptor_ = -1;
};

/// permission_denied or io_error, with the path and, for the latter, the system's words.
Failure file_failure(int status, const std::string& path);

/// Makes a file that must not be there, whole and on disk. 0, or libuv's error.
int write_new_file(const std::string& path, Bytes content);
void remove_file(const std::string& path);
/// A name beside `path` that nobody has.
std::string temporary_name(const std::string& path, Random& random);
/// A file's name is on disk only when its directory is. Systems that cannot sync a directory need not.
void sync_directory(const std::string& path);

/// The part before the last slash; empty where there is none.
std::string directory_of(const std::string& path);
/// Makes it and those above it (mode 0700) where they are missing. Errors: permission_denied, io_error.
Result<void, Failure> make_directory(const std::string& path);

/// The whole file; empty where there is none. Errors: permission_denied; io_error, also where it is longer.
Result<std::string, Failure> read_file(const std::string& path, std::size_t bytes_max);
/// Puts `content` in its place, whole or not at all; on disk when it returns. Errors: permission_denied,
/// io_error.
Result<void, Failure> replace_file(const std::string& path, std::string_view content, Random& random);

}  // namespace rudp::uv
