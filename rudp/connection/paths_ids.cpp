// Connection ids on their way: given to the peer, taken from it, retired by either.
#include "connection/connection.hpp"
#include "wire/frame_writer.hpp"

namespace rudp::connection {
namespace {

/// NEW_CONNECTION_ID at its longest: type, two varints, length, id, token.
constexpr std::size_t kNewConnectionIdBytesMax = 1 + 8 + 8 + 1 + ConnectionId::kBytesMax + 16;
constexpr std::size_t kRetireConnectionIdBytesMax = 1 + 8;

}  // namespace

bool Connection::has_id_news() const {
  if (abandoned_) return false;  // the tables will forget what they know, and learn nothing more
  if (local_ids_wanted() > 0 || local_ids_.has_forgotten()) return true;
  // Only servers send RESET, so only clients are found by it.
  return role_ == Role::client && remote_ids_.has_news();
}

Result<void> Connection::on_frame(Instant, const wire::NewConnectionIdFrame& frame) {
  return remote_ids_.on_offered({.sequence = frame.sequence,
                                 .retire_prior_to = frame.retire_prior_to,
                                 .id = frame.id,
                                 .reset_token = frame.reset_token});
}

Result<void> Connection::on_frame(Instant, const wire::RetireConnectionIdFrame& frame) {
  return local_ids_.on_retired(frame.sequence);
}

void Connection::write_ids(PacketBuilder& builder) {
  while (remote_ids_.has_retirement_to_send() && builder.space() >= kRetireConnectionIdBytesMax) {
    const std::uint64_t sequence = *remote_ids_.take_retirement_to_send();
    wire::write(builder.frames(), wire::RetireConnectionIdFrame{sequence});
    builder.record(record_of(RecordType::retire_connection_id, sequence));
    builder.set_ack_eliciting();
  }
  while (local_ids_.has_id_to_send() && builder.space() >= kNewConnectionIdBytesMax) {
    const auto given = *local_ids_.take_id_to_send();
    wire::NewConnectionIdFrame frame{.sequence = given.sequence, .id = given.id};
    // A client never sends RESET: its tokens stay zero, and those match nothing.
    if (environment_.reset_key && role_ == Role::server)
      frame.reset_token = environment_.reset_key->make(given.id.bytes());
    wire::write(builder.frames(), frame);
    builder.record(record_of(RecordType::new_connection_id, given.sequence));
    builder.set_ack_eliciting();
  }
}

}  // namespace rudp::connection
