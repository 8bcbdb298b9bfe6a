// SPDX-License-Identifier: MIT
#include "tools/base/event_loop.hpp"

#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <limits>
#include <optional>
#include <utility>

#include "tools/base/error.hpp"

namespace xenolith::tools {

struct EventSource::State {
  explicit State(EventLoop* loop, std::function<void(uint32_t)> callback = {}) : loop(loop), callback(std::move(callback)) {}

  EventLoop* loop;
  std::function<void(uint32_t)> callback;
  int fd = -1;       // watched by epoll
  UniqueFd own;      // the same, if it is the source's own
  uint32_t events = 0;
  bool queued = false;  // in one of the loop's queues
  std::optional<std::multimap<EventLoop::Clock::time_point, State*>::iterator> timer;
  bool running = false;
  bool removed = false;

  void call();
  void leave();
};

// An exception leaves the object as a return does.
void EventSource::State::call() {
  struct Running {
    State* state;
    explicit Running(State* state) : state(state) { state->running = true; }
    ~Running() {
      state->running = false;
      if (state->removed) delete state;
    }
  } guard(this);
  callback(std::exchange(events, 0));
}

void EventSource::State::leave() {
  if (fd >= 0) epoll_ctl(loop->epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
  if (timer) loop->timers_.erase(*timer);
  if (!queued) return;
  std::replace(loop->ready_.begin(), loop->ready_.end(), this, static_cast<State*>(nullptr));
  std::erase(loop->deferred_, this);
}

void EventSource::Remove::operator()(State* state) const {
  state->leave();
  state->removed = true;
  if (!state->running) delete state;
}

namespace {

pid_t open_process(pid_t pid) { return static_cast<pid_t>(::syscall(SYS_pidfd_open, pid, 0)); }

// As waitpid() says it.
int status_of(const siginfo_t& info) {
  if (info.si_code == CLD_EXITED) return info.si_status << 8;
  return info.si_status | (info.si_code == CLD_DUMPED ? 0x80 : 0);
}

}  // namespace

EventLoop::EventLoop() : epoll_(check(::epoll_create1(EPOLL_CLOEXEC), "making an event loop")) {}

EventLoop::~EventLoop() = default;

void EventLoop::add_descriptor(EventSource::State& state, uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &state;
  check(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, state.fd, &event), "watching a descriptor");
}

EventSource EventLoop::watch(int fd, uint32_t events, std::function<void(uint32_t)> callback) {
  auto state = std::make_unique<EventSource::State>(this, std::move(callback));
  state->fd = fd;
  add_descriptor(*state, events);
  return EventSource(state.release());
}

EventSource EventLoop::at(Clock::time_point time, std::function<void()> callback) {
  auto* state = new EventSource::State(this, [callback = std::move(callback)](uint32_t) { callback(); });
  state->timer = timers_.emplace(time, state);
  return EventSource(state);
}

EventSource EventLoop::child(pid_t pid, std::function<void(int)> callback) {
  auto state = std::make_unique<EventSource::State>(this);
  state->own = UniqueFd(check(open_process(pid), "watching a process"));
  state->fd = state->own.get();
  state->callback = [state = state.get(), callback = std::move(callback)](uint32_t) {
    siginfo_t info{};
    if (::waitid(P_PIDFD, static_cast<id_t>(state->fd), &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0) return;
    ::epoll_ctl(state->loop->epoll_.get(), EPOLL_CTL_DEL, std::exchange(state->fd, -1), nullptr);
    UniqueFd process = std::move(state->own);
    callback(status_of(info));
    ::waitid(P_PIDFD, static_cast<id_t>(process.get()), &info, WEXITED | WNOHANG);
  };
  add_descriptor(*state, EPOLLIN);
  return EventSource(state.release());
}

EventSource EventLoop::signal(int number, std::function<void()> callback) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, number);
  auto state = std::make_unique<EventSource::State>(this);
  state->own = UniqueFd(check(::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC), "watching a signal"));
  state->fd = state->own.get();
  state->callback = [fd = state->fd, callback = std::move(callback)](uint32_t) {
    signalfd_siginfo info;
    if (::read(fd, &info, sizeof info) == sizeof info) callback();
  };
  add_descriptor(*state, EPOLLIN);
  return EventSource(state.release());
}

EventSource EventLoop::soon(std::function<void()> callback) {
  auto* state = new EventSource::State(this, [callback = std::move(callback)](uint32_t) { callback(); });
  EventSource source(state);
  deferred_.push_back(state);
  state->queued = true;
  return source;
}

// How long epoll may wait, in ms; never too short for the next timer.
int EventLoop::patience(Clock::duration timeout) const {
  if (!deferred_.empty()) return 0;
  if (!timers_.empty()) timeout = std::min(timeout, timers_.begin()->first - Clock::now());
  if (timeout <= Clock::duration::zero()) return 0;
  auto whole = std::chrono::ceil<std::chrono::milliseconds>(timeout).count();
  return static_cast<int>(std::min<int64_t>(whole, std::numeric_limits<int>::max()));
}

void EventLoop::take_descriptors(int timeout_ms) {
  std::array<epoll_event, 64> events;
  int count = ::epoll_wait(epoll_.get(), events.data(), events.size(), timeout_ms);
  if (count < 0 && errno != EINTR) fail_errno("waiting for events");
  for (int i = 0; i < count; ++i) {
    auto* state = static_cast<EventSource::State*>(events[i].data.ptr);
    state->events = events[i].events;
    state->queued = true;
    ready_.push_back(state);
  }
}

void EventLoop::take_timers() {
  auto now = Clock::now();
  while (!timers_.empty() && timers_.begin()->first <= now) {
    EventSource::State* state = timers_.begin()->second;
    timers_.erase(timers_.begin());
    state->timer.reset();
    state->queued = true;
    ready_.push_back(state);
  }
}

void EventLoop::begin_round(Clock::duration timeout) {
  take_descriptors(patience(timeout));
  take_timers();
  ready_.insert(ready_.end(), deferred_.begin(), deferred_.end());
  deferred_.clear();
}

bool EventLoop::run_once(Clock::duration timeout) {
  if (ready_.empty()) begin_round(timeout);
  while (!ready_.empty()) {
    EventSource::State* state = ready_.front();
    ready_.pop_front();
    if (!state) continue;
    state->queued = false;
    state->call();
    return true;
  }
  return false;
}

void EventLoop::run() {
  stopped_ = false;
  while (!stopped_) run_once(Clock::duration::max());
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
