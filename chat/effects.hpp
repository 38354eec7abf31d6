// What a service wants done; the server does it, and brings completions back as inputs.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "chat/hashing.hpp"
#include "chat/messages.hpp"
#include "chat/storage/store.hpp"

namespace chat {

/// Names a client's connection; chosen by the server, above 0, never reused.
using SessionId = std::uint64_t;

/// Bytes that many sessions may share.
using SharedBytes = std::shared_ptr<const std::vector<std::uint8_t>>;

/// Send on kChannel, reliable and ordered.
struct SendToSession {
  SessionId session = 0;
  SharedBytes bytes;
};

/// Close once everything sent before has arrived. The service has already
/// forgotten the session; handle_disconnected for it is harmless.
struct CloseSession {
  SessionId session = 0;
};

/// Submit to the store; the completion goes to handle_store_reply.
struct RunStore {
  OperationId operation = 0;
  StoreRequest request;
};

/// Submit to the password pool; the completion goes to handle_hash_reply.
struct RunHash {
  OperationId operation = 0;
  HashRequest request;
};

enum class LogKind : std::uint8_t {
  registered,
  logged_in,
  resumed,
  login_failed,
  replaced,
  quit,            ///< the user's own leave; `detail` is the reason given
  disconnected,    ///< the connection went away
  refused_bytes,   ///< a client sent something malformed and was closed
  storage_failed,  ///< `detail` says how
};

struct LogLine {
  LogKind kind = LogKind::logged_in;
  UnixMs at_unix_ms = 0;
  std::string name;     ///< may be empty
  std::string address;  ///< may be empty
  std::string detail;   ///< may be empty; may hold what a client sent: escape it
};

/// The store is broken: nothing may be promised any more. Stop with an error,
/// so that a fresh start reads what is really on disk.
struct StopServer {
  std::string why;
};

using Effect = std::variant<SendToSession, CloseSession, RunStore, RunHash, LogLine, StopServer>;

}  // namespace chat
