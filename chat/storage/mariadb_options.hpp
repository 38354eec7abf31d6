// Which MariaDB server keeps the chat, and how to reach it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace chat {

enum class MariadbTls : std::uint8_t {
  off,       ///< a socket file, this machine, or a network that is trusted
  required,  ///< encrypted, whoever answers
  verified,  ///< encrypted, and the certificate is that of the host
};

struct MariadbOptions {
  std::string user;
  std::string password;  ///< a secret; in no sentence and no log
  std::string host;      ///< a name or an address; empty: `socket`
  std::uint16_t port = 3306;
  std::string socket;    ///< path of a socket file
  std::string database;  ///< exists already; rchatd makes the tables in it

  MariadbTls tls = MariadbTls::off;
  std::string tls_ca;           ///< file; empty: the system's authorities
  std::string tls_certificate;  ///< file; shown to the server where not empty
  std::string tls_key;          ///< file of the certificate's key

  /// One server alone may use the database: what happens there is told to its clients only.
  bool exclusive = false;

  /// A batch that took longer is answered by a failure, also while the server is out of reach.
  std::chrono::milliseconds time_limit{6'000};
  /// One round trip to the server; a whole number of seconds is waited.
  std::chrono::seconds call_limit{3};
  /// The same while a start makes the tables, or a migration fills them: that takes a busy disk longer.
  std::chrono::seconds start_limit{30};
  /// How long a program that ended a moment ago may still hold the database before it counts as in use.
  std::chrono::seconds takeover_limit{2};
};

/// "mariadb://user@host:port/name" for people and logs, without the password.
std::string describe(const MariadbOptions& options);

}  // namespace chat
