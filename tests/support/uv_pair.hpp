// A server and a client of the libuv endpoint on one loop, over loopback, with ports that the system chose.
#pragma once

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <rudp/uv_endpoint.hpp>

#include "support/uv_loop.hpp"

namespace test {

using EndpointPtr = std::unique_ptr<rudp::uv::Endpoint>;

inline const rudp::Address kLoopback4 = rudp::Address::v4(127, 0, 0, 1, 0);
inline const std::string kAnyPort4 = "127.0.0.1:0";
inline const std::string kAnyPort6 = "[::1]:0";

inline rudp::Identity new_identity() { return rudp::Identity::generate(rudp::system_random()); }

inline rudp::uv::Options server_options(std::vector<std::string> bind = {kAnyPort4}) {
  rudp::uv::Options options;
  options.bind = std::move(bind);
  options.identity = new_identity();
  return options;
}

/// What happened at an endpoint, in the order in which it happened.
struct Log {
  explicit Log(rudp::uv::Endpoint& endpoint) {
    endpoint.on_connect([this](rudp::uv::Connection who) { connected.push_back(who); });
    endpoint.on_message([this](rudp::uv::Connection, const rudp::Message& message) {
      messages.emplace_back(rudp::uv::as_text(message.bytes));
    });
    endpoint.on_writable([this](rudp::uv::Connection) { ++writable; });
    endpoint.on_receipt([this](rudp::uv::Connection, rudp::MessageId id, rudp::ReceiptStatus status) {
      receipts.emplace_back(id, status);
    });
    endpoint.on_close(
        [this](rudp::uv::Connection, const rudp::uv::Closed& closed) { closes.push_back(closed); });
  }

  std::vector<rudp::uv::Connection> connected;
  std::vector<std::string> messages;
  int writable = 0;
  std::vector<std::pair<rudp::MessageId, rudp::ReceiptStatus>> receipts;
  std::vector<rudp::uv::Closed> closes;
};

/// Both with a Log; a test sets what else it wants afterwards.
struct Pair {
  explicit Pair(rudp::uv::Options of_server = server_options(), rudp::uv::Options of_client = {})
      : server(*rudp::uv::Endpoint::open(loop.get(), std::move(of_server))),
        client(*rudp::uv::Endpoint::open(loop.get(), std::move(of_client))),
        at_server(*server),
        at_client(*client) {}

  /// The server sends every message back.
  void echo() {
    server->on_message([](rudp::uv::Connection who, const rudp::Message& message) {
      if (!who.send(message.channel, message.bytes)) std::abort();
    });
  }
  rudp::uv::Connection connect(std::size_t socket = 0) { return *client->connect(server->url(socket)); }

  Loop loop;
  EndpointPtr server, client;
  Log at_server, at_client;
};

}  // namespace test
