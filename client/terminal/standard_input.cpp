#include "client/terminal/standard_input.hpp"

#include <array>
#include <utility>

#include "client/loop_handle.hpp"

namespace client {
namespace {

constexpr uv_file kDescriptor = 0;
constexpr std::size_t kChunkBytes = 16 * 1024;

/// A terminal or a pipe.
class StreamInput final : public StandardInput {
 public:
  StreamInput(OnBytes on_bytes, OnEnd on_end) : on_bytes_(std::move(on_bytes)), on_end_(std::move(on_end)) {}
  // Whoever reads from the same pipe afterwards expects it to block.
  ~StreamInput() override {
    if (!terminal_ && !pipe_) return;
    uv_read_stop(stream());
    uv_stream_set_blocking(stream(), 1);
  }

  bool open(uv_loop_t* loop, uv_handle_type type) {
    if (type == UV_TTY) {
      terminal_.reset(new uv_tty_t);
      if (uv_tty_init(loop, terminal_.get(), kDescriptor, 1) != 0) return delete terminal_.release(), false;
    } else {
      pipe_.reset(new uv_pipe_t);
      uv_pipe_init(loop, pipe_.get(), 0);
      if (uv_pipe_open(pipe_.get(), kDescriptor) != 0) return false;
    }
    stream()->data = this;
    return true;
  }

  void pause() override { uv_read_stop(stream()); }
  void set_raw(bool on) override {
    if (terminal_) uv_tty_set_mode(terminal_.get(), on ? UV_TTY_MODE_RAW : UV_TTY_MODE_NORMAL);
  }
  std::size_t columns() const override {
    int columns = 0, rows = 0;
    const bool known = terminal_ && uv_tty_get_winsize(terminal_.get(), &columns, &rows) == 0;
    return known && columns > 0 ? static_cast<std::size_t>(columns) : kColumnsDefault;
  }
  void resume() override { uv_read_start(stream(), allocate, on_read); }

 private:
  uv_stream_t* stream() const {
    return terminal_ ? reinterpret_cast<uv_stream_t*>(terminal_.get())
                     : reinterpret_cast<uv_stream_t*>(pipe_.get());
  }

  static void allocate(uv_handle_t* handle, std::size_t, uv_buf_t* buffer) {
    auto& chunk = static_cast<StreamInput*>(handle->data)->chunk_;
    *buffer = uv_buf_init(chunk.data(), static_cast<unsigned int>(chunk.size()));
  }

  static void on_read(uv_stream_t* stream, ssize_t got, const uv_buf_t* buffer) {
    auto* self = static_cast<StreamInput*>(stream->data);
    if (got > 0) return self->on_bytes_({buffer->base, static_cast<std::size_t>(got)});
    if (got == 0) return;
    uv_read_stop(stream);
    self->on_end_();
  }

  OnBytes on_bytes_;
  OnEnd on_end_;
  LoopHandle<uv_tty_t> terminal_;
  LoopHandle<uv_pipe_t> pipe_;
  std::array<char, kChunkBytes> chunk_{};
};

/// A file, /dev/null, or no standard input at all: read a chunk in each turn of the loop.
class FileInput final : public StandardInput {
 public:
  FileInput(uv_loop_t* loop, OnBytes on_bytes, OnEnd on_end)
      : on_bytes_(std::move(on_bytes)), on_end_(std::move(on_end)), turn_(loop, [this] { read_chunk(); }) {}

  void pause() override { turn_.stop(); }
  void resume() override {
    if (!ended_) turn_.start(rudp::Duration::zero());
  }

 private:
  void read_chunk() {
    uv_buf_t buffer = uv_buf_init(chunk_.data(), static_cast<unsigned int>(chunk_.size()));
    uv_fs_t request;
    const int got = uv_fs_read(nullptr, &request, kDescriptor, &buffer, 1, -1, nullptr);
    uv_fs_req_cleanup(&request);
    ended_ = got <= 0;
    if (ended_) return on_end_();
    resume();
    on_bytes_({chunk_.data(), static_cast<std::size_t>(got)});
  }

  OnBytes on_bytes_;
  OnEnd on_end_;
  bool ended_ = false;
  LoopTimer turn_;
  std::array<char, kChunkBytes> chunk_{};
};

}  // namespace

std::unique_ptr<StandardInput> StandardInput::open(uv_loop_t* loop, OnBytes on_bytes, OnEnd on_end) {
  const uv_handle_type type = uv_guess_handle(kDescriptor);
  if (type == UV_TTY || type == UV_NAMED_PIPE || type == UV_TCP) {
    auto stream = std::make_unique<StreamInput>(on_bytes, on_end);
    if (stream->open(loop, type)) return stream;
  }
  return std::make_unique<FileInput>(loop, std::move(on_bytes), std::move(on_end));
}

}  // namespace client
