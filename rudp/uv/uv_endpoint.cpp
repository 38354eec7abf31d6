// The public face of the libuv endpoint; the driver does the work.
#include <rudp/uv_endpoint.hpp>

#include "uv/clock.hpp"
#include "uv/driver.hpp"

namespace rudp::uv {

SendResult Connection::send(ChannelId channel, Bytes message, const SendOptions& options) {
  if (!endpoint_) return {SendStatus::closed, 0, 0};
  return endpoint_->driver_->send(id_, channel, message, options);
}

Result<void> Connection::update_keys() {
  if (!endpoint_) return Error::closed;
  return endpoint_->driver_->update_keys(id_);
}

Result<void> Connection::migrate(const std::optional<Address>& to) {
  if (!endpoint_) return Error::closed;
  return endpoint_->driver_->migrate(id_, to);
}

void Connection::close(std::uint64_t code, std::string_view reason, Duration drain) {
  if (endpoint_) endpoint_->driver_->close_peer(id_, code, reason, drain);
}

void Connection::close_now(std::uint64_t code, std::string_view reason) {
  if (endpoint_) endpoint_->driver_->close_peer_now(id_, code, reason);
}

Result<ConnectionInfo> Connection::info() const {
  if (!endpoint_) return Error::closed;
  return endpoint_->driver_->info(id_);
}

Result<ConnectionStatistics> Connection::statistics() const {
  if (!endpoint_) return Error::closed;
  return endpoint_->driver_->statistics(id_);
}

Result<std::unique_ptr<Endpoint>, Failure> Endpoint::open(uv_loop_t* loop, Options options) {
  auto driver = Driver::open(loop, std::move(options));
  if (!driver) return driver.error();
  return std::unique_ptr<Endpoint>(new Endpoint(*std::move(driver)));
}

Endpoint::Endpoint(std::unique_ptr<Driver> driver) : driver_(std::move(driver)) {
  driver_->set_endpoint(this);
}

Endpoint::~Endpoint() = default;

Result<Connection, Failure> Endpoint::connect(std::string_view url, const ConnectOptions& options) {
  const auto parsed = Url::parse(url);
  if (!parsed) return parsed.error();
  return connect(*parsed, options);
}

Connection Endpoint::connect(const Url& url, const ConnectOptions& options) {
  return driver_->connect(url, options);
}

Connection Endpoint::connect(std::vector<Address> addresses, const ConnectOptions& options) {
  return driver_->connect(std::move(addresses), options);
}

void Endpoint::on_connect(std::function<void(Connection)> callback) {
  driver_->on_connect.set(std::move(callback));
}

void Endpoint::on_message(std::function<void(Connection, const Message&)> callback) {
  driver_->on_message.set(std::move(callback));
}

void Endpoint::on_writable(std::function<void(Connection)> callback) {
  driver_->on_writable.set(std::move(callback));
}

void Endpoint::on_receipt(std::function<void(Connection, MessageId, ReceiptStatus)> callback) {
  driver_->on_receipt.set(std::move(callback));
}

void Endpoint::on_close(std::function<void(Connection, const Closed&)> callback) {
  driver_->on_close.set(std::move(callback));
}

void Endpoint::on_path_change(std::function<void(Connection, const Address&)> callback) {
  driver_->on_path_change.set(std::move(callback));
}

void Endpoint::close(std::uint64_t code, std::string_view reason, Duration drain,
                     std::function<void()> done) {
  driver_->close(code, reason, drain, std::move(done));
}

const std::vector<SocketInfo>& Endpoint::sockets() const { return driver_->sockets(); }
std::string Endpoint::url(std::size_t index) const { return driver_->url(index); }
const EndpointStatistics& Endpoint::statistics() const { return driver_->statistics(); }
Instant Endpoint::now() const { return monotonic_now(); }

}  // namespace rudp::uv
