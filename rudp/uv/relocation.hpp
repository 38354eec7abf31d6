// When an open connection looks for another way through the network: decided on values. The driver asks the
// system and moves.
#pragma once

#include <optional>

#include <rudp/address.hpp>
#include <rudp/types.hpp>

namespace rudp::uv {

class Relocation {
 public:
  /// The first attempt is made at once; those that follow are this far apart, then twice as far each time.
  static constexpr Duration kRetryFirst = std::chrono::milliseconds(50);
  static constexpr Duration kRetryMax = std::chrono::seconds(1);
  /// After so long without an attempt it begins with kRetryFirst again.
  static constexpr Duration kCalm = std::chrono::seconds(10);
  /// What a move that was begun is given to succeed, before refusals of the old socket count again.
  static constexpr Duration kPatience = std::chrono::seconds(3);

  /// `source`: what the system sends from to the peer now, if it does.
  explicit Relocation(const std::optional<Address>& source) : source_(source) {}

  /// The system refuses to send through the socket in use.
  void on_refused(Instant now);
  /// And through the one that the connection is about to move to.
  void on_next_refused(Instant now);
  /// Addresses or routes of the machine changed, and this is what the system would send from now.
  void on_network_change(Instant now, const std::optional<Address>& source);

  /// When an attempt is due; absent: none is.
  std::optional<Instant> poll_timeout() const { return due_; }
  bool is_due(Instant now) const { return due_ && now >= *due_; }
  /// The attempt ended with nothing: no way, or no socket.
  void on_failed(Instant now);
  /// The connection asks whether its peer hears it through a new socket.
  void on_begun(Instant now, const Address& source);
  /// It does, or the app moved the connection: `source` as above.
  void on_moved(const std::optional<Address>& source);

 private:
  void pace(Instant now);

  std::optional<Address> source_;
  std::optional<Address> next_source_;
  std::optional<Instant> due_;
  Instant patient_until_ = Instant::min();
  Instant not_before_ = Instant::min();
  Instant calm_at_ = Instant::min();
  Duration retry_ = kRetryFirst;
};

}  // namespace rudp::uv
