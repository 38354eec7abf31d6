// One connection: translates frames into calls on the mechanisms and back.
//
// The class is declared here once and defined in several files, each of which is
// one part of the flow:
//   receive.cpp         packets in            acknowledge.cpp  their acks
//   transmit.cpp        packets out: which, and when
//   probes.cpp          those that ask whether anything arrives
//   control_frames.cpp, payload_frames.cpp, streams.cpp        what stands in them
//   sent.cpp            what is remembered of them
//   mtu.cpp, ecn.cpp    how large, how marked
//   paths.cpp, paths_ids.cpp                  from where, to where
//   handshake.cpp, timeout.cpp, close.cpp     its life
//   connection.cpp      construction, commands, events, getters
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include <rudp/endpoint.hpp>

#include "ack/ack_request.hpp"
#include "ack/received_packets.hpp"
#include "ack/replay_window.hpp"
#include "base/network_path.hpp"
#include "congestion/bandwidth_estimate.hpp"
#include "congestion/controller.hpp"
#include "congestion/pacer.hpp"
#include "congestion/rate_sampler.hpp"
#include "connection/close_reason.hpp"
#include "connection/counters.hpp"
#include "connection/ending.hpp"
#include "connection/environment.hpp"
#include "connection/frame_record.hpp"
#include "connection/glitch_budget.hpp"
#include "connection/opening.hpp"
#include "connection/packet_builder.hpp"
#include "connection/probing.hpp"
#include "connection/server_handshake.hpp"
#include "connection/session.hpp"
#include "connection/timer_table.hpp"
#include "message/incoming.hpp"
#include "message/outgoing.hpp"
#include "message/repetition.hpp"
#include "path/ecn_validation.hpp"
#include "path/local_ids.hpp"
#include "path/mtu_discovery.hpp"
#include "path/remote_ids.hpp"
#include "path/response_queue.hpp"
#include "recovery/recovery.hpp"
#include "stream/streams.hpp"
#include "transfer/send_order.hpp"
#include "wire/frame.hpp"
#include "wire/short_header.hpp"
#include "wire/transport_error.hpp"

namespace rudp::connection {

/// docs/STATE-MACHINE.md; half_open is the server's side of unconfirmed.
enum class State : std::uint8_t { handshaking, half_open, unconfirmed, open, closing, draining, finished };

/// A connection that was silent for so long gives memory back.
inline constexpr Duration kRestAfter = std::chrono::seconds(1);
/// Closing and draining last this many PTO (RFC 9000 10.2).
inline constexpr int kCloseProbeTimeouts = 3;
/// CLOSE that nobody answers is sent so often in all, a probe timeout apart. At 20 % loss all three are lost once in
/// 125 times; a peer that is gone draws two small datagrams more.
inline constexpr std::uint32_t kCloseSendsMax = 3;
/// A server that closes before its client has acknowledged anything answers for so long at least: to a client
/// that never heard it, a RESET would mean that the handshake is to start over.
inline constexpr Duration kUnheardCloseTime = std::chrono::seconds(5);

class Connection {
 public:
  /// A client's connection; INIT is ready to be sent. `environment` outlives it.
  static std::unique_ptr<Connection> start(Environment& environment, Instant now, ConnectionHandle handle,
                                           const NetworkPath& to, ClientHandshake handshake,
                                           const ConnectOptions& options);
  /// A server's half-open connection; RESP is ready to be sent.
  static std::unique_ptr<Connection> answer(Environment& environment, Instant now, ConnectionHandle handle,
                                            const NetworkPath& to, Accepted accepted);

  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  // Inputs. None of them may find the connection finished.

