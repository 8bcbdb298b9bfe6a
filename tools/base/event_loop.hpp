// SPDX-License-Identifier: MIT
// A loop on epoll, with owning sources. A loop belongs to one thread; nothing here is shared between threads.
// Not libsystemd's sd-event: that library and those it needs make up most of the time in which `xl` starts.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>

#include "tools/base/unique_fd.hpp"

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

// What is ready is served in rounds: all that is ready at the beginning of a round is served once before the loop looks
// again, in the order of descriptors, timers, then calls deferred during the round before. So nobody starves.
class EventLoop {
 public:
  using Clock = std::chrono::steady_clock;

  EventLoop();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Calls back with the ready events (EPOLLIN, ...) as long as `fd` has one of `events`. The descriptor stays the caller's.
  // It may no longer be ready then, if what was served before in the same round has emptied it.
  [[nodiscard]] EventSource watch(int fd, uint32_t events, std::function<void(uint32_t)> callback);
  // Calls back once, at `time` or later.
  [[nodiscard]] EventSource at(Clock::time_point time, std::function<void()> callback);
  [[nodiscard]] EventSource after(Clock::duration delay, std::function<void()> callback) {
    return at(Clock::now() + delay, std::move(callback));
  }
  // Calls back once, when the child process has ended; `status` as of waitpid(). The process is reaped after that.
  [[nodiscard]] EventSource child(pid_t pid, std::function<void(int status)> callback);
  // Calls back at each signal; it must be blocked (block_signals()), and have no other source.
  [[nodiscard]] EventSource signal(int number, std::function<void()> callback);
  // Calls back once, from the loop, after what is being called now has returned.
  [[nodiscard]] EventSource soon(std::function<void()> callback);

  // Runs until stop(). An exception of a callback leaves it.
  void run();
  // Waits for one event at most `timeout`, and serves it. Returns whether there was one.
  bool run_once(Clock::duration timeout);
  void stop();

 private:
  friend class EventSource;
  void add_descriptor(EventSource::State& state, uint32_t events);
  void begin_round(Clock::duration timeout);
  void take_descriptors(int timeout_ms);
  void take_timers();
  int patience(Clock::duration timeout) const;

  UniqueFd epoll_;
  std::multimap<Clock::time_point, EventSource::State*> timers_;
  std::deque<EventSource::State*> ready_;     // what is left of this round; null where a source has gone
  std::deque<EventSource::State*> deferred_;  // for the next round
  bool stopped_ = false;
};

// Blocks the signals that daemons take through the loop: SIGCHLD, SIGTERM, SIGINT, SIGHUP; ignores SIGPIPE.
void block_signals();

}  // namespace xenolith::tools
