#include "bench/link/network.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

#include "bench/peers/peer.hpp"

namespace bench {
namespace {

using rudp::uv::FileDescriptor;

constexpr const char* kDevice = "link0";
constexpr int kQueueLength = 10'000;  // packets: the emulator's queue is the one that counts

FileDescriptor open_or_give_up(const char* path, int flags) {
  FileDescriptor file(open(path, flags | O_CLOEXEC));
  if (!file) give_up_errno(path);
  return file;
}

ifreq request() {
  ifreq request{};
  std::strncpy(request.ifr_name, kDevice, sizeof request.ifr_name - 1);
  return request;
}

void tell(int socket, unsigned long what, ifreq& request) {
  if (ioctl(socket, what, &request) != 0) give_up_errno(kDevice);
}

void set_address(int socket, unsigned long what, const std::string& ip) {
  ifreq order = request();
  sockaddr_in address{};
  address.sin_family = AF_INET;
  if (inet_pton(AF_INET, ip.c_str(), &address.sin_addr) != 1) give_up("no address: " + ip);
  std::memcpy(&order.ifr_addr, &address, sizeof address);
  tell(socket, what, order);
}

void set_up(const std::string& ip, int mtu) {
  const FileDescriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket) give_up_errno("socket");
  set_address(socket.get(), SIOCSIFADDR, ip);
  set_address(socket.get(), SIOCSIFNETMASK, "255.255.255.0");
  ifreq order = request();
  order.ifr_mtu = mtu;
  tell(socket.get(), SIOCSIFMTU, order);
  order = request();
  order.ifr_qlen = kQueueLength;
  tell(socket.get(), SIOCSIFTXQLEN, order);
  order = request();
  order.ifr_flags = IFF_UP | IFF_RUNNING;
  tell(socket.get(), SIOCSIFFLAGS, order);
}

// Offloads are not asked for, so the kernel cuts large packets and fills in checksums before we see them.
FileDescriptor open_device() {
  FileDescriptor device = open_or_give_up("/dev/net/tun", O_RDWR | O_NONBLOCK);
  ifreq order = request();
  order.ifr_flags = IFF_TUN | IFF_NO_PI;
  tell(device.get(), TUNSETIFF, order);
  return device;
}

// Its router solicitations and the like would only be counted as somebody's bytes.
void silence_ipv6() {
  const int file = open("/proc/sys/net/ipv6/conf/all/disable_ipv6", O_WRONLY | O_CLOEXEC);
  if (file < 0) return;  // a kernel without IPv6
  if (write(file, "1", 1) != 1) give_up_errno("disable_ipv6");
  close(file);
}

}  // namespace

LinkEnd make_link_end(const std::string& ip, int mtu) {
  if (unshare(CLONE_NEWNET) != 0) give_up_errno("a network namespace (root is needed)");
  silence_ipv6();
  LinkEnd end{open_or_give_up("/proc/self/ns/net", O_RDONLY), open_device()};
  set_up(ip, mtu);
  return end;
}

void enter(const LinkEnd& end) {
  if (setns(end.network.get(), CLONE_NEWNET) != 0) give_up_errno("setns");
}

bool may_make_networks() { return geteuid() == 0 && access("/dev/net/tun", R_OK | W_OK) == 0; }

}  // namespace bench
