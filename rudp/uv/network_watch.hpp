// Notices that addresses or routes of the machine changed: from the kernel's messages on Linux, by looking
// now and then elsewhere.
#pragma once

#include <uv.h>

#include <functional>
#include <memory>

#include <rudp/error.hpp>

#include "uv/handle.hpp"
#include "uv/platform.hpp"
#if RUDP_UV_LINUX
#include "uv/file_descriptor.hpp"
#endif

namespace rudp::uv {

/// Does not keep the loop alive. Calls for no change at times.
class NetworkWatch {
 public:
  /// Errors: what the system says of a netlink socket.
  static Result<std::unique_ptr<NetworkWatch>, Failure> open(uv_loop_t* loop,
                                                             std::function<void()> on_change);
  NetworkWatch(const NetworkWatch&) = delete;
  NetworkWatch& operator=(const NetworkWatch&) = delete;

 private:
  explicit NetworkWatch(std::function<void()> on_change);
  int start(uv_loop_t* loop);

  std::function<void()> on_change_;
#if RUDP_UV_LINUX
  int watch();
  void on_poll(int status);
  void read_all();
  FileDescriptor descriptor_;
  Handle<uv_poll_t> handle_;
#else
  Handle<uv_timer_t> handle_;
#endif
};

}  // namespace rudp::uv
