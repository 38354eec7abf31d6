// What a benchmark asks of a transport: one sender, one receiver, one connection, data one way.
//
// Each transport is set up at its best: buffers asked for, batching where its interface allows it, and no
// limit of its own below what the path carries. Both ends run in processes of their own (pair.hpp) and call
// poll again and again; nothing here has threads.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <rudp/config.hpp>
#include <rudp/identity.hpp>
#include <rudp/types.hpp>

namespace bench {

using namespace std::chrono_literals;
using rudp::Bytes;
using rudp::Duration;

enum class Workload {
  bulk,   ///< as many bytes as go through
  small,  ///< as many 64-byte messages as go through
  thin,   ///< 200-byte messages at a steady pace, each with the time of its sending
};

/// What both ends of a trial know before they part.
struct PeerOptions {
  std::string ip = "127.0.0.1";  ///< of the receiver
  Workload workload = Workload::bulk;
  std::size_t path_mtu = 1500;  ///< IP bytes that the path carries in one packet
  std::uint32_t variant = 0;    ///< the transport's own; see transports()
  rudp::Identity identity{};    ///< of the receiver, where the transport is rudp
};

/// Byte streams call it with whatever arrives in the bulk workload, and with whole messages in the others.
using Sink = std::function<void(Bytes)>;

class Receiver {
 public:
  virtual ~Receiver() = default;
  virtual std::uint16_t port() const = 0;
  /// Waits at most that long for something to do, and does it.
  virtual void poll(Duration wait) = 0;
};

class Sender {
 public:
  virtual ~Sender() = default;
  virtual bool is_connected() const = 0;
  /// False: it has no room; poll and try again.
  virtual bool send(Bytes data) = 0;
  /// Hands on what is queued, waits at most that long for something to do, and does it.
  virtual void poll(Duration wait) = 0;
  /// Bytes of one send of the bulk workload.
  virtual std::size_t bulk_bytes() const { return 64 * 1024; }
};

struct Transport {
  std::string name;
  std::uint32_t variant = 0;
  std::function<std::unique_ptr<Receiver>(const PeerOptions&, Sink)> make_receiver;
  std::function<std::unique_ptr<Sender>(const PeerOptions&, std::uint16_t port)> make_sender;
};

/// Ends the program, for a benchmark without its tools has nothing to say.
[[noreturn]] void give_up(const std::string& what);
/// The same with the meaning of errno.
[[noreturn]] void give_up_errno(const std::string& what);

/// What rudp sends in the bulk workload.
enum class RudpVariant : std::uint32_t { stream, messages };
Transport rudp_transport(const std::string& name, RudpVariant variant, const rudp::TransportOptions& options);
Transport enet_transport();
/// `congestion_control` as the kernel names it; empty: the system's default.
Transport tcp_transport(const std::string& name, const std::string& congestion_control);
/// TLS 1.3 of OpenSSL over TCP, the cipher being whatever it likes best on this machine.
Transport tls_transport();

}  // namespace bench
