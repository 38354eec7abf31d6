#include "uv/socket_set.hpp"

#include <algorithm>

namespace rudp::uv {
namespace {

/// The last words of a connection leave with the drain in which it ended, or with the next.
constexpr int kDrainsToClose = 2;

}  // namespace

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

bool SocketSet::share(SocketId socket) {
  Member* const found = find(socket);
  if (found == nullptr || found->drains_left >= 0) return false;
  ++found->users;
  return true;
}

void SocketSet::close(SocketId socket) {
  Member* const found = socket < bound_count_ ? nullptr : find(socket);
  if (found == nullptr || found->drains_left >= 0) return;
  if (--found->users == 0) found->drains_left = kDrainsToClose;
}

bool SocketSet::sweep() {
  bool any = false;
  for (const auto& member : members_) {
    if (member->drains_left > 0) --member->drains_left;
    any = any || member->drains_left > 0;
  }
  std::erase_if(members_, [](const auto& member) { return member->drains_left == 0; });
  return any;
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
