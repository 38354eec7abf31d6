// Key files: 32 secret bytes, readable by their owner alone.
#include <uv.h>

#include <array>
#include <cstdio>

#include <rudp/uv_endpoint.hpp>

#include "uv/file.hpp"

namespace rudp::uv {
namespace {

constexpr std::size_t kSecretBytes = 32;  // X25519
constexpr int kOthersMask = 077;
constexpr int kPermissionBits = 0777;

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

// A link never replaces a file, so of two programs that start at once one key survives for both.
int publish(const std::string& temporary, const std::string& path) {
  FileRequest linking, renaming;
  const int status = uv_fs_link(nullptr, linking.get(), temporary.c_str(), path.c_str(), nullptr);
  const bool no_links = status == UV_EPERM || status == UV_ENOTSUP || status == UV_ENOSYS;
  if (!no_links) return status;
  return uv_fs_rename(nullptr, renaming.get(), temporary.c_str(), path.c_str(), nullptr);
}

Result<Identity, Failure> load_existing(const std::string& path) {
  File file(path, UV_FS_O_RDONLY);
  if (file.status() < 0) return file_failure(file.status(), path);
  return load(file, path);
}

Result<Identity, Failure> create(const std::string& path, Random& random) {
  Identity identity = Identity::generate(random);
  const std::string temporary = temporary_name(path, random);
  if (const int status = write_new_file(temporary, identity.secret()); status < 0) {
    remove_file(temporary);
    return file_failure(status, path);
  }
  const int status = publish(temporary, path);
  remove_file(temporary);
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
