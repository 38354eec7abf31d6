// Errors as values: stable numbers, a sentence for each, and a result that is one or the other.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include <rudp/export.hpp>

namespace rudp {

/// What went wrong. The numbers are part of the ABI and never change meaning;
/// new ones are only added.
enum class Error : std::uint32_t {
  // 1xx: the call
  invalid_argument = 100,
  invalid_config = 101,
  unknown_connection = 102,
  would_block = 103,
  too_large = 104,
  closed = 105,
  unsupported = 106,
  out_of_memory = 107,
  too_many_connections = 108,
  buffer_too_small = 109,
  unknown_stream = 110,
  stream_reset = 111,
  too_many_streams = 112,
  // 2xx: bytes from the peer
  truncated = 200,
  malformed = 201,
  unknown_packet = 202,
  unknown_frame = 203,
  authentication_failed = 204,
  unsupported_version = 205,
  bad_key = 206,
  invalid_state = 207,
  // 3xx: why a connection ended
  handshake_timeout = 300,
  idle_timeout = 301,
  closed_by_peer = 302,
  closed_locally = 303,
  reset_by_peer = 304,
  key_changed = 305,
  no_common_version = 306,
  protocol_violation = 307,
  flow_control_violation = 308,
  limit_exceeded = 309,
  integrity_limit = 310,
  no_common_suite = 311,
  packet_numbers_exhausted = 312,
  connection_id_limit = 313,
  stream_limit_exceeded = 314,
  stream_state_violation = 315,
  final_size_violation = 316,
  // 4xx: the system below
  address_in_use = 400,
  permission_denied = 401,
  name_not_resolved = 402,
  network_unreachable = 403,
  io_error = 404,
  bad_address = 405,
  bad_key_file = 406,
  randomness_unavailable = 407,
};

/// One English sentence for users and logs, without a full stop. Never null,
/// also for numbers that this version does not know.
RUDP_API std::string_view to_sentence(Error error);

/// The enumerator's name, for logs and traces ("handshake_timeout").
RUDP_API std::string_view to_name(Error error);

/// An error with what it was about: the field of a config, a path, an address.
struct Failure {
  Error code = Error::invalid_argument;
  std::string what;  ///< e.g. "bind: not an address: \"[::1\"", may be empty

  Failure() = default;
  Failure(Error error) : code(error) {}  // NOLINT: an Error alone is a Failure without detail
  Failure(Error error, std::string detail) : code(error), what(std::move(detail)) {}
  /// The sentence of the code, with the detail in front where there is one.
  RUDP_API std::string sentence() const;
};

/// A value or an error, with the member names of std::expected (C++23).
template <class T, class E = Error>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT
  Result(E error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  /// REQUIRES: has_value(). Ends the program where it does not hold.
  T& value() & { return check(), *std::get_if<0>(&state_); }
  const T& value() const& { return check(), *std::get_if<0>(&state_); }
  T&& value() && { return check(), std::move(*std::get_if<0>(&state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  /// REQUIRES: !has_value().
  const E& error() const {
    if (has_value()) std::abort();
    return *std::get_if<1>(&state_);
  }

 private:
  void check() const {
    if (!has_value()) std::abort();
  }
  std::variant<T, E> state_;
};

template <class E>
class [[nodiscard]] Result<void, E> {
 public:
  Result() = default;
  Result(E error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }
  const E& error() const {
    if (has_value()) std::abort();
    return *std::get_if<1>(&state_);
  }

 private:
  std::variant<std::monostate, E> state_;
};

}  // namespace rudp
