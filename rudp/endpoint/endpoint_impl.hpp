// What an Endpoint is made of. Defined in endpoint.cpp (construction, commands,
// getters), dispatch.cpp (a datagram finds its connection), accept.cpp (INITs of
// strangers), drain.cpp (outputs) and memory.cpp (where there is none left).
#pragma once

#include <memory>
#include <new>
#include <optional>
#include <utility>

#include <rudp/endpoint.hpp>

#include "base/ring_queue.hpp"
#include "base/slot_map.hpp"
#include "connection/connection.hpp"
#include "connection/environment.hpp"
#include "crypto/address_token.hpp"
#include "crypto/reset_token.hpp"
#include "crypto/retry_token.hpp"
#include "endpoint/accept_limiter.hpp"
#include "endpoint/connection_id_map.hpp"
#include "endpoint/deadline_heap.hpp"
#include "endpoint/stateless_replies.hpp"
#include "endpoint/token_bucket.hpp"
#include "endpoint/turn_queue.hpp"
#include "wire/packet_header.hpp"

namespace rudp {

struct Endpoint::Impl {
  /// RETRYs a second, with bursts: far above any honest rate, far below what a core can make.
  static constexpr std::uint32_t kRetriesPerSecond = 50'000;
  static constexpr std::uint32_t kRetriesBurst = 10'000;
  /// RESETs a second: enough for the peers of a restarted server to notice within seconds, useless as a
  /// weapon.
  static constexpr std::uint32_t kResetsPerSecond = 10;
  static constexpr std::uint32_t kResetsBurst = 100;
  /// A short packet that is answered by RESET is longer than the answer, so that two endpoints without state
  /// cannot keep each other busy (RFC 9000 10.3.3). No real packet is too short: a lone PING has 29 bytes.
  static constexpr std::size_t kResetTriggerBytesMin = wire::kResetBytes + 1;

  /// A timer this late was not late by chance: the clock jumped, or the process slept.
  static constexpr Duration kLateMin = std::chrono::milliseconds(500);

  struct Entry {
    std::unique_ptr<connection::Connection> connection;
    /// Of a connection that we started its client_cid, of an accepted one its name in by_handshake.
    std::uint64_t origin = 0;
    bool is_accepted = false;
    bool is_made = false;  ///< false: memory may run out before it is
    bool counts_as_half_open = false;
    bool counts_as_open = false;
    bool is_proven = false;  ///< an accepted connection whose client brought a cookie
  };

  Impl(const EndpointConfig& config, Random& random);

  // memory.cpp
  /// Does `work`, which says in `at_work` whom it is about. False: memory ran out, and that connection is
  /// over; the others are as they were.
  template <class Work>
  bool guarded(std::optional<ConnectionHandle> about, Work&& work) {
    at_work = about;
    try {
      std::forward<Work>(work)();
      return true;
    } catch (const std::bad_alloc&) {
      on_out_of_memory();
      return false;
    }
  }
  /// The same for a command to one connection, which is touched after it.
  template <class Work>
  void command(ConnectionHandle handle, Work&& work) {
    guarded(handle, [&] {
      work();
      touch(handle, *connections.find(handle));
    });
  }
  void on_out_of_memory();
  void unmake(ConnectionHandle handle, Entry& entry);
  /// A place for a connection that is about to be made, and room in the queues, so that none of them has to
  /// grow when it is touched. `at_work` names it.
  ConnectionHandle begin_connection();
  /// It leaves the queues and its slot.
  void end_connection(ConnectionHandle handle);

  // endpoint.cpp
  Result<ConnectionHandle> connect(Instant now, const Address& to, const ConnectOptions& options);
  /// Null once the application has taken the last event, or while it has not been told of the first.
  connection::Connection* known(ConnectionHandle handle);
  /// Null also once the connection is over.
  connection::Connection* live(ConnectionHandle handle);
  Instant advance(Instant now);
  void on_clock_jump();
  /// To be called after every input to a connection.
  void touch(ConnectionHandle handle, Entry& entry);
  /// The tables follow the ids of a connection.
  void follow_ids(ConnectionHandle handle, connection::Connection& connection);
  ConnectionId draw_local_cid();
  void handle_timeout(Instant now);
  void forget(ConnectionHandle handle, Entry& entry);
  void log(LogLevel level, std::string_view line) const;
  /// The connection that a table names.
  std::optional<ConnectionHandle> handle_in(std::optional<std::uint32_t> slot) const {
    return slot ? connections.handle_at(*slot) : std::nullopt;
  }
  /// The id that a client had first: the beginning of its client_cid.
  ConnectionId first_local_cid(const ConnectionId& client_cid) const {
    return ConnectionId(client_cid.bytes().first(local_cid_length));
  }