  /// A short packet with our connection id; opened in place. Errors, with nothing
  /// changed but counters: invalid_state (seen before, or of no use in this state),
  /// truncated, authentication_failed.
  Result<void> handle_packet(Instant now, const NetworkPath& from, MutableBytes datagram, Ecn ecn);
  /// Whether packets may come over this path; others are not to be given.
  bool takes_from(const NetworkPath& path) const;
  void handle_retry(Instant now, const wire::RetryPacket& retry);
  void handle_response(Instant now, const wire::RespPacket& response);
  /// The third handshake message. Errors, with nothing changed: invalid_state (not awaited from there, or
  /// not any more), or as finish() says.
  Result<void> handle_fin(Instant now, const NetworkPath& from, const wire::FinPacket& fin);
  void handle_version_negotiation(Instant now, const wire::VersionNegotiationPacket& packet);
  void handle_reset(Instant now, const wire::ResetPacket& reset);
  /// An INIT with a good cookie and the ids of this half-open connection.
  /// False: it was another INIT, nothing happens.
  bool handle_duplicate_init(Instant now, const wire::InitPacket& init);
  void handle_timeout(Instant now);
  /// The clock jumped, or the caller slept, past something that was due: times from before tell nothing of
  /// the path. To be called before anything else is done at that time.
  void on_clock_jump(Instant now);
  SendResult send(Instant now, ChannelId channel, Bytes message, const SendOptions& options);
  /// Errors: invalid_state (not open), would_block (the last update is not over).
  Result<void> update_keys();
  /// Errors: invalid_state (not open, or the server's side), would_block (no spare id of the server's).
  Result<void> migrate(Instant now, const NetworkPath& to);
  Result<StreamId> open_stream(const StreamOptions& options);
  StreamWriteResult write(StreamId stream, Bytes bytes, bool fin);
  Result<StreamRead> read(Instant now, StreamId stream, MutableBytes out);
  Result<void> reset_stream(StreamId stream, std::uint64_t code);
  Result<void> stop_sending(Instant now, StreamId stream, std::uint64_t code);
  Result<void> set_stream_priority(StreamId stream, std::uint8_t priority);
  void close(Instant now, std::uint64_t code, std::string_view reason, Duration drain);
  void close_now(Instant now, std::uint64_t code, std::string_view reason);
  /// Memory ran out in the middle of any of these or of the outputs: ends with out_of_memory, tells the peer
  /// where there are keys, and touches nothing more of what was under way. Allocates nothing.
  void abandon(Instant now);

  // Outputs.

  bool poll_transmit(Instant now, MutableBytes buffer, Transmit& transmit);
  /// `message` receives the payload that `event` may view.
  bool poll_event(Event& event, message::ReceivedMessage& message);
  void recycle(std::vector<std::uint8_t>&& buffer) { incoming_.recycle(std::move(buffer)); }
  /// Instant::max() where nothing is due.
  Instant next_timeout() const;

  // Connection ids, as the endpoint's tables have to follow them (paths_ids.cpp).

  /// Whether anything of the following is to be asked.
  bool has_id_news() const;
  /// How many more ids the peer is to be given.
  std::size_t local_ids_wanted() const { return state_ == State::open ? local_ids_.wanted() : 0; }
  /// REQUIRES: local_ids_wanted() > 0; an id of our length that no packet to us carries yet.
  void give_local_id(const ConnectionId& id) { local_ids_.add(id); }
  /// Ids that packets to us cannot carry any more.
  std::optional<ConnectionId> poll_forgotten_local_id() { return local_ids_.poll_forgotten(); }
  /// Ids that a RESET cannot name any more, to be asked before those that it may name from now on.
  std::optional<ConnectionId> poll_forgotten_remote_id() { return remote_ids_.poll_forgotten(); }
  std::optional<ConnectionId> poll_learned_remote_id() { return remote_ids_.poll_learned(); }
  const path::LocalIds& local_ids() const { return local_ids_; }
  const path::RemoteIds& remote_ids() const { return remote_ids_; }

  // Getters.

  State state() const { return state_; }
  Role role() const { return role_; }
  /// Answers to key_probe_cid() are for this connection, too. REQUIRES: handshaking.
  bool has_probed_key() const { return attempt_->has_probed; }
  /// Nothing more will be sent or told: the endpoint forgets the connection.
  bool is_finished() const { return state_ == State::finished && !closed_event_; }
  /// The application was told that it ended, or will be with the next events.
  bool is_over() const { return over_; }
  /// The application has taken the last event.
  bool is_told() const { return over_ && !closed_event_; }
  const Address& remote() const { return path_.remote; }
  const Session& session() const { return session_; }
  ConnectionInfo info() const;
  ConnectionStatistics statistics() const;

 private:
  Connection(Environment& environment, ConnectionHandle handle, Role role, const NetworkPath& path);

  struct PendingProbe {
    PacketNumber copy_of = 0;
    bool is_awaited = true;
    std::vector<recovery::SentFrame> frames;
    bool of_base_size = false;
  };

