// libuv handles with an owner.
#pragma once

#include <uv.h>

#include <memory>

namespace rudp::uv {

/// libuv keeps using a handle until its close callback has run, so that is where it is freed.
template <class H>
struct HandleCloser {
  void operator()(H* handle) const {
    uv_close(reinterpret_cast<uv_handle_t*>(handle),
             [](uv_handle_t* closed) { delete reinterpret_cast<H*>(closed); });
  }
};

/// Owns an initialised handle. After reset none of its callbacks runs any more.
template <class H>
using Handle = std::unique_ptr<H, HandleCloser<H>>;

/// Makes the handle not keep the loop alive; what does is decided in one place, the driver.
template <class H>
void unref(const Handle<H>& handle) {
  uv_unref(reinterpret_cast<uv_handle_t*>(handle.get()));
}

/// A stopped timer that does not keep the loop alive; its data is `owner`.
inline Handle<uv_timer_t> make_timer(uv_loop_t* loop, void* owner) {
  Handle<uv_timer_t> timer(new uv_timer_t);
  uv_timer_init(loop, timer.get());
  timer->data = owner;
  unref(timer);
  return timer;
}

}  // namespace rudp::uv
