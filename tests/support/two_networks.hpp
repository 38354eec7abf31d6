// A client machine with two interfaces and a server behind both, as network namespaces of this process: what
// is opened in enter_server() belongs to the server, all else to the client. Needs root and the program ip.
#pragma once

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

namespace test {

class TwoNetworks {
 public:
  /// The server's address, which both networks lead to, and the client's in each.
  static constexpr const char* kServer = "10.77.0.1";
  static constexpr const char* kClient[2] = {"10.77.1.2", "10.77.2.2"};

  /// Null: they cannot be made here.
  static std::unique_ptr<TwoNetworks> open() {
    std::unique_ptr<TwoNetworks> made(new TwoNetworks);
    return made->start() ? std::move(made) : nullptr;
  }
  ~TwoNetworks() {
    if (home_ >= 0) (void)setns(home_, CLONE_NEWNET);
    if (keeper_ > 0) {
      kill(keeper_, SIGKILL);
      waitpid(keeper_, nullptr, 0);
    }
    for (const int descriptor : {home_, server_, client_})
      if (descriptor >= 0) close(descriptor);
  }
  TwoNetworks(const TwoNetworks&) = delete;
  TwoNetworks& operator=(const TwoNetworks&) = delete;

  bool enter_server() { return setns(server_, CLONE_NEWNET) == 0; }
  bool enter_client() { return setns(client_, CLONE_NEWNET) == 0; }

  /// Gives the client its address there, and the way to the server.
  bool give(int network) {
    const std::string n = std::to_string(network);
    return run("ip addr add " + std::string(kClient[network]) + "/24 dev c" + n) &&
           run("ip link set c" + n + " up") && prefer(network);
  }
  bool prefer(int network) {
    return run("ip route replace default via 10.77." + std::to_string(network + 1) + ".1 dev c" +
               std::to_string(network));
  }
  /// Only the address goes, and the route with it; the interface stays.
  bool take_address(int network) {
    return run("ip addr del " + std::string(kClient[network]) + "/24 dev c" + std::to_string(network));
  }
  /// Gives that interface `count` more addresses and takes them away again, at once.
  bool give_and_take(int network, int count) {
    std::FILE* const commands = popen("ip -batch - >&2", "w");
    if (!commands) return false;
    for (const char* what : {"add", "del"})
      for (int i = 0; i < count; ++i)
        std::fprintf(commands, "addr %s 10.78.%d.%d/32 dev c%d\n", what, i / 250, i % 250 + 1, network);
    return pclose(commands) == 0;
  }
  bool take_interface(int network) { return run("ip link del c" + std::to_string(network)); }

 private:
  TwoNetworks() = default;

  static bool run(const std::string& command) { return std::system((command + " >&2").c_str()) == 0; }
  static int here() { return ::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC); }

  bool start() {
    home_ = here();
    if (unshare(CLONE_NEWNET) != 0) return false;
    server_ = here();
    keep();
    if (keeper_ < 0 || unshare(CLONE_NEWNET) != 0) return false;
    client_ = here();
    return run("ip link set lo up") && connect(0) && connect(1) && prepare_server() && enter_client();
  }
  // What ip is told of the server's namespace is a process in it.
  void keep() {
    keeper_ = fork();
    if (keeper_ != 0) return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (true) pause();
  }
  bool connect(int network) {
    const std::string n = std::to_string(network);
    return run("ip link add c" + n + " type veth peer name s" + n + " netns " + std::to_string(keeper_));
  }
  bool prepare_server() {
    return enter_server() && run("ip link set lo up") && run("ip addr add 10.77.0.1/32 dev lo") &&
           run("ip addr add 10.77.1.1/24 dev s0") && run("ip addr add 10.77.2.1/24 dev s1") &&
           run("ip link set s0 up") && run("ip link set s1 up");
  }

  int home_ = -1, server_ = -1, client_ = -1;
  pid_t keeper_ = -1;
};

}  // namespace test
