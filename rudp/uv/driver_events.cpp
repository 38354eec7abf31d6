// What the core and the driver itself have to tell, to the app's callbacks.
#include "uv/clock.hpp"
#include "uv/driver.hpp"

namespace rudp::uv {

void Driver::on_event(Binding& binding, const Event& event) {
  const PeerId id = binding.peer_of(event.connection);
  const Route route{&binding, event.connection};
  switch (event.type) {
    case EventType::connected:
      return id == 0 ? on_accepted(route) : on_connected(id, route);
    case EventType::message:
      return peer(id) ? on_message(connection(id), event.message) : void();
    case EventType::writable:
      return on_core_writable(id);
    case EventType::receipt:
      return on_receipt_event(id, event);
    case EventType::closed:
      return on_closed(id, route, event);
    case EventType::path_changed:
      return on_path_changed(id, event);
    case EventType::stream_opened:
    case EventType::stream_readable:
    case EventType::stream_writable:
    case EventType::stream_reset:
    case EventType::stream_stopped:
    case EventType::stream_finished:
    case EventType::streams_available:
      return on_stream_event(id, event);
  }
}

void Driver::on_accepted(const Route& route) {
  if (state_ != State::running) {
    route.binding->assign(route.handle, kAbandoned);
    return route.binding->command().close_now(monotonic_now(), route.handle, closing_->code,
                                              closing_->reason);
  }
  const PeerId id = new_peer();
  peer(id)->route = route;
  route.binding->assign(route.handle, id);
  on_connect(connection(id));
}

void Driver::on_connected(PeerId id, const Route& route) {
  Peer* const found = peer(id);
  if (!found || found->is_over()) return;
  if (found->connecting) adopt(id, *found, route);
  keep_token(route);
  if (!keep_key(id, *found, route)) return;
  watch_network(*found);
  on_connect(connection(id));
}

void Driver::on_core_writable(PeerId id) {
  Peer* const found = peer(id);
  if (!found || found->is_over()) return;
  if (!found->early.empty()) return forward_early(id, *found);
  on_writable(connection(id));
}

void Driver::on_receipt_event(PeerId id, const Event& event) {
  const Peer* const found = peer(id);
  if (found) on_receipt(connection(id), found->ids.from_core(event.message_id), event.receipt);
}

void Driver::on_closed(PeerId id, const Route& route, const Event& event) {
  route.binding->assign(route.handle, 0);
  Peer* const found = peer(id);
  if (!found || found->is_over()) return;
  Closed why{event.error, event.close_code, std::string(event.reason), event.offered_key};
  if (found->connecting) return attempt_failed(id, *found, route, std::move(why));
  end(id, *found, std::move(why));
}

// Those that callbacks add have to wait for the next round.
void Driver::deliver_local() {
  for (std::size_t left = local_.size(); left > 0; --left) {
    const Local event = std::move(local_.front());
    local_.pop_front();
    const Connection who = connection(event.peer);
    if (const auto* receipt = std::get_if<Receipt>(&event.what)) {
      on_receipt(who, receipt->id, receipt->status);
    } else if (const auto* why = std::get_if<Closed>(&event.what)) {
      peers_.erase(to_slot(event.peer));
      on_close(who, *why);
    } else if (peer(event.peer)) {
      on_writable(who);
    }
  }
}

}  // namespace rudp::uv
