// SPDX-License-Identifier: MIT
#include "tools/console/open_watch.hpp"

#include <sys/epoll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "tools/base/error.hpp"

namespace xenolith::tools::console {

OpenWatch::OpenWatch(EventLoop& loop)
    : notify_(check(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC), "watching terminals")),
      source_(loop.watch(notify_.get(), EPOLLIN, [this](uint32_t) { on_events(); })) {}

OpenWatch::File OpenWatch::add(const std::string& path, Callback callback) {
  int number = check(::inotify_add_watch(notify_.get(), path.c_str(), IN_OPEN | IN_CLOSE), "watching {}", path);
  files_[number] = std::move(callback);
  return File(this, number);
}

OpenWatch::File::~File() {
  if (!owner_) return;
  owner_->files_.erase(number_);
  ::inotify_rm_watch(owner_->notify_.get(), number_);
}

void OpenWatch::on_events() {
  alignas(inotify_event) char buffer[4096];
  ssize_t got;
  while ((got = ::read(notify_.get(), buffer, sizeof buffer)) > 0) {
    for (ssize_t at = 0; at < got;) {
      auto* event = reinterpret_cast<inotify_event*>(buffer + at);
      at += static_cast<ssize_t>(sizeof *event + event->len);
      auto found = files_.find(event->wd);
      int change = event->mask & IN_OPEN ? 1 : event->mask & IN_CLOSE ? -1 : 0;
      if (found == files_.end() || change == 0) continue;
      Callback callback = found->second;  // which may end its file
      callback(change);
    }
  }
}

}  // namespace xenolith::tools::console
