// The public face of streams on libuv; the driver does the work.
#include <rudp/uv_endpoint.hpp>

#include "uv/driver.hpp"

namespace rudp::uv {

Result<Stream> Connection::open_stream(const StreamOptions& options) {
  if (!endpoint_) return Error::closed;
  const Result<StreamId> opened = endpoint_->driver_->open_stream(id_, options);
  if (!opened) return opened.error();
  return Stream(*this, *opened);
}

StreamWriteResult Stream::write(Bytes bytes, bool fin) {
  if (!connection_.endpoint_) return {.status = WriteStatus::closed};
  return connection_.endpoint_->driver_->write(connection_.id_, id_, bytes, fin);
}

Result<StreamRead> Stream::read(MutableBytes out) {
  if (!connection_.endpoint_) return Error::unknown_connection;
  return connection_.endpoint_->driver_->read(connection_.id_, id_, out);
}

Result<void> Stream::reset(std::uint64_t code) {
  if (!connection_.endpoint_) return Error::unknown_connection;
  return connection_.endpoint_->driver_->reset_stream(connection_.id_, id_, code);
}

Result<void> Stream::stop_sending(std::uint64_t code) {
  if (!connection_.endpoint_) return Error::unknown_connection;
  return connection_.endpoint_->driver_->stop_sending(connection_.id_, id_, code);
}

Result<void> Stream::set_priority(std::uint8_t priority) {
  if (!connection_.endpoint_) return Error::unknown_connection;
  return connection_.endpoint_->driver_->set_stream_priority(connection_.id_, id_, priority);
}

void Endpoint::on_stream(std::function<void(Stream)> callback) {
  driver_->on_stream.set(std::move(callback));
}

void Endpoint::on_stream_readable(std::function<void(Stream)> callback) {
  driver_->on_readable.set(std::move(callback));
}

void Endpoint::on_stream_writable(std::function<void(Stream)> callback) {
  driver_->on_stream_writable.set(std::move(callback));
}

void Endpoint::on_stream_reset(std::function<void(Stream, std::uint64_t code)> callback) {
  driver_->on_stream_reset.set(std::move(callback));
}

void Endpoint::on_stream_stopped(std::function<void(Stream, std::uint64_t code)> callback) {
  driver_->on_stream_stopped.set(std::move(callback));
}

void Endpoint::on_stream_finished(std::function<void(Stream)> callback) {
  driver_->on_stream_finished.set(std::move(callback));
}

void Endpoint::on_streams_available(std::function<void(Connection)> callback) {
  driver_->on_streams_available.set(std::move(callback));
}

}  // namespace rudp::uv
