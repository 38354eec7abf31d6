#include "client/file.hpp"

#include <uv.h>

#include <algorithm>
#include <array>

namespace client::file {
namespace {

constexpr int kOwnerOnly = 0600;
constexpr int kFolderOwnerOnly = 0700;
constexpr std::size_t kPathBytesMax = 4096;
constexpr std::size_t kVariableBytesMax = 32 * 1024;

rudp::Failure failure_of(int code, const std::string& path) {
  const auto error =
      code == UV_EACCES || code == UV_EPERM ? rudp::Error::permission_denied : rudp::Error::io_error;
  return {error, path + ": " + uv_strerror(code)};
}

/// A request that is carried out at once, as all here are.
class Call {
 public:
  Call() = default;
  ~Call() { uv_fs_req_cleanup(&request_); }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  uv_fs_t* operator&() { return &request_; }

 private:
  uv_fs_t request_{};
};

class Opened {
 public:
  Opened(const std::string& path, int flags) {
    Call call;
    descriptor_ = uv_fs_open(nullptr, &call, path.c_str(), flags, kOwnerOnly, nullptr);
  }
  ~Opened() {
    if (descriptor_ < 0) return;
    Call call;
    uv_fs_close(nullptr, &call, descriptor_, nullptr);
  }
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;

  /// Below 0: why it could not be opened.
  int descriptor() const { return descriptor_; }

  int sync() const {
    Call call;
    return uv_fs_fsync(nullptr, &call, descriptor_, nullptr);
  }

  /// 0, or what went wrong.
  int write(std::string_view content) const {
    while (!content.empty()) {
      uv_buf_t buffer =
          uv_buf_init(const_cast<char*>(content.data()), static_cast<unsigned int>(content.size()));
      Call call;
      const int written = uv_fs_write(nullptr, &call, descriptor_, &buffer, 1, -1, nullptr);
      if (written < 0) return written;
      content.remove_prefix(static_cast<std::size_t>(written));
    }
    return 0;
  }

 private:
  int descriptor_ = -1;
};

// A new name is durable once its folder is; systems that cannot do this do it by themselves.
void sync_folder(const std::string& folder) {
  const Opened opened(folder, UV_FS_O_RDONLY);
  if (opened.descriptor() >= 0) opened.sync();
}

int write_durably(const std::string& path, std::string_view content) {
  const Opened opened(path, UV_FS_O_WRONLY | UV_FS_O_CREAT | UV_FS_O_TRUNC);
  if (opened.descriptor() < 0) return opened.descriptor();
  const int written = opened.write(content);
  return written < 0 ? written : opened.sync();
}

int rename(const std::string& from, const std::string& to) {
  Call call;
  return uv_fs_rename(nullptr, &call, from.c_str(), to.c_str(), nullptr);
}

}  // namespace

rudp::Result<std::string, rudp::Failure> read(const std::string& path, std::size_t bytes_max) {
  const Opened opened(path, UV_FS_O_RDONLY);
  if (opened.descriptor() < 0) return failure_of(opened.descriptor(), path);
  std::string content;
  std::array<char, 16 * 1024> chunk{};
  for (;;) {
    uv_buf_t buffer = uv_buf_init(chunk.data(), static_cast<unsigned int>(chunk.size()));
    Call call;
    const int got = uv_fs_read(nullptr, &call, opened.descriptor(), &buffer, 1, -1, nullptr);
    if (got < 0) return failure_of(got, path);
    if (got == 0) return content;
    content.append(chunk.data(), static_cast<std::size_t>(got));
    if (content.size() > bytes_max) return rudp::Failure(rudp::Error::too_large, path);
  }
}

bool exists(const std::string& path) {
  Call call;
  return uv_fs_stat(nullptr, &call, path.c_str(), nullptr) == 0;
}

rudp::Result<void, rudp::Failure> replace(const std::string& path, std::string_view content) {
  // Another process may replace the same file at the same time.
  const std::string temporary = path + ".new." + std::to_string(uv_os_getpid());
  int result = write_durably(temporary, content);
  if (result == 0) result = rename(temporary, path);
  if (result == 0) return sync_folder(folder_of(path)), rudp::Result<void, rudp::Failure>();
  remove(temporary);
  return failure_of(result, path);
}

rudp::Result<void, rudp::Failure> make_folder(const std::string& path) {
  if (path.empty() || exists(path)) return {};
  if (auto above = make_folder(folder_of(path)); !above) return above;
  Call call;
  const int result = uv_fs_mkdir(nullptr, &call, path.c_str(), kFolderOwnerOnly, nullptr);
  if (result == 0 || result == UV_EEXIST) return {};
  return failure_of(result, path);
}

std::vector<std::string> list(const std::string& folder) {
  std::vector<std::string> names;
  Call call;
  if (uv_fs_scandir(nullptr, &call, folder.c_str(), 0, nullptr) < 0) return names;
  uv_dirent_t entry;
  while (uv_fs_scandir_next(&call, &entry) == 0) names.emplace_back(entry.name);
  std::sort(names.begin(), names.end());
  return names;
}

void remove(const std::string& path) {
  Call call;
  uv_fs_unlink(nullptr, &call, path.c_str(), nullptr);
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return path == "." ? "" : ".";
  return path.substr(0, slash);
}

std::string program_folder() {
  std::array<char, kPathBytesMax> path{};
  std::size_t size = path.size();
  if (uv_exepath(path.data(), &size) != 0) return {};
  return folder_of(std::string(path.data(), size));
}

std::string environment(const char* name) {
  std::string value(kVariableBytesMax, '\0');
  std::size_t size = value.size();
  if (uv_os_getenv(name, value.data(), &size) != 0) return {};
  value.resize(size);
  return value;
}

std::string home_folder() {
  std::array<char, kPathBytesMax> path{};
  std::size_t size = path.size();
  if (uv_os_homedir(path.data(), &size) != 0) return {};
  return std::string(path.data(), size);
}

}  // namespace client::file
