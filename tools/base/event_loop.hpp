// SPDX-License-Identifier: MIT
// libsystemd's sd-event with owning sources. A loop belongs to one thread; nothing here is shared between threads.
#pragma once

#include <systemd/sd-event.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

namespace xenolith::tools {

// Something the loop watches, until it is destroyed. A source may be destroyed inside its own callback.
class EventSource {
 public:
  EventSource() = default;

 private:
  friend class EventLoop;
  struct State;
  struct Remove {
    void operator()(State* state) const;
  };
  explicit EventSource(State* state) : state_(state) {}
  std::unique_ptr<State, Remove> state_;
};

class EventLoop {
 public:
  using Clock = std::chrono::steady_clock;

  EventLoop();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Calls back with the ready events (EPOLLIN, ...) as long as `fd` has one of `events`. The descriptor stays the caller's.
  [[nodiscard]] EventSource watch(int fd, uint32_t events, std::function<void(uint32_t)> callback);
  // Calls back once, at `time` or later.
  [[nodiscard]] EventSource at(Clock::time_point time, std::function<void()> callback);
  [[nodiscard]] EventSource after(Clock::duration delay, std::function<void()> callback) {
    return at(Clock::now() + delay, std::move(callback));
  }
  // Calls back once, when the child process has ended; `status` as of waitpid(). SIGCHLD must be blocked in all threads:
  // block_signals() at the start of main() does it.
  [[nodiscard]] EventSource child(pid_t pid, std::function<void(int status)> callback);
  // Calls back at each signal; it must be blocked (block_signals()).
  [[nodiscard]] EventSource signal(int number, std::function<void()> callback);
  // Calls back once, from the loop, after what is being called now has returned.
  [[nodiscard]] EventSource soon(std::function<void()> callback);

  // Runs until stop(). An exception of a callback leaves it.
  void run();
  // Waits for one event at most `timeout`, and serves it. Returns whether there was one.
  bool run_once(Clock::duration timeout);
  void stop();

  sd_event* raw() const { return event_; }

 private:
  void rethrow();
  sd_event* event_ = nullptr;
  bool stopped_ = false;
  std::exception_ptr error_;
  friend struct EventSource::State;
};

// Blocks the signals that daemons take through the loop: SIGCHLD, SIGTERM, SIGINT, SIGHUP; ignores SIGPIPE.
void block_signals();

}  // namespace xenolith::tools