  // handshake.cpp
  Result<void> keep_early(const NetworkPath& from, Bytes datagram, Ecn ecn);
  void take_session(Instant now, Session session, const wire::TransportParameters& peer);
  void warn_of_refused(std::size_t messages) const;
  recovery::RecoveryConfig recovery_config() const;
  void become_open(Instant now);
  void take_answer_time(Instant now);
  void start_over(Instant now);
  void on_our_version_spoken();
  void on_attempt_over(Instant now);
  void on_init_unanswered(Instant now);
  bool is_for_probe(const ConnectionId& client_cid) const;
  bool may_probe_key() const;
  void begin_key_probe(Instant now);
  bool goes_on_with_key_probe(Instant now);
  void on_key_shown(Instant now, const wire::RespPacket& response);
  bool transmit_probe(Instant now, MutableBytes buffer, Transmit& transmit);
  void finish_key_probe(Instant now, const std::optional<PublicKey>& offered);
  bool transmit_init(Instant now, MutableBytes buffer, Transmit& transmit);
  bool transmit_response(Instant now, MutableBytes buffer, Transmit& transmit);
  bool transmit_fin(Instant now, MutableBytes buffer, Transmit& transmit);

  // receive.cpp
  struct OpenedPacket {
    PacketNumber number = 0;
    Bytes payload;
    std::uint8_t reserved = 0;
    ConnectionId local_cid;
    NetworkPath from;
    std::size_t datagram_bytes = 0;
  };
  Result<OpenedPacket> open_packet(Instant now, const NetworkPath& from, MutableBytes datagram);
  Result<void> refuse(Instant now, Error error, std::size_t bytes);
  void on_authenticated(Instant now, PacketNumber number, std::size_t bytes);
  void handle_payload(Instant now, const OpenedPacket& packet, Ecn ecn);
  void handle_stray(Instant now, const OpenedPacket& packet);
  Result<void> handle_frame(Instant now, const OpenedPacket& packet, const wire::Frame& frame);
  Result<void> on_frame(Instant now, const wire::AckFrame& frame);
  Result<void> on_frame(Instant now, const wire::MessageFrame& frame);
  Result<void> on_frame(Instant now, const wire::MessagesFrame& frame);
  Result<void> on_frame(Instant now, const wire::FragmentFrame& frame);
  Result<void> on_frame(Instant now, const wire::SkipFrame& frame);
  Result<void> on_frame(Instant now, const wire::ReceiptFrame& frame);
  Result<void> on_frame(Instant now, const wire::MaxMsgDataFrame& frame);
  Result<void> on_frame(Instant now, const wire::MsgBlockedFrame& frame);
  Result<void> on_frame(Instant now, const wire::StreamFrame& frame);
  Result<void> on_frame(Instant now, const wire::ResetStreamFrame& frame);
  Result<void> on_frame(Instant now, const wire::StopSendingFrame& frame);
  Result<void> on_frame(Instant now, const wire::MaxDataFrame& frame);
  Result<void> on_frame(Instant now, const wire::MaxStreamDataFrame& frame);
  Result<void> on_frame(Instant now, const wire::MaxStreamsFrame& frame);
  Result<void> on_frame(Instant now, const wire::CloseFrame& frame);
  Result<void> on_frame(Instant now, const wire::NewConnectionIdFrame& frame);
  Result<void> on_frame(Instant now, const wire::RetireConnectionIdFrame& frame);
  Result<void> on_frame(Instant now, const wire::PathResponseFrame& frame);
  Result<void> on_frame(Instant now, const wire::AckFrequencyFrame& frame);
  Result<void> on_frame(Instant now, const wire::ImmediateAckFrame& frame);
  /// Done before: on_challenge has to know where it came from.
  Result<void> on_frame(Instant, const wire::PathChallengeFrame&) { return {}; }
  Result<void> on_frame(Instant, const wire::PaddingFrame&) { return {}; }
  Result<void> on_frame(Instant, const wire::PingFrame&) { return {}; }

  // acknowledge.cpp
  void route_acked(Instant now, std::span<const recovery::SentFrame> frames);
  void route_lost(Instant now, std::span<const recovery::SentFrame> frames);
  void on_ack_outcome(Instant now, const wire::AckFrame& frame, const recovery::AckOutcome& outcome);
  void report_losses(Instant now, const recovery::LossReport& lost);
  void report_ack(Instant now, const recovery::AckOutcome& outcome);
  void update_pacing(Instant now);

