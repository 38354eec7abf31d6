// How a server comes up: everything opened, in an order in which a failure leaves nothing behind.
#include <algorithm>
#include <thread>

#include "chat/codec.hpp"
#include "server/server.hpp"

namespace server {
namespace {

constexpr const char* kVersion = "rchatd " RUDP_VERSION_TEXT;

std::size_t workers_for(const Config& config) {
  if (config.passwords.workers > 0) return config.passwords.workers;
  return std::max(1u, std::thread::hardware_concurrency() / 2);
}

chat::PasswordPool::Options pool_options(const Config& config, WakeUp& wake) {
  chat::PasswordPool::Options options;
  options.cost = config.passwords.cost;
  options.threads = workers_for(config);
  options.wait_max = config.passwords.wait_max;
  options.wake = [&wake] { wake.wake(); };
  options.clock = [] { return now().instant; };
  return options;
}

chat::ServiceOptions service_options(const Config& config) {
  chat::ServiceOptions options = config.service;
  options.server_version = kVersion;
  return options;
}

/// What a message is charged beside its bytes, and small requests behind the largest.
constexpr std::uint64_t kCreditBeyondRequest = 4u << 10;

// Whoever connects can make the server hold what it granted, read or not. So it grants what the largest
// request needs: one channel and no stream, since the chat has no more, and credit for that request.
void hold_little_for_strangers(const Config& config, rudp::TransportOptions& transport) {
  transport.max_message_bytes = config.service.text_bytes_max + chat::kRequestOverheadBytesMax;
  transport.initial_message_credit_bytes =
      std::min(transport.initial_message_credit_bytes, transport.max_message_bytes + kCreditBeyondRequest);
  transport.max_channels = 1;
  transport.max_streams = 0;
  transport.initial_data_bytes = 16u << 10;
  transport.initial_stream_data_bytes = 4u << 10;
  transport.max_stream_window_bytes = transport.initial_data_bytes;
}

// Many machines have no IPv6 at all; the default is to listen on what there is.
bool is_lack_of_ipv6(const rudp::Failure& failure) {
  return failure.code == rudp::Error::network_unreachable || failure.code == rudp::Error::bad_address;
}

// "bind: ADDR:PORT: why"
std::string why_not_listening(const rudp::Failure& failure) {
  constexpr std::string_view kField = "bind: ";
  const std::string sentence = sentence_of(failure);
  if (sentence.compare(0, kField.size(), kField) != 0) return "cannot listen: " + sentence;
  return "cannot listen on " + sentence.substr(kField.size());
}

std::string no_memory_for_passwords(const Config& config) {
  const std::uint64_t mib = config.passwords.cost.memory_bytes / (1024 * 1024);
  return "there is no memory for one password (passwords.memory_mib = " + std::to_string(mib) + ")";
}

}  // namespace

rudp::Result<std::unique_ptr<Server>, std::string> Server::open(const Config& config) {
  auto base = lay_foundation(config);
  if (!base) return base.error();
  std::unique_ptr<Server> server(new Server(config, *std::move(base)));
  if (!server->passwords_->is_ready()) return no_memory_for_passwords(config);
  auto started = server->start_endpoint();
  if (started) started = server->start_admin();
  if (!started) return started.error();
  server->log_started();
  return server;
}

Server::Server(const Config& config, Foundation base)
    : config_(config),
      started_at_(now().instant),
      base_(std::move(base)),
      wake_(loop_, [this] { on_completions(); }),
      timer_(loop_, [this] { on_timer(); }),
      stop_signals_(loop_, {SIGTERM, SIGINT, SIGHUP}, [this] { on_stop_signal(); }),
      broken_pipe_(loop_, {SIGPIPE}, [] {}),
      passwords_(std::make_unique<chat::PasswordPool>(pool_options(config, wake_))),
      store_(std::make_unique<chat::ThreadedStore>(std::move(base_.engine), [this] { wake_.wake(); })),
      service_(service_options(config), rudp::system_random()),
      outgoing_(*this, {config.transport.backlog_bytes_max, config.transport.backlog_total_bytes_max}),
      effects_({service_, outgoing_, *store_, *passwords_, *base_.log, [this](const std::string& why) {
                  stop({chat::ClosingReason::restarting, kRetryAfterFailureMs, ""}, "storage", why);
                }}) {}

rudp::uv::Options Server::endpoint_options() const {
  rudp::uv::Options options;
  options.bind = config_.listen;
  options.identity = base_.identity;
  options.transport.max_idle = config_.transport.max_idle;
  options.transport.keep_alive = config_.transport.keep_alive;
  options.transport.send_queue_bytes = config_.transport.send_queue_bytes;
  hold_little_for_strangers(config_, options.transport);
  options.socket_buffer_bytes = static_cast<int>(config_.transport.socket_buffer_bytes);
  options.max_connections = config_.transport.connections_max;
  options.max_half_open = config_.transport.half_open_max;
  options.log = [log = base_.log.get()](rudp::LogLevel level, std::string_view line) {
    log->write(level, now().unix_ms, "transport", JsonObject().add("detail", line));
  };
  return options;
}

rudp::Result<void, std::string> Server::start_endpoint() {
  rudp::uv::Options options = endpoint_options();
  auto opened = rudp::uv::Endpoint::open(loop_.get(), options);
  if (!opened && config_.listen == Config{}.listen && is_lack_of_ipv6(opened.error())) {
    log_own(rudp::LogLevel::warning, "no_ipv6", JsonObject().add("detail", opened.error().sentence()));
    options.bind.resize(1);
    opened = rudp::uv::Endpoint::open(loop_.get(), options);
  }
  if (!opened) return why_not_listening(opened.error());
  endpoint_ = *std::move(opened);
  endpoint_->on_connect([this](rudp::uv::Connection connection) { on_connect(connection); });
  endpoint_->on_message([this](rudp::uv::Connection connection, const rudp::Message& message) {
    on_message(connection, message);
  });
  endpoint_->on_writable([this](rudp::uv::Connection connection) { on_writable(connection); });
  endpoint_->on_close([this](rudp::uv::Connection connection, const rudp::uv::Closed& closed) {
    on_close(connection, closed);
  });
  return {};
}

rudp::Result<void, std::string> Server::start_admin() {
  auto admin = AdminSocket::open(
      loop_, base_.folder.admin_socket(),
      [this](AdminSocket::ClientId client, const AdminRequest& request) { on_request(client, request); });
  if (!admin) return admin.error();
  admin_ = *std::move(admin);
  return {};
}

void Server::log_own(rudp::LogLevel level, std::string_view event, const JsonObject& fields) {
  base_.log->write(level, now().unix_ms, event, fields);
}

void Server::log_started() {
  std::string addresses;
  for (const rudp::uv::SocketInfo& socket : endpoint_->sockets())
    addresses += (addresses.empty() ? "" : " ") + socket.local.to_string();
  JsonObject fields;
  fields.add("version", kVersion).add("addresses", addresses);
  log_own(rudp::LogLevel::info, "started", fields);
}

}  // namespace server
