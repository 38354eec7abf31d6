#include "uv/socket_set.hpp"

#include <algorithm>

namespace rudp::uv {
namespace {

/// The last words of a connection leave with the drain in which it ended, or with the next.
constexpr int kDrainsToClose = 2;

}  // namespace

Result<std::unique_ptr<SocketSet>, Failure> SocketSet::open(uv_loop_t* loop, const Address& local,
                                                            int buffer_bytes, SocketSetOwner& owner) {
  std::unique_ptr<SocketSet> set(new SocketSet(loop, buffer_bytes, owner));
  if (auto opened = set->open_member(local); !opened) return opened.error();
  return set;
}

Result<SocketId, Failure> SocketSet::add(bool is_v4) {
  return open_member(is_v4 ? Address::v4(0, 0, 0, 0, 0) : Address{});
}

Result<SocketId, Failure> SocketSet::open_member(const Address& local) {
  auto member = std::make_unique<Member>(owner_, next_id_);
  auto socket = Socket::open(loop_, local, buffer_bytes_, *member);
  if (!socket) return socket.error();
  member->socket = *std::move(socket);
  members_.push_back(std::move(member));
  return next_id_++;
}

SocketSet::Member* SocketSet::find(SocketId socket) {
  const auto found =
      std::find_if(members_.begin(), members_.end(), [&](const auto& one) { return one->id == socket; });
  return found == members_.end() ? nullptr : found->get();
}

void SocketSet::close(SocketId socket) {
  Member* const found = socket == 0 ? nullptr : find(socket);
  if (found != nullptr && found->drains_left < 0) found->drains_left = kDrainsToClose;
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

void SocketSet::push(const Transmit& run) {
  if (run.socket == 0) return first().push(run);
  Member* const member = find(run.socket);
  if (member == nullptr) return;
  const MutableBytes written = first().space();
  MutableBytes space = member->socket->space();
  if (space.empty()) {
    member->socket->flush();
    space = member->socket->space();
  }
  if (space.empty()) return;
  std::copy_n(written.begin(), run.bytes, space.begin());
  member->socket->push(run);
}

void SocketSet::flush() {
  for (const auto& member : members_) member->socket->flush();
}

}  // namespace rudp::uv
