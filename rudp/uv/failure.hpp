// libuv's error numbers as rudp's errors.
#pragma once

#include <string>

#include <rudp/address.hpp>
#include <rudp/error.hpp>

namespace rudp::uv {

/// The Error that says what the negative libuv `status` means to a program; io_error where none fits.
Error error_from_uv(int status);

/// Whether the negative libuv `status` of a send means that there is no way from the socket, which is bound
/// to `local`, to its target: no route, the interface is down, or the address is the machine's no more.
bool is_unreachable(int status, const Address& local);

/// With `what` (an address, a path) and, where the Error alone would hide it, the system's own words.
Failure failure_from_uv(int status, const std::string& what);

}  // namespace rudp::uv
