#include "uv/failure.hpp"

#include <uv.h>

namespace rudp::uv {

Error error_from_uv(int status) {
  switch (status) {
    case UV_EADDRINUSE:
      return Error::address_in_use;
    case UV_EACCES:
    case UV_EPERM:
      return Error::permission_denied;
    case UV_EADDRNOTAVAIL:
    case UV_EINVAL:
      return Error::bad_address;
    case UV_ENETUNREACH:
    case UV_EHOSTUNREACH:
    case UV_ENETDOWN:
    case UV_EAFNOSUPPORT:
      return Error::network_unreachable;
    case UV_ENOMEM:
    case UV_ENOBUFS:
      return Error::out_of_memory;
    default:
      return Error::io_error;
  }
}

bool is_unreachable(int status, const Address& local) {
  switch (status) {
    case UV_ENETUNREACH:
    case UV_EHOSTUNREACH:
    case UV_ENETDOWN:
    case UV_EADDRNOTAVAIL:
      return true;
    case UV_EINVAL:
      // What Linux says of a source that is gone. Without one it means something else.
      return !local.is_unspecified();
    default:
      return false;
  }
}

Failure failure_from_uv(int status, const std::string& what) {
  const Error error = error_from_uv(status);
  if (error == Error::address_in_use || error == Error::permission_denied) return {error, what};
  return {error, what + ": " + uv_strerror(status)};
}

}  // namespace rudp::uv
