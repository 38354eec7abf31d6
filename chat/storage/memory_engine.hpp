// The store's model: plain maps that say what every other engine must answer.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "chat/storage/store.hpp"

namespace chat {

class MemoryEngine final : public StoreEngine {
 public:
  MemoryEngine();
  ~MemoryEngine() override;

  std::vector<StoreReply> apply(std::span<const StoreRequest> batch) override;

  /// Every apply answers this failure and changes nothing, until it is taken back.
  void fail_with(std::optional<StoreFailure> failure);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace chat
