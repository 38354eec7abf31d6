#include "server/admin_client.hpp"

#include <array>

#include "server/admin_socket.hpp"
#include "server/loop.hpp"

namespace server {
namespace {

constexpr std::size_t kAnswerBytesMax = 1 << 20;  // whatever listens there, it cannot fill the memory

class Inquiry {
 public:
  explicit Inquiry(std::string line)
      : line_(std::move(line)),
        timer_(loop_, [this] { fail("the server did not answer in time"); }),
        // A server that goes away while it is asked is an answer too, not the end of this program.
        broken_pipe_(loop_, {SIGPIPE}, [] {}),
        pipe_(new uv_pipe_t) {
    uv_pipe_init(loop_.get(), pipe_.get(), 0);
    pipe_->data = connecting_.data = this;
  }

  AdminAnswer run(const std::string& path, rudp::Duration wait_max) {
    path_ = path;
    timer_.set(now().instant + wait_max);
    uv_pipe_connect(&connecting_, pipe_.get(), path.c_str(), [](uv_connect_t* request, int status) {
      // Cancelled: the inquiry is over.
      if (status != UV_ECANCELED) static_cast<Inquiry*>(request->data)->on_connected(status);
    });
    loop_.run();
    return answer_;
  }

 private:
  void on_connected(int status) {
    if (status == UV_ENOENT || status == UV_ECONNREFUSED)
      return fail("no rchatd runs here: nobody answers on " + path_);
    if (status != 0) return fail("cannot ask on " + path_ + ": " + uv_strerror(status));
    uv_buf_t buffer = uv_buf_init(line_.data(), static_cast<unsigned>(line_.size()));
    uv_write(&writing_, stream(pipe_), &buffer, 1, [](uv_write_t*, int) {});
    uv_read_start(
        stream(pipe_),
        [](uv_handle_t* handle, std::size_t, uv_buf_t* space) {
          auto& own = static_cast<Inquiry*>(handle->data)->space_;
          *space = uv_buf_init(own.data(), static_cast<unsigned>(own.size()));
        },
        [](uv_stream_t* from, ssize_t count, const uv_buf_t* bytes) {
          static_cast<Inquiry*>(from->data)->on_bytes(count, bytes->base);
        });
  }

  void on_bytes(ssize_t count, const char* bytes) {
    if (count < 0) return finish(parse_admin_answer(received_));
    received_.append(bytes, static_cast<std::size_t>(count));
    if (received_.size() > kAnswerBytesMax) fail("what answers there is no rchatd");
  }

  void fail(std::string sentence) { finish({false, std::move(sentence)}); }

  void finish(AdminAnswer answer) {
    answer_ = std::move(answer);
    loop_.stop();
  }

  std::string path_, line_, received_;
  AdminAnswer answer_;
  std::array<char, 4096> space_{};
  uv_connect_t connecting_{};  // requests outlive the loop, which ends them
  uv_write_t writing_{};
  Loop loop_;
  Timer timer_;
  Signals broken_pipe_;
  Handle<uv_pipe_t> pipe_;
};

}  // namespace

AdminAnswer ask_server(const std::string& socket_path, const AdminRequest& request, rudp::Duration wait_max) {
  if (socket_path.size() > kSocketPathBytesMax)
    return {false, "the path " + socket_path + " is too long for a socket"};
  return Inquiry(format_admin_request(request) + "\n").run(socket_path, wait_max);
}

}  // namespace server
