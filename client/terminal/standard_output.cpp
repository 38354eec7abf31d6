#include "client/terminal/standard_output.hpp"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>

namespace client {
namespace {

constexpr int kWaitForEver = -1;

int descriptor_of(Stream stream) { return stream == Stream::output ? STDOUT_FILENO : STDERR_FILENO; }

// Another program may have made the descriptor non-blocking.
bool wait_until_writable(int descriptor) {
  pollfd waited{descriptor, POLLOUT, 0};
  return ::poll(&waited, 1, kWaitForEver) > 0 || errno == EINTR;
}

}  // namespace

bool write_all(Stream stream, std::string_view bytes) {
  const int descriptor = descriptor_of(stream);
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      if (!wait_until_writable(descriptor)) return false;
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

bool is_terminal(Stream stream) { return ::isatty(descriptor_of(stream)) != 0; }
bool input_is_terminal() { return ::isatty(STDIN_FILENO) != 0; }

void ignore_broken_pipes() { ::signal(SIGPIPE, SIG_IGN); }

}  // namespace client
