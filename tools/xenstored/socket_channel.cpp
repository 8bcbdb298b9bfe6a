// SPDX-License-Identifier: MIT
#include "tools/xenstored/socket_channel.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "tools/base/error.hpp"

namespace xenolith::tools::xenstored {

namespace {
// A client that does not take its answers is not read from, beyond this.
constexpr size_t most_waiting = 1 << 20;
}  // namespace

SocketChannel::SocketChannel(UniqueFd fd, Connection& connection, EventLoop& loop, std::function<void()> on_ready)
    : fd_(std::move(fd)), connection_(connection), loop_(loop), on_ready_(std::move(on_ready)) {
  watch(false);
}

void SocketChannel::watch(bool output_waits) {
  output_waits_ = output_waits;
  source_ = EventSource();
  uint32_t events = 0;
  if (output_waits) events |= EPOLLOUT;
  if (connection_.pending_bytes() < most_waiting) events |= EPOLLIN;
  source_ = loop_.watch(fd_.get(), events, [ready = on_ready_](uint32_t) { ready(); });
}

SocketChannel::Input SocketChannel::read(Message& message) {
  std::array<char, message_header_size + message_body_max> buffer;
  if (connection_.pending_bytes() >= most_waiting) return Input::none;
  while (true) {
    if (auto next = connection_.input.next()) {
      message = std::move(*next);
      return Input::request;
    }
    ssize_t got = ::recv(fd_.get(), buffer.data(), std::min(connection_.input.wanted(), buffer.size()), MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return Input::none;
    if (got <= 0) return Input::closed;
    try {
      connection_.input.add({buffer.data(), static_cast<size_t>(got)});
    } catch (const Error&) {
      return Input::closed;
    }
  }
}

bool SocketChannel::flush() {
  while (!connection_.pending().empty()) {
    std::string_view bytes = connection_.pending();
    ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno != EAGAIN) return false;
    if (sent < 0) break;
    connection_.sent(static_cast<size_t>(sent));
  }
  bool waits = !connection_.pending().empty();
  if (waits || output_waits_) watch(waits);
  return true;
}

}  // namespace xenolith::tools::xenstored
