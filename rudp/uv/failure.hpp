// libuv's error numbers as rudp's errors.
#pragma once

#include <string>

#include <rudp/error.hpp>

namespace rudp::uv {

/// The Error that says what the negative libuv `status` means to a program; io_error where none fits.
Error error_from_uv(int status);

/// With `what` (an address, a path) and, where the Error alone would hide it, the system's own words.
Failure failure_from_uv(int status, const std::string& what);

}  // namespace rudp::uv
