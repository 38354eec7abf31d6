#include "chat/storage/mariadb_errors.hpp"

#include <errmsg.h>
#include <mysql.h>
#include <mysqld_error.h>

namespace chat {

std::string describe(const MariadbOptions& options) {
  const std::string where =
      options.host.empty() ? "localhost" : options.host + ":" + std::to_string(options.port);
  return "mariadb://" + options.user + "@" + where + "/" + options.database;
}

namespace mariadb {

using rudp::Error;

Verdict verdict_of(unsigned code) {
  switch (code) {
    case ER_LOCK_DEADLOCK:
    case ER_LOCK_WAIT_TIMEOUT:
    case ER_CHECKREAD:  // someone changed the row since the snapshot (innodb_snapshot_isolation)
      return Verdict::again;
    case ER_SERVER_SHUTDOWN:
    case ER_CONNECTION_KILLED:
    case ER_QUERY_INTERRUPTED:
    case ER_CON_COUNT_ERROR:
    case ER_TOO_MANY_USER_CONNECTIONS:
    case ER_NET_READ_ERROR:
    case ER_NET_READ_INTERRUPTED:
    case ER_NET_ERROR_ON_WRITE:
    case ER_NET_WRITE_INTERRUPTED:
    case ER_NET_PACKETS_OUT_OF_ORDER:
    case ER_NEED_REPREPARE:  // the tables were changed under the statement: prepare all of them anew
    case ER_UNKNOWN_STMT_HANDLER:
      return Verdict::lost;
    case ER_DISK_FULL:
    case ER_RECORD_FILE_FULL:
      return Verdict::full;
    case ER_NOT_KEYFILE:
    case ER_CRASHED_ON_USAGE:
    case ER_CRASHED_ON_REPAIR:
    case ER_INDEX_CORRUPT:
      return Verdict::broken;
    default:
      // Every error of the library itself is about the connection.
      return IS_MYSQL_ERROR(code) || IS_MARIADB_ERROR(code) ? Verdict::lost : Verdict::refused;
  }
}

StoreError to_store_error(Verdict verdict) {
  switch (verdict) {
    case Verdict::again:
      return StoreError::busy;
    case Verdict::full:
      return StoreError::full;
    case Verdict::broken:
      return StoreError::broken;
    default:
      return StoreError::unavailable;
  }
}

namespace {

// Where a file or a table could not be made, the reason is in the text alone.
bool tells_of_no_space(const std::string& message) {
  return message.find("28 \"No space left on device\"") != std::string::npos ||
         message.find("135 \"No more room in record file\"") != std::string::npos;
}

struct Sentence {
  Error code;
  std::string text;
};

Sentence sentence_of(unsigned code, const std::string& message, const MariadbOptions& options) {
  const std::string where =
      options.host.empty() ? options.socket : options.host + " port " + std::to_string(options.port);
  switch (code) {
    case ER_ACCESS_DENIED_ERROR:
    case ER_ACCESS_DENIED_NO_PASSWORD_ERROR:
      return {Error::permission_denied,
              "the server refused the name or the password of user \"" + options.user + "\""};
    case ER_DBACCESS_DENIED_ERROR:
      return {Error::permission_denied,
              "user \"" + options.user + "\" has no rights on the database \"" + options.database + "\""};
    case ER_TABLEACCESS_DENIED_ERROR:
    case ER_COLUMNACCESS_DENIED_ERROR:
    case ER_SPECIFIC_ACCESS_DENIED_ERROR:
      return {Error::permission_denied, "user \"" + options.user + "\" lacks a right: " + message};
    case ER_HOST_NOT_PRIVILEGED:
      return {Error::permission_denied, "the server takes no connections from this machine"};
    case ER_BAD_DB_ERROR:
      return {Error::invalid_config, "there is no database \"" + options.database + "\" on that server"};
    case ER_OPTION_PREVENTS_STATEMENT:
    case ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION:
    case ER_OPEN_AS_READONLY:
    case ER_READ_ONLY_MODE:
      return {Error::permission_denied, "the server is read-only"};
    case ER_DISK_FULL:
    case ER_RECORD_FILE_FULL:
      return {Error::io_error, "the server has no space left: " + message};
    case ER_CON_COUNT_ERROR:
    case ER_TOO_MANY_USER_CONNECTIONS:
      return {Error::io_error, "the server has too many connections already"};
    case CR_UNKNOWN_HOST:
      return {Error::name_not_resolved, "the host \"" + options.host + "\" is not known"};
    case CR_CONNECTION_ERROR:
    case CR_CONN_HOST_ERROR:
    case CR_SERVER_LOST:
    case CR_SERVER_GONE_ERROR:
      return {Error::network_unreachable, "no MariaDB server answers at " + where};
    case CR_SSL_CONNECTION_ERROR:
      return {Error::network_unreachable, "no encrypted connection to " + where + ": " + message +
                                              " (?tls=off where the way there is trusted)"};
    default:
      if (tells_of_no_space(message)) return {Error::io_error, "the server has no space left: " + message};
      return {Error::io_error, message + " (" + std::to_string(code) + ")"};
  }
}

}  // namespace

rudp::Failure explain(unsigned code, const std::string& message, const MariadbOptions& options) {
  Sentence sentence = sentence_of(code, message, options);
  return {sentence.code, "database " + describe(options) + ": " + std::move(sentence.text)};
}

}  // namespace mariadb
}  // namespace chat
