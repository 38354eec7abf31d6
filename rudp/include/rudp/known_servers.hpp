// Trust on first use: which key each server had when it was met.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <rudp/error.hpp>
#include <rudp/export.hpp>
#include <rudp/identity.hpp>
#include <rudp/url.hpp>

namespace rudp::uv {

/// Where an endpoint finds, and keeps, the keys of servers whose addresses name none: Options::known_servers.
/// `server` is its known_server_name. Called on the loop's thread.
struct KnownServers {
  /// The key that is to be believed; nothing: the server was never met. A failure ends the connection: to
  /// take the server for unknown would be to trust anybody. Asked when a connection begins and, of a server
  /// that was not met then, once more before on_connect: whoever met it meanwhile has named its key, and
  /// another one ends the connection (key_changed).
  std::function<Result<std::optional<PublicKey>, Failure>(const std::string& server)> find{};
  /// Keeps the key of a server that was met for the first time, before on_connect. A failure ends the
  /// connection. Empty: nothing is kept.
  std::function<Result<void, Failure>(const std::string& server, const PublicKey& key)> pin{};
};

/// "host:port" in small letters, an IPv6 address in brackets.
RUDP_API std::string known_server_name(const Url& server);

/// Keeps them in a text file of lines "host:port KEY", mode 0600; empty lines and those that begin with #
/// stay. What was pinned is on disk; folders that are missing are made, for their owner alone. Errors of
/// both: bad_key (a line cannot be read; `what` names file and line), permission_denied, io_error. To pin
/// what is there already changes nothing; another key of the same server is refused (key_changed).
RUDP_API KnownServers known_servers_file(std::string path);

/// Takes the lines of a server out of such a file: of "host:port", or of every port of "host", an IPv6
/// address with or without brackets there. How many keys were forgotten. Errors: as of known_servers_file.
RUDP_API Result<std::size_t, Failure> forget_known_server(const std::string& path, std::string_view host);

}  // namespace rudp::uv
