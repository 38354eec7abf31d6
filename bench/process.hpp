// Child processes of a benchmark: each with a function to run, ended at the latest when their owner goes.
#pragma once

#include <sys/types.h>

#include <functional>

#include <rudp/types.hpp>

namespace bench {

class Process {
 public:
  /// Runs `work` in a child, which then ends. A child does not outlive its parent.
  explicit Process(const std::function<void()>& work);
  /// Waits a moment for it to end by itself, and then ends it.
  ~Process();
  /// For one that does not end by itself.
  void end();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  /// Of user and system together, since it began.
  rudp::Duration cpu_time() const;
  bool is_running();
  /// Until it has ended by itself.
  void wait();

 private:
  pid_t id_;
  bool ended_ = false;
};

/// Sleeps in this process.
void sleep_for(rudp::Duration length);
/// Of a clock that all processes share.
rudp::Duration wall_clock();
/// Keeps this process on the first core, or on the last.
enum class Core { first, last };
void pin_to(Core core);

}  // namespace bench
