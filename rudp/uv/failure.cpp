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

Failure failure_from_uv(int status, const std::string& what) {
  const Error error = error_from_uv(status);
  if (error == Error::address_in_use || error == Error::permission_denied) return {error, what};
  return {error, what + ": " + uv_strerror(status)};
}

}  // namespace rudp::uv
