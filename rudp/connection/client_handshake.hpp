// The client's side of the handshake: one INIT, sent until it is answered.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include <rudp/config.hpp>
#include <rudp/error.hpp>
#include <rudp/types.hpp>

#include "connection/environment.hpp"
#include "connection/handshake_binding.hpp"
#include "connection/session.hpp"
#include "crypto/noise.hpp"
#include "crypto/secret_slab.hpp"
#include "wire/packet_header.hpp"

namespace rudp::connection {

/// Retransmission of INIT (PROTOCOL.md, "Handshake timers").
inline constexpr Duration kInitResendFirst = std::chrono::milliseconds(250);
inline constexpr Duration kInitResendMax = std::chrono::milliseconds(600);
/// RETRYs that one attempt believes; more are a flood.
inline constexpr std::uint32_t kRetriesTakenMax = 8;
/// A held cookie gives way to a newer one at this age, or after so many INITs without an answer.
inline constexpr Duration kCookieAgeMax = std::chrono::seconds(5);
inline constexpr std::uint32_t kUnansweredInitsMax = 3;

/// What the answers to a key probe are known by: it runs beside the attempt of this id, and a server takes
/// two INITs of one id for one.
inline ConnectionId key_probe_cid(const ConnectionId& client_cid) {
  return ConnectionId::from_u64(client_cid.to_u64() ^ 1);
}

/// Makes msg 1 once and keeps it: INIT is resent byte for byte, only the token
/// and the padding change, so that no key is used for two plaintexts (K2). Its secrets lie in the
/// environment's slab, which outlives it.
class ClientHandshake {
 public:
  /// `options` choose the pattern and give its keys.
  /// REQUIRES: client_cid has 8 bytes. Errors: bad_key, invalid_argument (see choose_pattern).
  static Result<ClientHandshake> start(Environment& environment, const ConnectionId& client_cid,
                                       std::size_t data_cid_length, const ConnectOptions& options);

  /// Writes the INIT datagram with the cookie held, or else the address token. Returns its length.
  /// REQUIRES: out has at least kInitBytesMin bytes.
  std::size_t write_init(MutableBytes out);
  /// When the next INIT is due after the one just written.
  Duration resend_after() const;

  /// True: the cookie was taken, send INIT again at once.
  bool take_retry(Instant now, const wire::RetryPacket& retry);
  /// Reads the server's answer on a copy of the Noise state, which stays as it
  /// was whatever the answer is: the genuine one may still come.
  /// Errors: authentication_failed, malformed, unsupported_version, no_common_suite, bad_key, ...
  Result<Session> read_answer(const wire::RespPacket& answer);
  /// The server's, after an answer was read.
  const wire::TransportParameters& parameters() const { return parameters_; }
  /// The FIN datagram, after an answer was read; empty where the pattern has no third message. It is to be
  /// sent as it is, however often.
  Bytes fin() const { return fin_; }

  bool used_retry() const { return cookie_.has_value(); }
  /// INITs since the last one that was answered by a cookie.
  std::uint32_t unanswered_inits() const { return inits_unanswered_; }
  std::size_t data_cid_length() const { return data_cid_length_; }
  const ConnectionId& client_cid() const { return client_cid_; }

 private:
  ClientHandshake(Environment& environment, const ConnectionId& client_cid, HandshakePattern pattern,
                  crypto::SlabPtr<crypto::NoiseHandshake> noise)
      : environment_(&environment), client_cid_(client_cid), pattern_(pattern), noise_(std::move(noise)) {}

  Result<void> make_first_message(std::size_t data_cid_length);
  Result<void> make_final_message(crypto::NoiseHandshake& noise, const ConnectionId& server_cid);
  wire::InitPacket init() const;
  bool wants_newer_cookie(Instant now) const;
  Result<void> check(const wire::TransportParameters& parameters) const;
  Session make_session(const crypto::NoiseHandshake& noise,
                       const wire::TransportParameters& parameters) const;

  static constexpr std::size_t kFirstMessageBytesMax = 768;

  Environment* environment_;
  ConnectionId client_cid_;
  HandshakePattern pattern_;
  crypto::SlabPtr<crypto::NoiseHandshake> noise_;
  std::array<std::uint8_t, kFirstMessageBytesMax> message_{};
  std::size_t message_bytes_ = 0;
  std::size_t data_cid_length_ = 4;
  std::optional<AddressToken> address_token_;
  std::optional<std::array<std::uint8_t, wire::kCookieBytes>> cookie_;
  Instant cookie_taken_at_;
  std::uint32_t retries_taken_ = 0;
  std::uint32_t inits_sent_ = 0;
  std::uint32_t inits_unanswered_ = 0;  ///< since the cookie was taken
  wire::TransportParameters parameters_;
  std::vector<std::uint8_t> fin_;
};

}  // namespace rudp::connection
