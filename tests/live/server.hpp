// An rchatd of one test, in a folder of its own, on a free port of the loopback.
#pragma once

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "live/process.hpp"

namespace live {

/// Removed with everything in it at the end.
struct Folder {
  Folder() {
    char name[] = "/tmp/rudp-live-XXXXXX";
    if (mkdtemp(name) == nullptr) std::abort();
    path = name;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string operator/(const std::string& name) const { return path + "/" + name; }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path + "/" + name, std::ios::binary) << text;
    return path + "/" + name;
  }
  std::string read(const std::string& name) const {
    std::ifstream file(path + "/" + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }

  std::string path;
};

/// Passwords that cost as little as a server allows: tests have better things to do.
constexpr const char* kCheapPasswords = "[passwords]\nmemory_mib = 19\n";

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
