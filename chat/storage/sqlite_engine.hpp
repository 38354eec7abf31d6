// The embedded store: one SQLite file in WAL mode, every commit fsynced.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include <rudp/error.hpp>

#include "chat/storage/store.hpp"

namespace chat {

class SqliteEngine final : public StoreEngine {
 public:
  static constexpr int kSchemaVersion = 1;
  static constexpr int kBusyTimeoutMs = 2'000;  // another process, a backup for instance, holds the lock

  /// Opens `path`, creating it (mode 0600) where it does not exist, and brings an older
  /// schema up to date in one transaction. A file that is not a chat database, is
  /// damaged or comes from a newer version is refused and left as it is.
  /// Errors: io_error, permission_denied, invalid_config, each with a sentence.
  static rudp::Result<std::unique_ptr<SqliteEngine>, rudp::Failure> open(const std::string& path);

  ~SqliteEngine() override;

  std::vector<StoreReply> apply(std::span<const StoreRequest> batch) override;

 private:
  struct State;
  explicit SqliteEngine(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace chat