  // paths.cpp
  void note_path(Instant now, const OpenedPacket& packet, bool is_highest);
  void look_at(Instant now, const NetworkPath& path, path::Occasion occasion);
  bool is_in_doubt(Instant now) const;
  void hear_old_path(Instant now);
  bool may_be_original(PacketNumber number) const;
  void hear_original(Instant now, PacketNumber number);
  std::optional<Instant> move_time() const;
  void announce(Instant now);
  void end_probing(Instant now);
  Result<void> on_challenge(const OpenedPacket& packet, const wire::PathChallengeFrame& frame);
  std::optional<Instant> path_timeout() const;
  void on_path_timeout(Instant now);
  void consider_move(Instant now);
  void move(Instant now);
  void give_up_sent(Instant now, Instant since);
  void begin_path(Instant now, Duration rtt);
  bool transmit_path(Instant now, MutableBytes buffer, Transmit& transmit);
  bool transmit_responses(Instant now, MutableBytes buffer, Transmit& transmit);
  bool transmit_fresh_challenge(Instant now, MutableBytes buffer, Transmit& transmit);
  bool transmit_old_challenge(Instant now, MutableBytes buffer, Transmit& transmit);
  PacketBuilder::Header path_header(const NetworkPath& path);
  void write_challenge(Instant now, PacketBuilder& builder, path::Validation& validation);
  bool send_on_path(Instant now, PacketBuilder& builder, const NetworkPath& path, std::size_t pad_to_bytes,
                    Transmit& transmit);
  void note_transfer(Instant now);
  void end_transfer();

  // mtu.cpp
  static path::MtuDiscovery discovery_for(const TransportOptions& options, const Address& remote,
                                          std::uint64_t limit_bytes);
  void begin_discovery(Instant now);
  bool transmit_mtu_probe(Instant now, MutableBytes buffer, Transmit& transmit);
  void take_datagram_size(Instant now);
  bool is_black_hole(Instant now, const recovery::LossReport& lost);

  // ecn.cpp
  void begin_ecn();
  void note_marks(Instant now, const wire::AckFrame& frame, bool is_newest,
                  const recovery::AckOutcome& outcome);

  // paths_ids.cpp
  void write_ids(PacketBuilder& builder);

  // transmit.cpp
  bool transmit_run(Instant now, MutableBytes buffer, Transmit& transmit);
  std::size_t build_packet(Instant now, MutableBytes datagram);
  bool may_send_data(Instant now);
  bool window_has_room(std::size_t bytes) const;
  bool has_data() const;
  bool has_payload() const;
  bool ack_is_due(Instant now) const;
  PacketBuilder::Header next_header();

  // probes.cpp
  std::size_t build_probe(Instant now, MutableBytes datagram);
  bool is_first(const PendingProbe& probe) const;
  bool write_probe(Instant now, PacketBuilder& builder, const PendingProbe& probe);
  bool repeat(Instant now, PacketBuilder& builder, const recovery::SentFrame& record, bool last);

  // control_frames.cpp
  void write_ack(Instant now, PacketBuilder& builder);
  void write_ping(PacketBuilder& builder);
  void write_control(PacketBuilder& builder);
  void write_ack_request(Instant now, PacketBuilder& builder);
  void write_skips(PacketBuilder& builder);
  void write_blocked(PacketBuilder& builder);
  void write_receipts(PacketBuilder& builder);

  // payload_frames.cpp
  void write_data(Instant now, PacketBuilder& builder);
  bool write_next(Instant now, PacketBuilder& builder);
  transfer::SendDemand send_demand() const;
  std::optional<std::size_t> write_message(Instant now, PacketBuilder& builder, std::uint8_t level);
  static bool carries(const PacketBuilder& builder, const message::FrameTag& tag);
  void repeat_messages(Instant now, PacketBuilder& builder);
  bool is_last_of_packet(const message::OutgoingFrame& frame) const;
  bool write_frame(PacketBuilder& builder, const message::OutgoingFrame& frame, bool last,
                   std::uint16_t flags = 0);

  // streams.cpp
  stream::Streams& streams();
  void tell_streams_limits();
  bool poll_stream_event(Event& event);
  bool streams_have_data() const;
  std::optional<std::size_t> write_stream(PacketBuilder& builder, std::uint8_t level);
  bool repeat_stream(PacketBuilder& builder, const recovery::SentFrame& record);
  void write_stream_piece(PacketBuilder& builder, const stream::OutgoingPiece& frame);
  void write_stream_control(PacketBuilder& builder);

  // sent.cpp
  std::size_t padded_bytes(const PacketBuilder& builder) const;
  std::size_t send_packet(Instant now, PacketBuilder& builder, recovery::PacketPurpose purpose,
                          std::optional<PacketNumber> copy_of);
  void on_sent(Instant now, const PacketBuilder& builder, std::size_t bytes, recovery::PacketPurpose purpose,
               std::optional<PacketNumber> copy_of);
  void note_app_limited();
  void draw_next_skip();
  void skip_number_sometimes();

