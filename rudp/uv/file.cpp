#include "uv/file.hpp"

#include <array>
#include <cstdint>
#include <cstdio>

#include "uv/failure.hpp"

namespace rudp::uv {
namespace {

constexpr int kOwnerOnly = 0600;
constexpr int kDirectoryOwnerOnly = 0700;

unsigned int buffer_length(std::size_t bytes) { return static_cast<unsigned int>(bytes); }

}  // namespace

File::File(const std::string& path, int flags) {
  FileRequest request;
  descriptor_ = uv_fs_open(nullptr, request.get(), path.c_str(), flags, kOwnerOnly, nullptr);
}

File::~File() {
  if (descriptor_ < 0) return;
  FileRequest request;
  uv_fs_close(nullptr, request.get(), descriptor_, nullptr);
}

int File::stat(FileRequest& request) { return uv_fs_fstat(nullptr, request.get(), descriptor_, nullptr); }

int File::read(MutableBytes out) {
  FileRequest request;
  const uv_buf_t buffer = uv_buf_init(reinterpret_cast<char*>(out.data()), buffer_length(out.size()));
  return uv_fs_read(nullptr, request.get(), descriptor_, &buffer, 1, 0, nullptr);
}

int File::write(Bytes bytes) {
  FileRequest request;
  char* const data = reinterpret_cast<char*>(const_cast<std::uint8_t*>(bytes.data()));
  const uv_buf_t buffer = uv_buf_init(data, buffer_length(bytes.size()));
  return uv_fs_write(nullptr, request.get(), descriptor_, &buffer, 1, 0, nullptr);
}

int File::restrict_to_owner() {
  FileRequest request;
  return uv_fs_fchmod(nullptr, request.get(), descriptor_, kOwnerOnly, nullptr);
}

int File::sync() {
  FileRequest request;
  return uv_fs_fsync(nullptr, request.get(), descriptor_, nullptr);
}

Failure file_failure(int status, const std::string& path) {
  if (error_from_uv(status) == Error::permission_denied) return {Error::permission_denied, path};
  return {Error::io_error, path + ": " + uv_strerror(status)};
}

int write_new_file(const std::string& path, Bytes content) {
  File file(path, UV_FS_O_WRONLY | UV_FS_O_CREAT | UV_FS_O_EXCL);
  if (file.status() < 0) return file.status();
  if (const int status = file.restrict_to_owner(); status < 0) return status;
  const int written = file.write(content);
  if (written < 0) return written;
  if (static_cast<std::size_t>(written) != content.size()) return UV_EIO;
  return file.sync();
}

void remove_file(const std::string& path) {
  FileRequest request;
  uv_fs_unlink(nullptr, request.get(), path.c_str(), nullptr);
}

void sync_directory(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  File file(directory, UV_FS_O_RDONLY);
  if (file.status() >= 0) file.sync();
}

std::string temporary_name(const std::string& path, Random& random) {
  std::array<std::uint8_t, 8> suffix{};
  random.public_fill(suffix);
  std::string name = path + ".new-";
  for (const std::uint8_t byte : suffix) {
    char text[3];
    std::snprintf(text, sizeof text, "%02x", byte);
    name += text;
  }
  return name;
}

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

Result<void, Failure> make_directory(const std::string& path) {
  FileRequest found;
  if (path.empty() || uv_fs_stat(nullptr, found.get(), path.c_str(), nullptr) == 0) return {};
  if (auto above = make_directory(directory_of(path)); !above) return above;
  FileRequest request;
  const int status = uv_fs_mkdir(nullptr, request.get(), path.c_str(), kDirectoryOwnerOnly, nullptr);
  if (status == 0 || status == UV_EEXIST) return {};
  return file_failure(status, path);
}

Result<std::string, Failure> read_file(const std::string& path, std::size_t bytes_max) {
  File file(path, UV_FS_O_RDONLY);
  if (file.status() == UV_ENOENT) return std::string();
  if (file.status() < 0) return file_failure(file.status(), path);
  std::string content(bytes_max + 1, '\0');
  const int count = file.read({reinterpret_cast<std::uint8_t*>(content.data()), content.size()});
  if (count < 0) return file_failure(count, path);
  content.resize(static_cast<std::size_t>(count));
  if (content.size() > bytes_max) return Failure(Error::io_error, path + ": longer than such a file can be");
  return content;
}

Result<void, Failure> replace_file(const std::string& path, std::string_view content, Random& random) {
  const std::string temporary = temporary_name(path, random);
  int status =
      write_new_file(temporary, {reinterpret_cast<const std::uint8_t*>(content.data()), content.size()});
  FileRequest request;
  if (status >= 0) status = uv_fs_rename(nullptr, request.get(), temporary.c_str(), path.c_str(), nullptr);
  if (status < 0) {
    remove_file(temporary);
    return file_failure(status, path);
  }
  sync_directory(path);
  return {};
}

}  // namespace rudp::uv
