// Key files: 32 secret bytes, readable by their owner alone.
#include <uv.h>

#include <array>
#include <cstdio>

#include <rudp/uv_endpoint.hpp>

#include "uv/failure.hpp"

namespace rudp::uv {
namespace {

constexpr std::size_t kSecretBytes = 32;  // X25519
constexpr int kOwnerOnly = 0600;
constexpr int kOthersMask = 077;
constexpr int kPermissionBits = 0777;

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

class File {
 public:
  File(const std::string& path, int flags) {
    FileRequest request;
    descriptor_ = uv_fs_open(nullptr, request.get(), path.c_str(), flags, kOwnerOnly, nullptr);
  }
  ~File() {
    if (descriptor_ < 0) return;
    FileRequest request;
    uv_fs_close(nullptr, request.get(), descriptor_, nullptr);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  /// Negative: why it could not be opened.
  int status() const { return descriptor_; }
  int stat(FileRequest& request) { return uv_fs_fstat(nullptr, request.get(), descriptor_, nullptr); }
  int read(MutableBytes out) {
    FileRequest request;
    const uv_buf_t buffer = uv_buf_init(reinterpret_cast<char*>(out.data()), buffer_length(out.size()));
    return uv_fs_read(nullptr, request.get(), descriptor_, &buffer, 1, 0, nullptr);
  }
  int write(Bytes bytes) {
    FileRequest request;
    char* const data = reinterpret_cast<char*>(const_cast<std::uint8_t*>(bytes.data()));
    const uv_buf_t buffer = uv_buf_init(data, buffer_length(bytes.size()));
    return uv_fs_write(nullptr, request.get(), descriptor_, &buffer, 1, 0, nullptr);
  }
  int restrict_to_owner() {
    FileRequest request;
    return uv_fs_fchmod(nullptr, request.get(), descriptor_, kOwnerOnly, nullptr);
  }
  int sync() {
    FileRequest request;
    return uv_fs_fsync(nullptr, request.get(), descriptor_, nullptr);
  }

 private:
  static unsigned int buffer_length(std::size_t bytes) { return static_cast<unsigned int>(bytes); }
  int descriptor_ = -1;
};

// Holds the secret for a moment. The writes are volatile so that they are not optimised away.
struct SecretBytes {
  std::array<std::uint8_t, kSecretBytes + 1> bytes{};  // one more tells a file that is too long
  ~SecretBytes() {
    for (volatile std::uint8_t& byte : bytes) byte = 0;
  }
};

Failure bad_key_file(const std::string& path, const std::string& why) {
  return {Error::bad_key_file, path + ": " + why};
}

Failure file_failure(int status, const std::string& path) {
  if (error_from_uv(status) == Error::permission_denied) return {Error::permission_denied, path};
  return {Error::io_error, path + ": " + uv_strerror(status)};
}

std::string octal(std::uint64_t mode) {
  char text[8];
  std::snprintf(text, sizeof text, "%04o", static_cast<unsigned>(mode));
  return text;
}

Result<void, Failure> check_mode(File& file, const std::string& path) {
  FileRequest request;
  if (const int status = file.stat(request); status < 0) return file_failure(status, path);
#if !defined(_WIN32)
  const std::uint64_t mode = request.stat().st_mode & kPermissionBits;
  if (mode & kOthersMask)
    return bad_key_file(path, "others may read it (mode " + octal(mode) + "); chmod 600 it");
#endif
  return {};
}

Result<Identity, Failure> load(File& file, const std::string& path) {
  if (auto checked = check_mode(file, path); !checked) return checked.error();
  SecretBytes secret;
  const int read = file.read(secret.bytes);
  if (read < 0) return file_failure(read, path);
  if (static_cast<std::size_t>(read) != kSecretBytes) return bad_key_file(path, "not 32 bytes of key");
  auto identity = Identity::from_secret(Bytes(secret.bytes).first(kSecretBytes));
  if (!identity) return bad_key_file(path, "not a key");
  return *std::move(identity);
}

int write_whole(const std::string& path, Bytes secret) {
  File file(path, UV_FS_O_WRONLY | UV_FS_O_CREAT | UV_FS_O_EXCL);
  if (file.status() < 0) return file.status();
  if (const int status = file.restrict_to_owner(); status < 0) return status;
  const int written = file.write(secret);
  if (written < 0) return written;
  if (static_cast<std::size_t>(written) != secret.size()) return UV_EIO;
  return file.sync();
}

// A link never replaces a file, so of two programs that start at once one key survives for both.
int publish(const std::string& temporary, const std::string& path) {
  FileRequest linking, renaming;
  const int status = uv_fs_link(nullptr, linking.get(), temporary.c_str(), path.c_str(), nullptr);
  const bool no_links = status == UV_EPERM || status == UV_ENOTSUP || status == UV_ENOSYS;
  if (!no_links) return status;
  return uv_fs_rename(nullptr, renaming.get(), temporary.c_str(), path.c_str(), nullptr);
}

void remove(const std::string& path) {
  FileRequest request;
  uv_fs_unlink(nullptr, request.get(), path.c_str(), nullptr);
}

// A file's name is on disk only when its directory is. Systems that cannot sync a directory need not.
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

Result<Identity, Failure> load_existing(const std::string& path) {
  File file(path, UV_FS_O_RDONLY);
  if (file.status() < 0) return file_failure(file.status(), path);
  return load(file, path);
}

Result<Identity, Failure> create(const std::string& path, Random& random) {
  Identity identity = Identity::generate(random);
  const std::string temporary = temporary_name(path, random);
  if (const int status = write_whole(temporary, identity.secret()); status < 0) {
    remove(temporary);
    return file_failure(status, path);
  }
  const int status = publish(temporary, path);
  remove(temporary);
  if (status == UV_EEXIST) return load_existing(path);
  if (status < 0) return file_failure(status, path);
  sync_directory(path);
  return identity;
}

}  // namespace

Result<Identity, Failure> load_or_create_identity(const std::string& path, Random& random) {
  File file(path, UV_FS_O_RDONLY);
  if (file.status() >= 0) return load(file, path);
  if (file.status() != UV_ENOENT) return file_failure(file.status(), path);
  return create(path, random);
}

}  // namespace rudp::uv