  // dispatch.cpp
  void handle_datagram(Instant now, const Address& from, MutableBytes datagram, Ecn ecn, SocketId socket);
  void handle_short(Instant now, const Address& from, MutableBytes datagram, Ecn ecn);
  void handle_long(Instant now, const Address& from, Bytes datagram);
  template <class Packet>
  void to_client(Instant now, const Address& from, const Packet& packet);
  void on_packet(Instant now, const Address& from, const wire::InitPacket& init);
  void on_packet(Instant now, const Address& from, const wire::RetryPacket& retry);
  void on_packet(Instant now, const Address& from, const wire::RespPacket& response);
  void on_packet(Instant now, const Address& from, const wire::FinPacket& fin);
  void on_packet(Instant now, const Address& from, const wire::VersionNegotiationPacket& packet);
  void on_packet(Instant now, const Address& from, const wire::ResetPacket& reset);
  void count_refused(Error error);
  void answer_unknown(Instant now, const Address& from, Bytes datagram);

  // accept.cpp
  void handle_unknown_version(const Address& from, const wire::InitInvariant& init);
  /// What an INIT shows about its source: nothing; that it was there within a day; that it is there now.
  enum class AddressProof : std::uint8_t { none, token, cookie };
  AddressProof proof_of(Instant now, const Address& from, const wire::InitPacket& init) const;
  void send_retry(Instant now, const Address& from, const wire::InitPacket& init);
  void accept(Instant now, const Address& from, const wire::InitPacket& init, AddressProof proof);
  std::optional<AddressToken> token_for(Instant now, const Address& from, AddressProof proof) const;
  bool is_full() const;
  bool has_room_for(AddressProof proof);
  void give_up_unproven();
  void make_place_among_unproven();
  bool is_evictable(ConnectionHandle handle);
  ConnectionId draw_server_cid();
  void reply(const Address& to, const wire::LongPacket& packet);

  // drain.cpp
  bool poll_transmit(Instant now, MutableBytes buffer, Transmit& transmit);
  bool poll_event(Event& event);
  std::optional<Instant> poll_timeout() const;
  void release_message();

  EndpointConfig config;
  Random& random;
  connection::Environment environment;
  std::size_t local_cid_length;

  crypto::RetryTokenKey retry_key;
  std::optional<crypto::ResetTokenKey> reset_key;      ///< of endpoints that accept
  std::optional<crypto::AddressTokenKey> address_key;  ///< likewise
  endpoint::TokenBucket cookie_free;
  endpoint::AcceptLimiter accept_limiter;
  endpoint::TokenBucket retries;
  endpoint::TokenBucket resets;
  endpoint::StatelessReplies replies;

  base::SlotMap<Entry> connections;
  endpoint::ConnectionIdMap by_local_cid;   ///< short packets to us
  endpoint::ConnectionIdMap by_client_cid;  ///< answers to our INITs
  endpoint::ConnectionIdMap by_remote_cid;  ///< RESETs of our servers
  endpoint::HandshakeMap by_handshake;      ///< INITs that we answered
  /// Half-open connections without a cookie, oldest first; some may have gone on since, at most as many as
  /// twice max_half_open in all.
  base::RingQueue<ConnectionHandle> unproven;
  endpoint::DeadlineHeap deadlines;
  endpoint::TurnQueue transmit_queue;
  endpoint::TurnQueue event_queue;

  message::ReceivedMessage current_message;  ///< what the last event views
  ConnectionHandle current_owner;
  std::string current_reason;
  SocketId arrived_through = 0;  ///< of the datagram at hand
  std::optional<ConnectionHandle> at_work;
  Instant now;
  EndpointStatistics statistics;
};

}  // namespace rudp