  // timeout.cpp
  void on_loss_timeout(Instant now);
  void queue_probes(std::span<const recovery::Probe> probes);
  void add_small_probe();
  void on_confirm_timeout(Instant now);
  void restart_idle(Instant now);
  bool ask_after_absence(Instant now);
  void rest(Instant now);
  bool can_rest() const;
  Duration idle_timeout() const;

  // close.cpp
  Ending& ending();
  bool is_asked_to_close() const { return ending_ && ending_->is_asked_for; }
  wire::CloseFrame close_frame() const;
  void fail(Instant now, Error error, std::uint64_t frame_type);
  void enter_closing(Instant now, CloseReason reason, Error event_error);
  void enter_draining(Instant now);
  Duration closing_time() const;
  void finish_silently(Instant now, Error event_error);
  void tell_closed(Error error);
  bool poll_closed(Event& event);
  void close_when_drained(Instant now);
  void close_at_drain_end(Instant now);
  bool transmit_close(Instant now, MutableBytes buffer, Transmit& transmit);

  void set_state(Instant now, State state);
  void trace(Instant now, TraceKind kind, std::uint64_t number, std::uint64_t a, std::uint64_t b) const;

  Environment& environment_;
  ConnectionHandle handle_;
  NetworkPath path_;  ///< where data goes
  TimerTable timers_;
  std::unique_ptr<Attempt> attempt_;     ///< of a client until it hears the server, else null
  std::unique_ptr<HalfOpen> half_open_;  ///< of a server until it hears its client, else null
  std::unique_ptr<Ending> ending_;       ///< null: none is asked for, or there is nothing to say of it
  Session session_;

  path::LocalIds local_ids_;
  path::RemoteIds remote_ids_;
  std::unique_ptr<Probing> probing_;                ///< null: no other path is looked at
  std::unique_ptr<path::ResponseQueue> responses_;  ///< null: there are none
  std::uint64_t peer_id_sequence_ = 0;              ///< the newest of our ids that came over path_
  PacketNumber originals_from_ = 0;                 ///< a copy of a lower number tells nothing of path_
  Instant next_look_at_ = Instant::min();           ///< no other path is looked at before
  path::MtuDiscovery mtu_;
  PacketNumber black_hole_below_ = 0;  ///< the last one may have taken large packets with lower numbers
  path::EcnValidation ecn_;

  PacketNumber next_number_ = 0;
  PacketNumber expected_number_ = 0;  ///< one above the largest authenticated
  std::optional<PacketNumber> largest_acked_;
  std::uint64_t packets_until_skip_ = 0;
  ack::ReplayWindow replay_;
  ack::ReceivedPackets received_;
  ack::AckRequest ack_request_;
  std::uint64_t ack_frequency_next_ = 0;  ///< one above the newest sequence of ACK_FREQUENCY that came
  GlitchBudget glitches_;
  Counters counters_;

  recovery::Recovery recovery_;
  std::unique_ptr<congestion::Controller> controller_;
  congestion::RateSampler rate_sampler_;
  congestion::BandwidthEstimate bandwidth_;
  congestion::Pacer pacer_;
  std::vector<PendingProbe> probes_;

  message::Outgoing outgoing_;
  message::Incoming incoming_;
  std::unique_ptr<message::Repetition> repetition_;  ///< null but in the low-latency mode
  std::unique_ptr<stream::Streams> streams_;         ///< null until one is spoken of
  transfer::SendOrder send_order_;

  Instant jumped_at_ = Instant::min();  ///< the clock, last: times before tell nothing
  Instant close_sent_at_;
  std::uint32_t closes_sent_ = 0;

  std::uint32_t max_datagram_bytes_;        ///< what mtu_ says
  std::uint32_t probes_pending_ = 0;        ///< the first of probes_; the rest keep their memory
  std::uint32_t eliciting_since_sent_ = 0;  ///< ack-eliciting packets received since one was sent
  Role role_;
  State state_;
  Error closed_error_ = Error::closed_locally;
  bool ping_pending_ = false;  ///< a PING that may wait for the window
  bool eliciting_sent_since_receive_ = false;
  bool immediate_ack_asked_ = false;  ///< by the packet at hand
  bool asked_after_absence_ = false;  ///< the idle timer came too late to mean anything, once
  bool packets_are_full_ = false;     ///< one was sent that a larger packet would have been worth
  bool close_due_ = false;
  bool over_ = false;
  bool abandoned_ = false;  ///< the mechanisms may be half changed
  // Events that the application has not taken yet.
  bool connected_event_ = false;
  bool path_changed_event_ = false;
  bool closed_event_ = false;
};

}  // namespace rudp::connection
