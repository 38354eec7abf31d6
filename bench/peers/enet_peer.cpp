// ENet 1.3, reliable and in order on one channel: packets as large as the path takes, socket buffers of 4 MiB
// asked for, no bandwidth limit, and a throttle that never closes. It encrypts nothing.
#include <enet/enet.h>

#include <algorithm>

#include "bench/peers/peer.hpp"

namespace bench {
namespace {

/// Beyond this ENet gains nothing: it has at most 64 KiB of reliable data in flight.
constexpr std::size_t kQueuedBytesMax = 256 * 1024;
constexpr std::size_t kHeaderBytes = 28;  // IPv4 and UDP
constexpr int kSocketBufferBytes = 4 << 20;
constexpr enet_uint32 kThrottleIntervalMs = 1000;

enet_uint32 to_ms(Duration wait) { return static_cast<enet_uint32>((wait + 999us) / 1ms); }

/// A host with one peer on it.
class Host {
 public:
  Host(const PeerOptions& options, const ENetAddress* bound) {
    static const int initialized = enet_initialize();
    if (initialized != 0) give_up("ENet does not start");
    host_ = enet_host_create(bound, 1, 1, 0, 0);
    if (!host_) give_up("ENet: no host");
    host_->mtu = static_cast<enet_uint32>(
        std::min<std::size_t>(options.path_mtu - kHeaderBytes, ENET_PROTOCOL_MAXIMUM_MTU));
    host_->peers[0].mtu = host_->mtu;  // it was set up by the host's default
    enet_socket_set_option(host_->socket, ENET_SOCKOPT_RCVBUF, kSocketBufferBytes);
    enet_socket_set_option(host_->socket, ENET_SOCKOPT_SNDBUF, kSocketBufferBytes);
  }
  ~Host() { enet_host_destroy(host_); }
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;
  ENetHost* get() const { return host_; }

  template <class OnEvent>
  void service(Duration wait, OnEvent&& on_event) {
    ENetEvent event;
    int got = enet_host_service(host_, &event, to_ms(wait));
    for (; got > 0; got = enet_host_check_events(host_, &event)) on_event(event);
  }

 private:
  ENetHost* host_;
};

ENetAddress address_of(const std::string& ip, std::uint16_t port) {
  ENetAddress address{};
  if (enet_address_set_host_ip(&address, ip.c_str()) != 0) give_up("ENet: no address " + ip);
  address.port = port;
  return address;
}

void open_throttle(ENetPeer* peer) {
  enet_peer_throttle_configure(peer, kThrottleIntervalMs, ENET_PEER_PACKET_THROTTLE_SCALE, 0);
  enet_peer_timeout(peer, 0, 60'000, 120'000);
}

class EnetReceiver final : public Receiver {
 public:
  EnetReceiver(const PeerOptions& options, Sink sink)
      : sink_(std::move(sink)), bound_(address_of(options.ip, 0)), host_(options, &bound_) {
    enet_socket_get_address(host_.get()->socket, &bound_);
  }
  std::uint16_t port() const override { return bound_.port; }
  void poll(Duration wait) override {
    host_.service(wait, [this](ENetEvent& event) {
      if (event.type == ENET_EVENT_TYPE_CONNECT) open_throttle(event.peer);
      if (event.type != ENET_EVENT_TYPE_RECEIVE) return;
      sink_({event.packet->data, event.packet->dataLength});
      enet_packet_destroy(event.packet);
    });
  }

 private:
  Sink sink_;
  ENetAddress bound_;
  Host host_;
};

class EnetSender final : public Sender {
 public:
  EnetSender(const PeerOptions& options, std::uint16_t port) : host_(options, nullptr) {
    const ENetAddress to = address_of(options.ip, port);
    peer_ = enet_host_connect(host_.get(), &to, 1, 0);
    if (!peer_) give_up("ENet: no connection");
  }
  bool is_connected() const override { return connected_; }
  std::size_t bulk_bytes() const override { return 16 * 1024; }

  bool send(Bytes data) override {
    if (queued_bytes_ > kQueuedBytesMax) return false;
    ENetPacket* const packet = enet_packet_create(data.data(), data.size(), ENET_PACKET_FLAG_RELIABLE);
    if (!packet) give_up("ENet: no packet");
    packet->userData = this;
    packet->freeCallback = [](ENetPacket* done) {
      static_cast<EnetSender*>(done->userData)->queued_bytes_ -= done->dataLength;
    };
    queued_bytes_ += data.size();
    if (enet_peer_send(peer_, 0, packet) == 0) return true;
    enet_packet_destroy(packet);
    return false;
  }
  void poll(Duration wait) override {
    host_.service(wait, [this](ENetEvent& event) {
      if (event.type == ENET_EVENT_TYPE_DISCONNECT) give_up("ENet: disconnected");
      if (event.type != ENET_EVENT_TYPE_CONNECT) return;
      open_throttle(event.peer);
      connected_ = true;
    });
  }

 private:
  std::size_t queued_bytes_ = 0;
  bool connected_ = false;
  Host host_;
  ENetPeer* peer_ = nullptr;
};

}  // namespace

Transport enet_transport() {
  return {"ENet", 0,
          [](const PeerOptions& options, Sink sink) {
            return std::make_unique<EnetReceiver>(options, std::move(sink));
          },
          [](const PeerOptions& options, std::uint16_t port) {
            return std::make_unique<EnetSender>(options, port);
          }};
}

}  // namespace bench
