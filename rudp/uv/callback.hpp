// A callback that may replace itself.
#pragma once

#include <functional>
#include <optional>
#include <utility>

namespace rudp::uv {

/// A std::function that may be set anew from inside its own call; the new one holds from the next call on.
template <class... Args>
class Callback {
 public:
  using Function = std::function<void(Args...)>;

  void set(Function function) {
    if (depth_ == 0)
      function_ = std::move(function);
    else
      next_ = std::move(function);
  }

  bool is_running() const { return depth_ > 0; }

  void operator()(Args... args) {
    if (!function_) return;
    ++depth_;
    function_(std::forward<Args>(args)...);
    if (--depth_ > 0 || !next_) return;
    function_ = std::move(*next_);
    next_.reset();
  }

 private:
  Function function_;
  std::optional<Function> next_;
  int depth_ = 0;
};

}  // namespace rudp::uv
