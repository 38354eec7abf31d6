// A file descriptor with an owner.
#pragma once

#include <unistd.h>

#include <utility>

namespace rudp::uv {

/// Closes at its end. Where a uv_poll_t watches the descriptor, that handle must be closed first: declare
/// it after this.
class FileDescriptor {
 public:
  explicit FileDescriptor(int descriptor) : descriptor_(descriptor) {}
  FileDescriptor(FileDescriptor&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&&) = delete;
  ~FileDescriptor() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  int get() const { return descriptor_; }
  explicit operator bool() const { return descriptor_ >= 0; }

 private:
  int descriptor_;
};

}  // namespace rudp::uv
