#include "uv/network_watch.hpp"

#include <utility>

#include "uv/failure.hpp"

#if RUDP_UV_LINUX
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#endif

namespace rudp::uv {

Result<std::unique_ptr<NetworkWatch>, Failure> NetworkWatch::open(uv_loop_t* loop,
                                                                  std::function<void()> on_change) {
  std::unique_ptr<NetworkWatch> watch(new NetworkWatch(std::move(on_change)));
  if (const int status = watch->start(loop); status != 0) return failure_from_uv(status, "network watch");
  return watch;
}

#if RUDP_UV_LINUX

NetworkWatch::NetworkWatch(std::function<void()> on_change)
    : on_change_(std::move(on_change)),
      descriptor_(::socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE)) {}

int NetworkWatch::start(uv_loop_t* loop) {
  if (!descriptor_) return uv_translate_sys_error(errno);
  sockaddr_nl groups{};
  groups.nl_family = AF_NETLINK;
  groups.nl_groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE;
  if (::bind(descriptor_.get(), reinterpret_cast<const sockaddr*>(&groups), sizeof groups) != 0)
    return uv_translate_sys_error(errno);
  auto handle = std::make_unique<uv_poll_t>();
  if (const int status = uv_poll_init(loop, handle.get(), descriptor_.get()); status != 0) return status;
  handle_.reset(handle.release());
  handle_->data = this;
  unref(handle_);
  return watch();
}

int NetworkWatch::watch() {
  return uv_poll_start(handle_.get(), UV_READABLE, [](uv_poll_t* raw, int status, int) {
    static_cast<NetworkWatch*>(raw->data)->on_poll(status);
  });
}

// libuv stops a poll that reports an error, as it does when more happened than the socket has room for.
// Reading takes the error away.
void NetworkWatch::on_poll(int status) {
  if (status < 0) watch();
  read_all();
}

// What the messages say is not read: whoever is told asks the system what matters to him. One that did not
// fit (ENOBUFS) is a change as well.
void NetworkWatch::read_all() {
  std::array<std::uint8_t, 8192> message;
  bool changed = false;
  while (::recv(descriptor_.get(), message.data(), message.size(), 0) > 0 || errno == ENOBUFS) changed = true;
  if (changed) on_change_();
}

#else

namespace {

/// Nobody says when: so often is looked.
constexpr std::uint64_t kLookIntervalMs = 2'000;

}  // namespace

NetworkWatch::NetworkWatch(std::function<void()> on_change) : on_change_(std::move(on_change)) {}

int NetworkWatch::start(uv_loop_t* loop) {
  handle_ = make_timer(loop, this);
  return uv_timer_start(
      handle_.get(), [](uv_timer_t* raw) { static_cast<NetworkWatch*>(raw->data)->on_change_(); },
      kLookIntervalMs, kLookIntervalMs);
}

#endif

}  // namespace rudp::uv
