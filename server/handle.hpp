// libuv handles with an owner.
#pragma once

#include <uv.h>

#include <memory>

namespace server {

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

template <class H>
uv_handle_t* base(const Handle<H>& handle) {
  return reinterpret_cast<uv_handle_t*>(handle.get());
}

template <class H>
uv_stream_t* stream(const Handle<H>& handle) {
  return reinterpret_cast<uv_stream_t*>(handle.get());
}

}  // namespace server
