#include "client/terminal/signals.hpp"

#include <signal.h>

#include <utility>

namespace client {
namespace {

constexpr std::array<int, 3> kEnd = {SIGINT, SIGTERM, SIGHUP};
constexpr int kSignalled = 128;  // as shells report it

LoopHandle<uv_signal_t> listen_to(uv_loop_t* loop, int number, void* owner, uv_signal_cb callback) {
  LoopHandle<uv_signal_t> handle(new uv_signal_t);
  uv_signal_init(loop, handle.get());
  handle->data = owner;
  uv_signal_start(handle.get(), callback, number);
  uv_unref(reinterpret_cast<uv_handle_t*>(handle.get()));
  return handle;
}

}  // namespace

EndSignals::EndSignals(uv_loop_t* loop, std::function<void(ExitCode)> on_signal)
    : on_signal_(std::move(on_signal)) {
  const auto callback = [](uv_signal_t* handle, int number) {
    static_cast<EndSignals*>(handle->data)->on_signal_(static_cast<ExitCode>(kSignalled + number));
  };
  for (std::size_t i = 0; i < kEnd.size(); ++i) handles_[i] = listen_to(loop, kEnd[i], this, callback);
}

ScreenSignals::ScreenSignals(uv_loop_t* loop, std::function<void()> on_resize,
                             std::function<void()> on_continue)
    : on_resize_(std::move(on_resize)), on_continue_(std::move(on_continue)) {
  resize_ = listen_to(loop, SIGWINCH, this, [](uv_signal_t* handle, int) {
    static_cast<ScreenSignals*>(handle->data)->on_resize_();
  });
  continue_ = listen_to(loop, SIGCONT, this, [](uv_signal_t* handle, int) {
    static_cast<ScreenSignals*>(handle->data)->on_continue_();
  });
}

// To the whole group, as the terminal itself would send it: a script that waits for this process
// alone would keep the terminal from the shell for ever.
void stop_this_job() { ::kill(0, SIGTSTP); }

}  // namespace client
