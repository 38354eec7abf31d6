// An rchatd of one test, in a folder of its own, on a free port of the loopback.
#pragma once

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "live/process.hpp"
#include "support/folder.hpp"

namespace live {

using test::Folder;

/// Passwords that cost as little as a server allows: tests have better things to do.
constexpr const char* kCheapPasswords = "[passwords]\nmemory_mib = 19\n";
/// People who may say what they have to say at once, however long it is.
constexpr const char* kTalkative = "[limits.messages_per_account]\nburst = 10000\n";

class Server {
 public:
  explicit Server(std::string config = kCheapPasswords) { folder_.write("rchatd.toml", config); }

  /// Starts it, again on the same port after the first time. False: it did not get ready.
  bool start(const std::function<void()>& prepare = {}) {
    // A test that runs beside this one may hold the port for a moment.
    int tries = 0;
    while (!try_start(prepare)) {
      if (++tries == 100 || process_->err().find("in use") == std::string::npos)
        return std::fprintf(stderr, "%s", process_->err().c_str()), false;
      usleep(100'000);
    }
    port_ = port_of(process_->out());
    key_ = process_->out().substr(process_->out().find(" key ") + 5, 43);
    return true;
  }

  /// Asks it to stop; its exit code.
  int stop(int signal = SIGTERM) {
    process_->signal(signal);
    return process_->wait();
  }
  void kill_at_once() {
    process_->signal(SIGKILL);
    process_->wait();
  }

  Process& process() { return *process_; }
  const Folder& folder() const { return folder_; }
  std::string data() const { return folder_ / "data"; }
  std::string log() const { return folder_.read("data/rchatd.log"); }
  int port() const { return port_; }
  const std::string& key() const { return key_; }
  std::string url() const { return "rudp://127.0.0.1:" + std::to_string(port_) + "/#" + key_; }

  /// `rchatctl` on its data folder.
  Ended ask(std::vector<std::string> words) const {
    std::vector<std::string> command{program("rchatctl"), "--data", data()};
    command.insert(command.end(), words.begin(), words.end());
    return run(std::move(command));
  }

 private:
  bool try_start(const std::function<void()>& prepare) {
    const std::string address = "127.0.0.1:" + std::to_string(port_);
    process_ = std::make_unique<Process>(
        std::vector<std::string>{program("rchatd"), "--config", folder_ / "rchatd.toml", "--data", data(),
                                 "--listen", address},
        prepare);
    return process_->read_until([this] { return process_->out().find('\n') != std::string::npos; });
  }

  static int port_of(const std::string& line) {
    const std::size_t end = line.find(" key ");
    const std::size_t colon = line.rfind(':', end);
    return std::atoi(line.substr(colon + 1, end - colon - 1).c_str());
  }

  Folder folder_;
  std::unique_ptr<Process> process_;
  int port_ = 0;
  std::string key_;
};

}  // namespace live
