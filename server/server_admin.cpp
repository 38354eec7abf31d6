// What rchatctl asks of a running server.
#include "chat/storage/threaded_store.hpp"
#include "server/server.hpp"

namespace server {

void Server::on_request(AdminSocket::ClientId client, const AdminRequest& request) {
  if (const auto* const wanted = std::get_if<StatusRequest>(&request))
    return count_rows(client, wanted->format);
  // It is answered by our end: then the program that asked knows that all is done.
  admin_->answer(client, format_admin_success(""), true);
  const std::string& reason = std::get<StopRequest>(request).reason;
  stop({chat::ClosingReason::stopped, 0, reason}, "asked by rchatctl", "");
}

void Server::count_rows(AdminSocket::ClientId client, StatusFormat format) {
  const chat::OperationId operation = next_own_operation_++;
  status_questions_[operation] = {client, format};
  store_->submit(operation, chat::CountRows{});
}

void Server::on_rows_counted(chat::OperationId operation, const chat::StoreReply& reply) {
  const auto found = status_questions_.find(operation);
  if (found == status_questions_.end()) return;
  const StatusQuestion question = found->second;
  status_questions_.erase(found);
  const auto* const counted = std::get_if<chat::StoreCounts>(&reply);
  const Status told = status(counted ? *counted : chat::StoreCounts{});
  admin_->answer(
      question.client,
      format_admin_success(question.format == StatusFormat::json ? to_json(told) : to_table(told)));
}

Status Server::status(const chat::StoreCounts& stored) const {
  Status told;
  told.version = "rchatd " RUDP_VERSION_TEXT;
  told.key = base_.identity.public_key().to_string();
  told.data = base_.folder.path();
  const rudp::Duration up = now().instant - started_at_;
  told.uptime_s = static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(up).count());
  for (const rudp::uv::SocketInfo& socket : endpoint_->sockets())
    told.listen.push_back({socket.local.to_string(), static_cast<std::uint64_t>(socket.receive_buffer_bytes),
                           static_cast<std::uint64_t>(socket.send_buffer_bytes), socket.datagrams_refused});
  told.chat = service_.statistics();
  told.stored = stored;
  told.queues = {store_->queued(),          chat::ThreadedStore::kQueueMax,
                 passwords_->queued(),      passwords_->queue_max(),
                 outgoing_.waiting_bytes(), config_.transport.backlog_total_bytes_max};
  told.transport = endpoint_->statistics();
  if (base_.health) told.database = base_.health->read();
  return told;
}

}  // namespace server
