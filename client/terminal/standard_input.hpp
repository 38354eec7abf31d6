// Standard input on the loop, whatever it is: a terminal, a pipe, a file, nothing.
#pragma once

#include <uv.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

namespace client {

class StandardInput {
 public:
  using OnBytes = std::function<void(std::string_view)>;
  using OnEnd = std::function<void()>;

  virtual ~StandardInput() = default;
  /// Bytes come by `on_bytes`, from the loop; `on_end` comes once, behind the last of them.
  static std::unique_ptr<StandardInput> open(uv_loop_t* loop, OnBytes on_bytes, OnEnd on_end);

  /// Nothing is read while it is paused, so that what is not handled stays where it is.
  virtual void pause() = 0;
  virtual void resume() = 0;

  /// On a terminal: each key at once and unshown, Ctrl-C and the like among them; or as it was before.
  virtual void set_raw(bool) {}
  /// How wide the terminal is; 80 where that is not known.
  virtual std::size_t columns() const { return kColumnsDefault; }
  static constexpr std::size_t kColumnsDefault = 80;
};

}  // namespace client
