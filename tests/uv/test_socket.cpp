// The socket, live on loopback: what arrives, what is refused, and what happens when the system has no room.
#include "uv/socket.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "support/uv_loop.hpp"
#include "uv/socket_address.hpp"

#include "support/cmocka.hpp"

using namespace rudp;
using rudp::uv::Received;
using rudp::uv::Socket;
using rudp::uv::SocketReceiver;
using std::chrono::milliseconds;

namespace {

// What the system is made to answer to sends, in place of sending. The calls are counted.
struct Faults {
  int error = 0;
  bool only_segmented = false;
  int times = 0;
  int calls = 0;
  int single_error = 0;  // of datagrams that are in no run, always
} faults;

bool fails(const msghdr& message) {
  ++faults.calls;
  if (faults.single_error != 0 && message.msg_controllen == 0) {
    errno = faults.single_error;
    return true;
  }
  if (faults.times == 0) return false;
  if (faults.only_segmented && message.msg_controllen == 0) return false;
  --faults.times;
  errno = faults.error;
  return true;
}

}  // namespace

// These stand before the C library's.
extern "C" __attribute__((visibility("default"))) int sendmmsg(int socket, mmsghdr* messages, unsigned count,
                                                               int flags) {
  if (fails(messages[0].msg_hdr)) return -1;
  return static_cast<int>(syscall(SYS_sendmmsg, socket, messages, count, flags));
}
extern "C" __attribute__((visibility("default"))) ssize_t sendmsg(int socket, const msghdr* message,
                                                                  int flags) {
  if (fails(*message)) return -1;
  return syscall(SYS_sendmsg, socket, message, flags);
}

namespace {

struct Arrived {
  Address from;
  std::vector<std::uint8_t> bytes;
  Ecn ecn = Ecn::not_ect;
};

struct Recorder final : SocketReceiver {
  void on_received(const Received& received) override {
    received.for_each_datagram([&](MutableBytes datagram) {
      arrived.push_back({received.from, {datagram.begin(), datagram.end()}, received.ecn});
    });
  }
  void on_unreachable(const Address& to) override { unreachable.push_back(to); }
  void on_writable() override { ++writable; }

  std::vector<Arrived> arrived;
  std::vector<Address> unreachable;
  int writable = 0;
};

constexpr int kBufferBytes = 1 << 20;
const Address kLoopback4 = Address::v4(127, 0, 0, 1, 0);
const Address kLoopback6 = *Address::parse("[::1]:0");

// One socket with its receiver.
struct Party {
  Party(test::Loop& loop, const Address& local)
      : socket(*Socket::open(loop.get(), local, kBufferBytes, receiver)) {}
  Address address() const { return socket->info().local; }

  Recorder receiver;
  std::unique_ptr<Socket> socket;
};

struct Fixture {
  explicit Fixture(const Address& local = kLoopback4) : a(loop, local), b(loop, local) { faults = {}; }
  ~Fixture() { faults = {}; }
  bool wait_for(std::size_t datagrams, milliseconds limit = std::chrono::seconds(60)) {
    return loop.run_until([&] { return b.receiver.arrived.size() >= datagrams; }, limit);
  }

