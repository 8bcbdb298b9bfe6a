// SPDX-License-Identifier: MIT
#include "tools/base/event_loop.hpp"

#include <sys/epoll.h>
#include <sys/wait.h>

#include <csignal>
#include <utility>

#include "tools/base/error.hpp"

namespace xenolith::tools {

struct EventSource::State {
  EventLoop* loop;
  sd_event_source* source = nullptr;
  std::function<void(uint32_t)> callback;
  bool running = false;
  bool removed = false;

  // Runs the callback; an exception is kept for run(), as it must not pass through C code.
  int call(uint32_t value) {
    running = true;
    try {
      callback(value);
    } catch (...) {
      if (!loop->error_) loop->error_ = std::current_exception();
    }
    running = false;
    if (removed) delete this;
    return 0;
  }

  static int on_io(sd_event_source*, int, uint32_t events, void* self) { return static_cast<State*>(self)->call(events); }
  static int on_time(sd_event_source*, uint64_t, void* self) { return static_cast<State*>(self)->call(0); }
  static int on_defer(sd_event_source*, void* self) { return static_cast<State*>(self)->call(0); }
  static int on_signal(sd_event_source*, const signalfd_siginfo*, void* self) { return static_cast<State*>(self)->call(0); }
  static int on_child(sd_event_source*, const siginfo_t* info, void* self) {
    // sd-event tells as waitid() does; callers know the words of waitpid().
    int status = info->si_code == CLD_EXITED ? info->si_status << 8 : info->si_status;
    return static_cast<State*>(self)->call(static_cast<uint32_t>(status));
  }
};

void EventSource::Remove::operator()(State* state) const {
  sd_event_source_disable_unref(state->source);
  state->removed = true;
  if (!state->running) delete state;
}

namespace {
void check_event(int result, const char* what) {
  if (result < 0) throw_errno(-result, what);
}
uint64_t to_microseconds(EventLoop::Clock::time_point time) {
  auto since = std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
  return since > 0 ? static_cast<uint64_t>(since) : 0;
}
}  // namespace

EventLoop::EventLoop() { check_event(sd_event_new(&event_), "making an event loop"); }

EventLoop::~EventLoop() { sd_event_unref(event_); }

EventSource EventLoop::watch(int fd, uint32_t events, std::function<void(uint32_t)> callback) {
  auto* state = new EventSource::State{this, nullptr, std::move(callback)};
  EventSource source(state);
  check_event(sd_event_add_io(event_, &state->source, fd, events, EventSource::State::on_io, state), "watching a descriptor");
  return source;
}

EventSource EventLoop::at(Clock::time_point time, std::function<void()> callback) {
  auto* state = new EventSource::State{this, nullptr, [callback = std::move(callback)](uint32_t) { callback(); }};
  EventSource source(state);
  check_event(sd_event_add_time(event_, &state->source, CLOCK_MONOTONIC, to_microseconds(time), 1000,
                                EventSource::State::on_time, state), "setting a timer");
  return source;
}

EventSource EventLoop::child(pid_t pid, std::function<void(int)> callback) {
  auto wrapped = [callback = std::move(callback)](uint32_t status) { callback(static_cast<int>(status)); };
  auto* state = new EventSource::State{this, nullptr, std::move(wrapped)};
  EventSource source(state);
  check_event(sd_event_add_child(event_, &state->source, pid, WEXITED, EventSource::State::on_child, state),
              "watching a process");
  return source;
}

EventSource EventLoop::signal(int number, std::function<void()> callback) {
  auto* state = new EventSource::State{this, nullptr, [callback = std::move(callback)](uint32_t) { callback(); }};
  EventSource source(state);
  check_event(sd_event_add_signal(event_, &state->source, number, EventSource::State::on_signal, state),
              "watching a signal");
  return source;
}

EventSource EventLoop::soon(std::function<void()> callback) {
  auto* state = new EventSource::State{this, nullptr, [callback = std::move(callback)](uint32_t) { callback(); }};
  EventSource source(state);
  check_event(sd_event_add_defer(event_, &state->source, EventSource::State::on_defer, state), "deferring a call");
  return source;
}

void EventLoop::rethrow() {
  if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
}

void EventLoop::run() {
  stopped_ = false;
  while (!stopped_) {
    check_event(sd_event_run(event_, UINT64_MAX), "waiting for events");
    rethrow();
  }
}

bool EventLoop::run_once(Clock::duration timeout) {
  auto limit = std::chrono::duration_cast<std::chrono::microseconds>(timeout).count();
  int served = sd_event_run(event_, limit > 0 ? static_cast<uint64_t>(limit) : 0);
  check_event(served, "waiting for events");
  rethrow();
  return served > 0;
}

void EventLoop::stop() { stopped_ = true; }

void block_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (int number : {SIGCHLD, SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, number);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
}

}  // namespace xenolith::tools
