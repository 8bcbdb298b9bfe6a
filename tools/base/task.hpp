// SPDX-License-Identifier: MIT
// Asynchronous operations as coroutines. A Task starts when it is awaited (or spawned) and runs on the thread of its loop;
// destroying it cancels what it waits for, and the destructors of its frame undo what it had begun.
#pragma once

#include <coroutine>
#include <exception>
#include <memory>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "tools/base/event_loop.hpp"

namespace xenolith::tools {

template <typename T>
class Task;

namespace detail {

struct TaskPromiseBase {
  std::coroutine_handle<> continuation = std::noop_coroutine();

  struct Resume {
    bool await_ready() noexcept { return false; }
    template <typename P>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<P> self) noexcept {
      return self.promise().continuation;
    }
    void await_resume() noexcept {}
  };
  std::suspend_always initial_suspend() noexcept { return {}; }
  Resume final_suspend() noexcept { return {}; }
};

template <typename T>
struct TaskPromise : TaskPromiseBase {
  std::variant<std::monostate, T, std::exception_ptr> result;
  Task<T> get_return_object();
  template <typename V>
  void return_value(V&& value) {
    result.template emplace<1>(std::forward<V>(value));
  }
  void unhandled_exception() { result.template emplace<2>(std::current_exception()); }
  T take() {
    if (result.index() == 2) std::rethrow_exception(std::get<2>(result));
    return std::move(std::get<1>(result));
  }
};

template <>
struct TaskPromise<void> : TaskPromiseBase {
  std::exception_ptr error;
  Task<void> get_return_object();
  void return_void() {}
  void unhandled_exception() { error = std::current_exception(); }
  void take() {
    if (error) std::rethrow_exception(error);
  }
};

}  // namespace detail

template <typename T = void>
class [[nodiscard]] Task {
 public:
  using promise_type = detail::TaskPromise<T>;

  Task() = default;
  explicit Task(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Task() {
    if (handle_) handle_.destroy();
  }

  bool done() const { return !handle_ || handle_.done(); }
  // Begins a task that nobody awaits, up to its first wait. Call once.
  void start() { handle_.resume(); }
  // The result of a task that is done(); throws what left it.
  T get() { return handle_.promise().take(); }

  bool await_ready() const { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> waiter) {
    handle_.promise().continuation = waiter;
    return handle_;
  }
  T await_resume() { return handle_.promise().take(); }

 private:
  std::coroutine_handle<promise_type> handle_;
};

template <typename T>
Task<T> detail::TaskPromise<T>::get_return_object() {
  return Task<T>(std::coroutine_handle<TaskPromise<T>>::from_promise(*this));
}
inline Task<void> detail::TaskPromise<void>::get_return_object() {
  return Task<void>(std::coroutine_handle<TaskPromise<void>>::from_promise(*this));
}

// co_await Sleep(loop, 3s)
class Sleep {
 public:
  Sleep(EventLoop& loop, EventLoop::Clock::duration delay) : loop_(loop), delay_(delay) {}
  bool await_ready() const { return delay_.count() <= 0; }
  void await_suspend(std::coroutine_handle<> waiter) {
    source_ = loop_.after(delay_, [waiter] { waiter.resume(); });
  }
  void await_resume() {}

 private:
  EventLoop& loop_;
  EventLoop::Clock::duration delay_;
  EventSource source_;
};

// co_await ChildEnd(loop, pid) gives the status as of waitpid().
class ChildEnd {
 public:
  ChildEnd(EventLoop& loop, pid_t pid) : loop_(loop), pid_(pid) {}
  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> waiter) {
    source_ = loop_.child(pid_, [this, waiter](int status) {
      status_ = status;
      waiter.resume();
    });
  }
  int await_resume() { return status_; }

 private:
  EventLoop& loop_;
  pid_t pid_;
  int status_ = 0;
  EventSource source_;
};

// Something that becomes true once or again, that tasks wait for: co_await event. Waiters are resumed from signal(), in order.
class Event {
 public:
  void signal() {
    auto waiters = std::exchange(waiters_, {});
    for (auto& waiter : waiters)
      if (*waiter) std::exchange(*waiter, nullptr).resume();
  }
  class Wait {
   public:
    explicit Wait(Event& event) : event_(event) {}
    Wait(const Wait&) = delete;
    ~Wait() {
      if (slot_) *slot_ = nullptr;
    }
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> waiter) {
      slot_ = std::make_shared<std::coroutine_handle<>>(waiter);
      event_.waiters_.push_back(slot_);
    }
    void await_resume() { slot_.reset(); }

   private:
    Event& event_;
    std::shared_ptr<std::coroutine_handle<>> slot_;
  };
  Wait operator co_await() { return Wait(*this); }

 private:
  friend class Wait;
  std::vector<std::shared_ptr<std::coroutine_handle<>>> waiters_;
};

// Runs the loop until the task is done, and gives its result.
template <typename T>
T run_task(EventLoop& loop, Task<T> task) {
  task.start();
  while (!task.done()) loop.run_once(std::chrono::hours(1));
  return task.get();
}

}  // namespace xenolith::tools
