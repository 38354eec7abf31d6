// Which address of a server to try when: both families, a little apart, the first that opens wins (after
// RFC 8305). Values only: the driver starts what this says.
#pragma once

#include <optional>
#include <vector>

#include <rudp/uv_endpoint.hpp>

namespace rudp::uv {

class Binding;

/// A connection of the core: the socket it lives behind, and its name there.
struct Route {
  Binding* binding = nullptr;
  ConnectionHandle handle;

  friend bool operator==(const Route&, const Route&) = default;
};

class Connector {
 public:
  /// Addresses tried at most; a name with more would only make its user wait.
  static constexpr std::size_t kAddressesMax = 8;
  /// From one attempt to the next while none has failed (RFC 8305, section 5).
  static constexpr Duration kAttemptDelay = std::chrono::milliseconds(250);

  explicit Connector(const ConnectOptions& options) : options_(options) {}

  const ConnectOptions& options() const { return options_; }
  /// The addresses to try, in their order, from `now` on.
  void set_addresses(std::vector<Address> addresses, Instant now);
  const std::vector<Address>& addresses() const { return addresses_; }

  /// The address to try now. Follow it with on_started or on_failed, and ask again.
  std::optional<Address> poll_attempt(Instant now);
  /// When poll_attempt has the next one; absent: none is left.
  std::optional<Instant> poll_timeout() const;

  void on_started(const Route& route) { attempts_.push_back(route); }
  /// An attempt ended, or could not be started (no route then): the next one need not wait.
  void on_failed(const std::optional<Route>& route, const Closed& why, Instant now);

  const std::vector<Route>& attempts() const { return attempts_; }
  /// Nothing is in progress and nothing is left to try.
  bool exhausted() const { return attempts_.empty() && next_ == addresses_.size(); }
  /// Why, in the words of the attempt that came furthest. REQUIRES: something has failed.
  const Closed& verdict() const { return *verdict_; }

 private:
  ConnectOptions options_;
  std::vector<Address> addresses_;
  std::size_t next_ = 0;
  Instant next_at_;
  std::vector<Route> attempts_;
  std::optional<Closed> verdict_;
};

}  // namespace rudp::uv
