// The socket of Linux: our own descriptor under uv_poll, with recvmmsg, sendmmsg, GSO, GRO and ECN, none of
// which libuv offers.
#pragma once

#include "uv/platform.hpp"
#if RUDP_UV_LINUX

#include <rudp/uv_endpoint.hpp>

#include "uv/file_descriptor.hpp"
#include "uv/handle.hpp"
#include "uv/receive_batch.hpp"
#include "uv/send_batch.hpp"
#include "uv/send_queue.hpp"

namespace rudp::uv {

/// See socket.hpp.
class LinuxSocket {
 public:
  static Result<std::unique_ptr<LinuxSocket>, Failure> open(uv_loop_t* loop, const Address& local,
                                                            int buffer_bytes, SocketReceiver& receiver,
                                                            Source source = Source::chosen_by_system);
  LinuxSocket(const LinuxSocket&) = delete;
  LinuxSocket& operator=(const LinuxSocket&) = delete;

  MutableBytes space() { return blocked() ? MutableBytes() : queue_.space(); }
  void push(const Transmit& run) { queue_.push(run); }
  void flush();
  bool blocked() const { return waiting_ != Waiting::nothing; }
  const SocketInfo& info() const { return info_; }

 private:
  // A full socket buffer is reported as room by the poll; a full queue of the device is not, and polling
  // for room would spin there, so that is tried again after a pause.
  enum class Waiting { nothing, room, pause };

  LinuxSocket(uv_loop_t* loop, FileDescriptor descriptor, SocketReceiver& receiver);
  int start(uv_loop_t* loop, const Address& local, int buffer_bytes, Source source);
  void watch();
  void pause();
  void on_poll(int status, int events);
  void on_pause_end();
  void on_readable();
  void deliver(std::size_t count);
  void resume_sending();
  void send_some();
  bool lose_source(int error, const Chunk& chunk);
  void on_send_error(int error, const Chunk& chunk);
  void refuse(const Chunk& chunk);

  FileDescriptor descriptor_;
  SocketReceiver& receiver_;
  SocketInfo info_;
  Waiting waiting_ = Waiting::nothing;
  bool offload_doubted_ = false;  // a run was refused for being one, and none of its datagrams was sent since
  int interrupted_ = 0;           // sends in a row that failed without saying anything about their datagram
  SendQueue queue_;
  LocalAddresses locals_;
  ReceiveBatch received_;
  SendBatch sending_;
  Handle<uv_timer_t> pause_timer_;
  Handle<uv_poll_t> poll_;
};

}  // namespace rudp::uv

#endif
