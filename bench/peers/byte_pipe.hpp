// A connected byte stream that does not block: TCP as it is, or TLS over it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include <rudp/types.hpp>

namespace bench {

class BytePipe {
 public:
  virtual ~BytePipe() = default;
  /// How many bytes went in; 0: no room now.
  virtual std::size_t write(rudp::Bytes bytes) = 0;
  /// How many bytes came out; 0: nothing now. The end of the stream ends the program's waiting: absent.
  virtual std::optional<std::size_t> read(rudp::MutableBytes out) = 0;
  /// False: a handshake is still under way; call again when the socket can be read or written.
  virtual bool is_ready() { return true; }
};

enum class PipeEnd { client, server };

/// `socket` stays the caller's.
std::unique_ptr<BytePipe> make_tcp_pipe(int socket);
std::unique_ptr<BytePipe> make_tls_pipe(int socket, PipeEnd end);

}  // namespace bench