  test::Loop loop;
  Party a, b;
};

// Writes `count` datagrams of `segment` bytes and a shorter one; byte 0 of each is its number.
void push_run(Socket& socket, const Address& to, std::size_t count, std::size_t segment,
              Ecn ecn = Ecn::not_ect) {
  const MutableBytes space = socket.space();
  const std::size_t bytes = count * segment + segment / 2;
  assert_true(space.size() >= bytes);
  for (std::size_t i = 0; i < bytes; ++i) space[i] = static_cast<std::uint8_t>(i / segment);
  socket.push({.to = to, .bytes = bytes, .segment_bytes = segment, .ecn = ecn});
}

void check_run(const std::vector<Arrived>& arrived, std::size_t count, std::size_t segment) {
  assert_int_equal(arrived.size(), count + 1);
  for (std::size_t i = 0; i < arrived.size(); ++i) {
    const std::size_t bytes = i < count ? segment : segment / 2;
    assert_true(arrived[i].bytes == std::vector<std::uint8_t>(bytes, static_cast<std::uint8_t>(i)));
  }
}

// Sends as a stranger would, past our own code.
void send_raw(const Address& to, const std::vector<std::uint8_t>& bytes) {
  const uv::SocketAddress target = uv::to_socket_address(to);
  const int raw = ::socket(target.any.sa_family, SOCK_DGRAM, 0);
  assert_true(raw >= 0);
  const ssize_t sent = sendto(raw, bytes.data(), bytes.size(), 0, &target.any, uv::length_of(target));
  assert_int_equal(sent, bytes.size());
  close(raw);
}

void a_run_arrives_as_the_datagrams_it_is_made_of_on(const Address& local) {
  Fixture f(local);
  push_run(*f.a.socket, f.b.address(), 20, 1200);
  f.a.socket->flush();
  assert_true(f.wait_for(21));
  check_run(f.b.receiver.arrived, 20, 1200);
  assert_true(f.b.receiver.arrived[0].from == f.a.address());
}

void a_run_arrives_as_the_datagrams_it_is_made_of_over_ipv4(void**) {
  a_run_arrives_as_the_datagrams_it_is_made_of_on(kLoopback4);
}
void a_run_arrives_as_the_datagrams_it_is_made_of_over_ipv6(void**) {
  a_run_arrives_as_the_datagrams_it_is_made_of_on(kLoopback6);
}

void a_run_of_more_datagrams_than_one_call_holds_arrives_whole(void**) {
  Fixture f;
  push_run(*f.a.socket, f.b.address(), 200, 100);
  f.a.socket->flush();
  assert_true(f.wait_for(201));
  check_run(f.b.receiver.arrived, 200, 100);
}

void runs_to_several_destinations_leave_in_one_flush(void**) {
  Fixture f;
  Party c(f.loop, kLoopback4);
  push_run(*f.a.socket, f.b.address(), 3, 500);
  push_run(*f.a.socket, c.address(), 2, 700);
  f.a.socket->flush();
  assert_true(f.wait_for(4));
  assert_true(f.loop.run_until([&] { return c.receiver.arrived.size() == 3; }));
  check_run(f.b.receiver.arrived, 3, 500);
  check_run(c.receiver.arrived, 2, 700);
}

// Threat P1.
void p1_an_empty_datagram_arrives_as_one(void**) {
  Fixture f;
  send_raw(f.b.address(), {});
  send_raw(f.b.address(), {1});
  assert_true(f.wait_for(2));
  assert_int_equal(f.b.receiver.arrived[0].bytes.size(), 0);
  assert_int_equal(f.b.receiver.arrived[1].bytes.size(), 1);
}

// Threat P12.
void p12_the_largest_datagram_arrives_whole(void**) {
  for (const Address& local : {kLoopback4, kLoopback6}) {
    Fixture f(local);
    const std::vector<std::uint8_t> largest(65'507, 0xa5);
    send_raw(f.b.address(), largest);
    assert_true(f.wait_for(1));
    assert_true(f.b.receiver.arrived[0].bytes == largest);
    assert_int_equal(f.b.socket->info().datagrams_truncated, 0);
  }
}

#if RUDP_UV_LINUX
void the_ecn_mark_is_set_and_read(void**) {
  for (const Address& local : {kLoopback4, kLoopback6}) {
    Fixture f(local);
    push_run(*f.a.socket, f.b.address(), 2, 600, Ecn::ect0);
    push_run(*f.a.socket, f.b.address(), 0, 600, Ecn::not_ect);
    f.a.socket->flush();
    assert_true(f.wait_for(4));
    assert_true(f.b.receiver.arrived[0].ecn == Ecn::ect0);
    assert_true(f.b.receiver.arrived[2].ecn == Ecn::ect0);
    assert_true(f.b.receiver.arrived[3].ecn == Ecn::not_ect);
  }
}
#endif

void the_buffers_granted_are_reported(void**) {
  Fixture f;
  assert_true(f.a.socket->info().receive_buffer_bytes >= 100'000);
  assert_true(f.a.socket->info().send_buffer_bytes >= 100'000);
  assert_true(f.a.socket->info().receive_buffer_bytes <= kBufferBytes);
}

// Another program may hold the same IPv4 port, but not each of twenty.
void both_families_share_a_port(void**) {
  test::Loop loop;
  Recorder receiver;
  for (int attempt = 0; attempt < 20; ++attempt) {
    Party v6(loop, *Address::parse("[::]:0"));
    const Address any4 = Address::v4(0, 0, 0, 0, v6.address().port);
    if (Socket::open(loop.get(), any4, kBufferBytes, receiver)) return;
  }
  fail_msg("0.0.0.0 could never be bound beside [::]");
}

void a_port_in_use_is_named(void**) {
  Fixture f;
  Recorder receiver;
  const auto second = Socket::open(f.loop.get(), f.a.address(), kBufferBytes, receiver);
  assert_true(!second);
  assert_true(second.error().code == Error::address_in_use);
  assert_string_equal(second.error().what.c_str(), f.a.address().to_string().c_str());
}

void an_address_of_another_machine_cannot_be_bound(void**) {
  test::Loop loop;
  Recorder receiver;
  const auto foreign = Socket::open(loop.get(), Address::v4(192, 0, 2, 1, 0), kBufferBytes, receiver);
  assert_true(!foreign);
  assert_true(foreign.error().code == Error::bad_address);
}

// The descriptor that is bound to the port, to look at options that no interface shows.
int descriptor_of(std::uint16_t port) {
  for (int descriptor = 0; descriptor < 1024; ++descriptor) {
    sockaddr_in address{};
    socklen_t length = sizeof address;
    if (getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &length) != 0) continue;
    if (address.sin_family == AF_INET && ntohs(address.sin_port) == port) return descriptor;
  }
  return -1;
}

#if defined(IP_PMTUDISC_PROBE)
// Threat M7.
void m7_the_path_mtu_is_not_taken_from_icmp(void**) {
  Fixture f;
  int value = -1;
  socklen_t length = sizeof value;
  const int descriptor = descriptor_of(f.a.address().port);
  assert_int_equal(getsockopt(descriptor, IPPROTO_IP, IP_MTU_DISCOVER, &value, &length), 0);
  assert_int_equal(value, IP_PMTUDISC_PROBE);
}
#endif

// Threat M7.
void m7_a_refused_datagram_does_not_stop_the_socket(void**) {
  Fixture f;
  Address nobody;
  {
    Party gone(f.loop, kLoopback4);
    nobody = gone.address();
  }
  for (int i = 0; i < 5; ++i) {
    push_run(*f.a.socket, nobody, 1, 100);
    f.a.socket->flush();
    f.loop.run_for(milliseconds(2));
  }
  push_run(*f.a.socket, f.b.address(), 2, 100);
  f.a.socket->flush();
  assert_true(f.wait_for(3));
}

// Threat R3.
void r3_what_the_system_has_no_room_for_is_sent_later(void**) {
  Fixture f;
  faults = {.error = EAGAIN, .times = 1};
  push_run(*f.a.socket, f.b.address(), 5, 1000);
  f.a.socket->flush();
  assert_true(f.a.socket->blocked());
  assert_true(f.a.socket->space().empty());
  assert_true(f.loop.run_until([&] { return f.a.receiver.writable > 0; }));
  assert_false(f.a.socket->blocked());
  assert_true(f.wait_for(6));
  check_run(f.b.receiver.arrived, 5, 1000);
  assert_int_equal(f.a.socket->info().datagrams_refused, 0);
}

#if RUDP_UV_LINUX
// Threat R3.
void r3_a_full_device_queue_is_not_asked_again_without_a_pause(void**) {
  Fixture f;
  faults = {.error = ENOBUFS, .times = 1'000'000};
  push_run(*f.a.socket, f.b.address(), 5, 1000);
  const auto start = std::chrono::steady_clock::now();
  f.a.socket->flush();
  assert_true(f.loop.run_until([] { return faults.calls >= 10; }));
  const auto took = std::chrono::steady_clock::now() - start;
  assert_true(f.a.socket->blocked());
  assert_true(took >= milliseconds(20));   // one in 5 ms, less what a timer is early
  assert_true(f.loop.turns() <= 60 + took / milliseconds(5));
  faults.times = 0;
  assert_true(f.wait_for(6));
  check_run(f.b.receiver.arrived, 5, 1000);
}
#endif

// Threat R3.
void r3_a_forbidden_datagram_is_counted_as_lost_and_the_next_is_sent(void**) {
  Fixture f;
  faults = {.error = EPERM, .times = 1};
  push_run(*f.a.socket, f.b.address(), 0, 1000);
  push_run(*f.a.socket, f.b.address(), 1, 800);
  f.a.socket->flush();
  assert_false(f.a.socket->blocked());
  assert_true(f.wait_for(2));
  check_run(f.b.receiver.arrived, 1, 800);
  assert_int_equal(f.a.socket->info().datagrams_refused, 1);
}

#if RUDP_UV_LINUX
// Threat R3.
void r3_an_error_that_says_nothing_about_the_datagram_is_not_tried_without_end(void**) {
  Fixture f;
  faults = {.error = ECONNREFUSED, .times = 1'000'000};
  push_run(*f.a.socket, f.b.address(), 0, 1000);
  f.a.socket->flush();
  assert_true(faults.calls <= 16);
  assert_int_equal(f.a.socket->info().datagrams_refused, 1);
}
#endif

#if RUDP_UV_LINUX
void a_driver_that_cannot_segment_is_served_single_datagrams(void**) {
  for (const int error : {EIO, EINVAL}) {
    Fixture f;
    if (!f.a.socket->info().segmentation_offload) return;
    faults = {.error = error, .only_segmented = true, .times = 1'000'000};
    push_run(*f.a.socket, f.b.address(), 20, 1200);
    f.a.socket->flush();
    assert_true(f.wait_for(21));
    check_run(f.b.receiver.arrived, 20, 1200);
    assert_false(f.a.socket->info().segmentation_offload);
    assert_int_equal(f.a.socket->info().datagrams_refused, 0);
  }
}
#endif

#if RUDP_UV_LINUX
// Some kernels call a run invalid whose datagrams are too large for the interface.
void datagrams_that_are_too_large_do_not_turn_segmentation_off(void**) {
  for (const int error : {EINVAL, EMSGSIZE}) {
    Fixture f;
    const bool before = f.a.socket->info().segmentation_offload;
    faults = {.error = error, .only_segmented = true, .times = 1'000'000, .single_error = EMSGSIZE};
    push_run(*f.a.socket, f.b.address(), 20, 1200);
    f.a.socket->flush();
    assert_int_equal(f.a.socket->info().segmentation_offload, before);
    assert_int_equal(f.a.socket->info().datagrams_refused, 21);
  }
}

void a_forged_sender_port_does_not_turn_segmentation_off(void**) {
  Fixture f;
  const bool before = f.a.socket->info().segmentation_offload;
  push_run(*f.a.socket, Address::v4(127, 0, 0, 1, 0), 2, 1200);
  f.a.socket->flush();
  assert_int_equal(f.a.socket->info().segmentation_offload, before);
  assert_int_equal(f.a.socket->info().datagrams_refused, 3);
}
#endif

// What may make a connection move. Anything else that is refused says nothing of the network.
void a_target_that_the_system_knows_no_way_to_is_told(void**) {
  for (const int error : {ENETUNREACH, EHOSTUNREACH, ENETDOWN, EADDRNOTAVAIL, EINVAL, EPERM, EMSGSIZE}) {
    Fixture f;
    faults = {.error = error, .times = 1};
    push_run(*f.a.socket, f.b.address(), 0, 1000);
    f.a.socket->flush();
    assert_int_equal(f.a.socket->info().datagrams_refused, 1);
    const bool is_told = error != EPERM && error != EMSGSIZE;
    assert_int_equal(f.a.receiver.unreachable.size(), is_told ? 1 : 0);
    if (is_told) assert_true(f.a.receiver.unreachable[0] == f.b.address());
  }
}

// A socket of no address has none that could be gone.
void a_send_that_is_invalid_tells_nothing_of_a_socket_without_an_address(void**) {
  Fixture f(Address::v4(0, 0, 0, 0, 0));
  faults = {.error = EINVAL, .times = 1};
  push_run(*f.a.socket, Address::v4(127, 0, 0, 1, f.b.address().port), 0, 1000);
  f.a.socket->flush();
  assert_true(f.a.receiver.unreachable.empty());
}

#if RUDP_UV_LINUX
// Of a socket without an address that says nothing of the network, but as little of segmentation.
void an_address_that_is_gone_does_not_turn_segmentation_off(void**) {
  for (const Address& local : {kLoopback4, Address::v4(0, 0, 0, 0, 0)}) {
    Fixture f(local);
    const bool before = f.a.socket->info().segmentation_offload;
    faults = {.error = EINVAL, .times = 1'000'000};
    push_run(*f.a.socket, Address::v4(127, 0, 0, 1, f.b.address().port), 20, 1200);
    f.a.socket->flush();
    assert_int_equal(f.a.socket->info().segmentation_offload, before);
    assert_int_equal(f.a.socket->info().datagrams_refused, 21);
    assert_true(f.a.receiver.unreachable.empty() == local.is_unspecified());
  }
}
#endif

void a_socket_closed_while_it_waits_leaves_nothing_behind(void**) {
  Fixture f;
  faults = {.error = EAGAIN, .times = 1};
  push_run(*f.a.socket, f.b.address(), 1, 1000);
  f.a.socket->flush();
  f.a.socket.reset();
  f.loop.run_for(milliseconds(10));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
    cmocka_unit_test(a_run_arrives_as_the_datagrams_it_is_made_of_over_ipv4),
    cmocka_unit_test(a_run_arrives_as_the_datagrams_it_is_made_of_over_ipv6),
    cmocka_unit_test(a_run_of_more_datagrams_than_one_call_holds_arrives_whole),
    cmocka_unit_test(runs_to_several_destinations_leave_in_one_flush),
    cmocka_unit_test(p1_an_empty_datagram_arrives_as_one),
    cmocka_unit_test(p12_the_largest_datagram_arrives_whole),
#if RUDP_UV_LINUX
    cmocka_unit_test(the_ecn_mark_is_set_and_read),
#endif
    cmocka_unit_test(the_buffers_granted_are_reported),
    cmocka_unit_test(both_families_share_a_port),
    cmocka_unit_test(a_port_in_use_is_named),
    cmocka_unit_test(an_address_of_another_machine_cannot_be_bound),
#if defined(IP_PMTUDISC_PROBE)
    cmocka_unit_test(m7_the_path_mtu_is_not_taken_from_icmp),
#endif
    cmocka_unit_test(m7_a_refused_datagram_does_not_stop_the_socket),
    cmocka_unit_test(r3_what_the_system_has_no_room_for_is_sent_later),
#if RUDP_UV_LINUX
    cmocka_unit_test(r3_a_full_device_queue_is_not_asked_again_without_a_pause),
#endif
    cmocka_unit_test(r3_a_forbidden_datagram_is_counted_as_lost_and_the_next_is_sent),
#if RUDP_UV_LINUX
    cmocka_unit_test(r3_an_error_that_says_nothing_about_the_datagram_is_not_tried_without_end),
    cmocka_unit_test(a_driver_that_cannot_segment_is_served_single_datagrams),
    cmocka_unit_test(datagrams_that_are_too_large_do_not_turn_segmentation_off),
    cmocka_unit_test(a_forged_sender_port_does_not_turn_segmentation_off),
#endif
    cmocka_unit_test(a_target_that_the_system_knows_no_way_to_is_told),
    cmocka_unit_test(a_send_that_is_invalid_tells_nothing_of_a_socket_without_an_address),
#if RUDP_UV_LINUX
    cmocka_unit_test(an_address_that_is_gone_does_not_turn_segmentation_off),
#endif
    cmocka_unit_test(a_socket_closed_while_it_waits_leaves_nothing_behind),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
