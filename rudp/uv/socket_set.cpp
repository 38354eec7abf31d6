#include "uv/socket_set.hpp"

#include <algorithm>

namespace rudp::uv {
Result<std::unique_ptr<SocketSet>, Failure> SocketSet::open(uv_loop_t* loop, std::span<const Address> locals,
                                                            int buffer_bytes, SocketSetOwner& owner,
                                                            Source source) {
  std::unique_ptr<SocketSet> set(new SocketSet(loop, buffer_bytes, owner));
  for (const Address& local : locals)
    if (auto opened = set->open_member(local, source); !opened) return opened.error();
  set->bound_count_ = locals.size();
  return set;
}

Result<SocketId, Failure> SocketSet::add(bool is_v4) {
  return open_member(is_v4 ? Address::v4(0, 0, 0, 0, 0) : Address{}, Source::chosen_by_system);
}

Result<SocketId, Failure> SocketSet::open_member(const Address& local, Source source) {
  auto member = std::make_unique<Member>(owner_, next_id_);
  auto socket = Socket::open(loop_, local, buffer_bytes_, *member, source);
  if (!socket) return socket.error();
  member->socket = *std::move(socket);
  members_.push_back(std::move(member));
  return next_id_++;
}

SocketSet::Member* SocketSet::find(SocketId socket) {
  const auto found = std::lower_bound(members_.begin(), members_.end(), socket,
                                      [](const auto& one, SocketId id) { return one->id < id; });
  return found == members_.end() || (*found)->id != socket ? nullptr : found->get();
}

SocketSet::Member* SocketSet::find_open(SocketId socket) {
  Member* const found = find(socket);
  return found && found->users > 0 ? found : nullptr;
}

bool SocketSet::share(SocketId socket) {
  Member* const found = find_open(socket);
  if (found == nullptr) return false;
  ++found->users;
  return true;
}

void SocketSet::close(SocketId socket, Instant at) {
  Member* const found = socket < bound_count_ ? nullptr : find_open(socket);
  if (found == nullptr) return;
  --found->users;
  found->needed_until = std::max(found->needed_until, at);
}

std::optional<Instant> SocketSet::sweep(Instant now) {
  std::optional<Instant> next;
  std::erase_if(members_, [&](const auto& member) {
    if (member->users > 0) return false;
    if (now >= member->needed_until) return true;
    next = std::min(next.value_or(member->needed_until), member->needed_until);
    return false;
  });
  return next;
}

bool SocketSet::blocked() const {
  const auto is_blocked = [](const std::unique_ptr<Member>& member) { return member->socket->blocked(); };
  if (members_.size() > bound_count_) return std::all_of(members_.begin(), members_.end(), is_blocked);
  return std::any_of(members_.begin(), members_.end(), is_blocked);
}

MutableBytes SocketSet::space() {
  if (blocked()) return {};
  Member* const last = find(writing_);
  if (last && !last->socket->blocked()) return last->socket->space();
  const auto free = std::find_if(members_.begin(), members_.end(),
                                 [](const auto& member) { return !member->socket->blocked(); });
  writing_ = (*free)->id;
  return (*free)->socket->space();
}

void SocketSet::push(const Transmit& run) {
  const SocketId socket = socket_of(run.socket);
  Member* const member = find(socket);
  if (member == nullptr) return;
  if (socket == writing_) return member->socket->push(run);
  const MutableBytes written = find(writing_)->socket->space();
  MutableBytes space = member->socket->space();
  if (space.empty()) {
    member->socket->flush();
    space = member->socket->space();
  }
  if (space.empty()) return;
  std::copy_n(written.begin(), run.bytes, space.begin());
  member->socket->push(run);
  writing_ = socket;
}

void SocketSet::flush() {
  for (const auto& member : members_) member->socket->flush();
}

}  // namespace rudp::uv
