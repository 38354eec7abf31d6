// Which key each server had the first time: what is pinned is believed from then on.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <rudp/error.hpp>
#include <rudp/identity.hpp>
#include <rudp/url.hpp>

namespace client {

/// A text file of lines "host:port KEY"; empty lines and those that begin with # are kept.
class KnownHosts {
 public:
  explicit KnownHosts(std::string path) : path_(std::move(path)) {}

  /// The pinned key, or nothing. Errors: as file::read; bad_key where a line cannot be
  /// read (`what` names file and line): taking it for unknown would trust anybody.
  rudp::Result<std::optional<rudp::PublicKey>, rudp::Failure> find(const std::string& host) const;
  /// Pins. Durable when it returns; the file has mode 0600.
  rudp::Result<void, rudp::Failure> pin(const std::string& host, const rudp::PublicKey& key);
  /// Forgets "host:port", or every port of "host". How many were forgotten.
  rudp::Result<std::size_t, rudp::Failure> forget(const std::string& host);

  const std::string& path() const { return path_; }

 private:
  rudp::Result<std::vector<std::string>, rudp::Failure> lines() const;
  rudp::Result<void, rudp::Failure> write(const std::vector<std::string>& lines) const;

  std::string path_;
};

/// How a server is named in the file and in sentences: "host:port" or "[::1]:port", in small letters.
std::string host_name(const rudp::Url& server);

}  // namespace client
