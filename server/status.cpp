#include "server/status.hpp"

#include <cstdio>
#include <string_view>

#include "server/json.hpp"

namespace server {
namespace {

std::string duration_text(std::uint64_t seconds) {
  const auto days = static_cast<unsigned long long>(seconds / 86'400);
  char text[48];
  std::snprintf(text, sizeof text, "%llu d %02u:%02u:%02u", days, static_cast<unsigned>(seconds / 3'600 % 24),
                static_cast<unsigned>(seconds / 60 % 60), static_cast<unsigned>(seconds % 60));
  return days > 0 ? text : std::string(text).substr(4);
}

std::string row(std::string_view name, const std::string& value) {
  constexpr std::size_t kNameWidth = 22;
  std::string line(name);
  line.resize(std::max(kNameWidth, line.size() + 1), ' ');
  return line + value + "\n";
}

std::string row(std::string_view name, std::uint64_t value) { return row(name, std::to_string(value)); }

std::string share(std::uint64_t value, std::uint64_t most) {
  return std::to_string(value) + " of " + std::to_string(most);
}

std::string listen_text(const ListenStatus& listen) {
  std::string text = listen.address +
                     " (buffers granted: " + std::to_string(listen.receive_buffer_bytes / 1024) +
                     " KiB to receive, " + std::to_string(listen.send_buffer_bytes / 1024) + " KiB to send";
  if (listen.datagrams_refused > 0)
    text += "; " + std::to_string(listen.datagrams_refused) + " datagrams refused";
  return text + ")";
}

std::string dropped_text(const rudp::EndpointStatistics& from) {
  struct {
    std::uint64_t count;
    const char* reason;
  } const reasons[] = {{from.dropped_malformed, "malformed"},
                       {from.dropped_unknown_connection, "unknown connection"},
                       {from.dropped_unauthenticated, "unauthenticated"},
                       {from.dropped_duplicate, "duplicate"},
                       {from.dropped_limit, "over a limit"},
                       {from.dropped_unexpected, "unexpected"}};
  std::string text;
  for (const auto& entry : reasons) {
    if (entry.count == 0) continue;
    text += (text.empty() ? "" : ", ") + std::to_string(entry.count) + " " + entry.reason;
  }
  return text.empty() ? "none" : text;
}

JsonObject listen_json(const ListenStatus& listen) {
  return JsonObject()
      .add("address", listen.address)
      .add("receive_buffer_bytes", listen.receive_buffer_bytes)
      .add("send_buffer_bytes", listen.send_buffer_bytes)
      .add("datagrams_refused", listen.datagrams_refused);
}

JsonObject chat_json(const Status& status) {
  return JsonObject()
      .add("sessions", status.chat.sessions)
      .add("online", status.chat.online)
      .add("accounts", status.stored.accounts)
      .add("conversations", status.stored.conversations)
      .add("messages", status.stored.messages)
      .add("messages_stored", status.chat.messages_stored)
      .add("deliveries", status.chat.deliveries)
      .add("logins", status.chat.logins)
      .add("logins_failed", status.chat.logins_failed)
      .add("registrations", status.chat.registrations)
      .add("refused", status.chat.refused)
      .add("malformed", status.chat.malformed);
}

JsonObject queues_json(const QueueStatus& queues) {
  return JsonObject()
      .add("store_requests", queues.store_requests)
      .add("store_requests_max", queues.store_requests_max)
      .add("hash_requests", queues.hash_requests)
      .add("hash_requests_max", queues.hash_requests_max)
      .add("backlog_bytes", queues.backlog_bytes)
      .add("backlog_bytes_max", queues.backlog_bytes_max);
}

JsonObject transport_json(const rudp::EndpointStatistics& from) {
  return JsonObject()
      .add("connections", from.connections)
      .add("half_open", from.half_open)
      .add("connections_accepted", from.connections_accepted)
      .add("datagrams_received", from.datagrams_received)
      .add("datagrams_sent", from.datagrams_sent)
      .add("dropped_malformed", from.dropped_malformed)
      .add("dropped_unknown_connection", from.dropped_unknown_connection)
      .add("dropped_unauthenticated", from.dropped_unauthenticated)
      .add("dropped_duplicate", from.dropped_duplicate)
      .add("dropped_limit", from.dropped_limit)
      .add("dropped_unexpected", from.dropped_unexpected)
      .add("inits_received", from.inits_received)
      .add("retries_sent", from.retries_sent)
      .add("cookies_refused", from.cookies_refused)
      .add("key_agreements", from.key_agreements);
}

std::string database_text(const chat::StoreHealth& health) {
  const std::string state = health.reachable ? "reachable" : "OUT OF REACH (" + health.problem + ")";
  std::string text =
      row("database", health.database + ", " + state) +
      row("database", std::to_string(health.reconnects) + " reconnects, " + std::to_string(health.retries) +
                          " retries, " + std::to_string(health.failures) + " failures, slowest batch " +
                          std::to_string(health.slowest_ms) + " ms");
  for (const std::string& warning : health.warnings) text += row("database WARNING", warning);
  return text;
}

JsonObject database_json(const chat::StoreHealth& health) {
  std::string all;
  for (const std::string& warning : health.warnings) all += (all.empty() ? "" : "; ") + warning;
  return JsonObject()
      .add("url", health.database)
      .add("state", health.reachable ? "reachable" : "out of reach")
      .add("problem", health.problem)
      .add("reconnects", health.reconnects)
      .add("retries", health.retries)
      .add("failures", health.failures)
      .add("slowest_ms", health.slowest_ms)
      .add("warnings", all);
}

}  // namespace

std::string to_table(const Status& status) {
  std::string text = row("version", status.version) + row("up", duration_text(status.uptime_s)) +
                     row("data", status.data) + row("key", status.key);
  for (const ListenStatus& listen : status.listen) text += row("listening on", listen_text(listen));
  text += row("clients connected", status.chat.sessions) + row("users online", status.chat.online) +
          row("accounts", status.stored.accounts) + row("messages", status.stored.messages);
  text += row("since the start", std::to_string(status.chat.messages_stored) + " messages stored, " +
                                     std::to_string(status.chat.deliveries) + " delivered, " +
                                     std::to_string(status.chat.logins) + " logins, " +
                                     std::to_string(status.chat.logins_failed) + " failed, " +
                                     std::to_string(status.chat.registrations) + " registrations");
  text += row("requests refused",
              std::to_string(status.chat.refused) + ", malformed " + std::to_string(status.chat.malformed));
  if (status.database) text += database_text(*status.database);
  text += row("waiting for the disk", share(status.queues.store_requests, status.queues.store_requests_max));
  text += row("waiting for a hash", share(status.queues.hash_requests, status.queues.hash_requests_max));
  text += row("waiting for readers",
              share(status.queues.backlog_bytes, status.queues.backlog_bytes_max) + " bytes");
  text += row("datagrams", std::to_string(status.transport.datagrams_received) + " received, " +
                               std::to_string(status.transport.datagrams_sent) + " sent");
  text += row("handshakes", std::to_string(status.transport.connections_accepted) + " accepted, " +
                                std::to_string(status.transport.half_open) + " half-open, " +
                                std::to_string(status.transport.retries_sent) + " retries sent");
  return text + row("datagrams dropped", dropped_text(status.transport));
}

std::string to_json(const Status& status) {
  std::vector<JsonObject> listen;
  for (const ListenStatus& one : status.listen) listen.push_back(listen_json(one));
  JsonObject all;
  all.add("version", status.version).add("key", status.key).add("data", status.data);
  all.add("uptime_s", status.uptime_s).add("listen", listen).add("chat", chat_json(status));
  all.add("queues", queues_json(status.queues)).add("transport", transport_json(status.transport));
  if (status.database) all.add("database", database_json(*status.database));
  return all.text() + "\n";
}

}  // namespace server
