// Stands between a client and a MariaDB server, on socket files, and cuts or holds
// what passes at the moments that matter.
#pragma once

#include <atomic>
#include <chrono>
#include <cstring>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

class MariadbProxy {
 public:
  enum class Fault {
    none,
    cut_before_commit,  ///< the next COMMIT never reaches the server
    cut_after_commit,   ///< it does, and its answer never reaches the client
    hold_after_commit,  ///< the same, and from then on nothing passes until release()
  };

  MariadbProxy(std::string path, std::string server) : path_(std::move(path)), server_(std::move(server)) {
    unlink(path_.c_str());
    listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_un address = address_of(path_);
    ok_ = ::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
          ::listen(listener_, 16) == 0;
    if (ok_) accepting_ = std::thread([this] { accept_all(); });
  }
  ~MariadbProxy() {
    stopping_ = true;
    if (accepting_.joinable()) accepting_.join();
    for (std::thread& pump : pumps_) pump.join();
    close(listener_);
  }
  MariadbProxy(const MariadbProxy&) = delete;
  MariadbProxy& operator=(const MariadbProxy&) = delete;

  bool ok() const { return ok_; }
  const std::string& path() const { return path_; }
  /// For the next COMMIT behind those that pass unharmed.
  void arm(Fault fault, int commits_to_pass = 0) {
    commits_to_pass_ = commits_to_pass;
    fault_ = fault;
  }
  void release() { held_ = false; }
  /// From now on, each packet of the client waits so long before it goes to the server.
  void slow_down(std::chrono::milliseconds delay) { delay_ms_ = static_cast<int>(delay.count()); }
  /// Ends every connection that is open now, and returns when they are gone.
  void cut_all() {
    epoch_ += 1;
    while (open_ > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  int faults() const { return faults_; }

 private:
  static sockaddr_un address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    return address;
  }

  static bool is_readable(int fd, int wait_ms) {
    pollfd wanted{fd, POLLIN, 0};
    return poll(&wanted, 1, wait_ms) > 0;
  }

  void accept_all() {
    while (!stopping_) {
      if (!is_readable(listener_, 20)) continue;
      const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0) continue;
      open_ += 1;
      pumps_.emplace_back([this, client, epoch = epoch_.load()] { serve(client, epoch); });
    }
  }

  void serve(int client, int epoch) {
    const int upstream = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_un address = address_of(server_);
    if (::connect(upstream, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
      pump(client, upstream, epoch);
    }
    close(upstream);
    close(client);
    open_ -= 1;
  }

  void pump(int client, int upstream, int epoch) {
    while (!stopping_ && epoch == epoch_) {
      pollfd both[2] = {{client, POLLIN, 0}, {upstream, POLLIN, 0}};
      if (held_ || poll(both, 2, 20) <= 0) {
        if (held_) std::this_thread::sleep_for(std::chrono::milliseconds(10));
        continue;
      }
      if (both[0].revents != 0 && !pass_to_server(client, upstream)) return;
      if (both[1].revents != 0 && !pass(upstream, client)) return;
    }
  }

  static bool write_all(int to, const char* data, std::size_t bytes) {
    while (bytes > 0) {
      const ssize_t sent = ::send(to, data, bytes, MSG_NOSIGNAL);
      if (sent <= 0) return false;
      data += sent;
      bytes -= static_cast<std::size_t>(sent);
    }
    return true;
  }

  static bool pass(int from, int to) {
    char data[16 * 1024];
    const ssize_t bytes = ::recv(from, data, sizeof data, 0);
    return bytes > 0 && write_all(to, data, static_cast<std::size_t>(bytes));
  }

  // A COMMIT is a packet of its own: the client waits for each answer before it goes on.
  bool pass_to_server(int client, int upstream) {
    char data[16 * 1024];
    const ssize_t bytes = ::recv(client, data, sizeof data, 0);
    if (bytes <= 0) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(delay_ms_));
    const bool is_commit = bytes == 4 + 7 && std::memcmp(data + 5, "COMMIT", 6) == 0;
    const bool is_its_turn = is_commit && commits_to_pass_.fetch_sub(1) <= 0;
    const Fault fault = is_its_turn ? fault_.exchange(Fault::none) : Fault::none;
    if (fault != Fault::none) faults_ += 1;
    if (fault == Fault::cut_before_commit) return false;
    if (!write_all(upstream, data, static_cast<std::size_t>(bytes))) return false;
    if (fault == Fault::none) return true;
    held_ = fault == Fault::hold_after_commit;
    (void)is_readable(upstream, 60'000);
    while (held_ && !stopping_) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return false;
  }

  std::string path_, server_;
  int listener_ = -1;
  bool ok_ = false;
  std::thread accepting_;
  std::list<std::thread> pumps_;  // touched by the accepting thread alone until that ended
  std::atomic<bool> stopping_{false}, held_{false};
  std::atomic<Fault> fault_{Fault::none};
  std::atomic<int> commits_to_pass_{0}, delay_ms_{0}, epoch_{0}, open_{0}, faults_{0};
};
