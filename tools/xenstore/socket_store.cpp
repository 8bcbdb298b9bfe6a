// SPDX-License-Identifier: MIT
#include "tools/xenstore/socket_store.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <utility>

#include "tools/base/error.hpp"

namespace xenolith::tools {

namespace {

// Requests on their way at once: what they and their answers need is far below a socket's buffer.
constexpr size_t most_posted = 32;

// How long after one look for a xenstored that is away comes the next.
constexpr auto retry_delay = std::chrono::milliseconds(100);

class ConnectionLost : public Error {
 public:
  explicit ConnectionLost(const std::string& message) : Error(ECONNRESET, message) {}
};

UniqueFd connect_socket(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) fail(ENAMETOOLONG, "{}: the path of a socket is too long", path);
  std::memcpy(address.sun_path, path.data(), path.size());
  UniqueFd fd(check(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "making a socket"));
  check(::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), "connecting to xenstored at {}", path);
  return fd;
}

bool is_socket(const std::string& path) {
  struct stat status;
  check(::stat(path.c_str(), &status), "reaching xenstored at {}", path);
  return S_ISSOCK(status.st_mode);
}

// What a request is about, for messages of errors: its first string.
std::string subject(std::string_view body) { return std::string(body.substr(0, body.find('\0'))); }

}  // namespace

std::unique_ptr<SocketStore> SocketStore::open(const std::string& path) {
  if (is_socket(path)) {
    auto store = std::make_unique<SocketStore>(connect_socket(path));
    store->path_ = path;
    return store;
  }
  UniqueFd fd(check(::open(path.c_str(), O_RDWR | O_CLOEXEC), "opening {}", path));
  return std::make_unique<SocketStore>(std::move(fd));
}

std::unique_ptr<SocketStore> SocketStore::connect() {
  if (const char* path = std::getenv("XENSTORED_PATH")) return open(path);
  std::string reasons;
  for (const char* path : {"/run/xenstored/socket", "/dev/xen/xenbus", "/proc/xen/xenbus"}) {
    try {
      return open(path);
    } catch (const Error& error) {
      (reasons += reasons.empty() ? "" : "; ") += error.what();
    }
  }
  throw Error(ENOTCONN, reasons);
}

SocketStore::SocketStore(UniqueFd fd) : fd_(std::move(fd)) {
  struct stat status;
  is_socket_ = ::fstat(fd_.get(), &status) == 0 && S_ISSOCK(status.st_mode);
}

void SocketStore::keep_connected(EventLoop::Clock::duration patience) {
  if (!path_.empty()) patience_ = patience;
}

template <typename F>
auto SocketStore::with_connection(bool repeatable, F&& body) {
  while (true) {
    try {
      if (!fd_ && !repeatable) throw ConnectionLost("xenstored closed the connection");
      if (!fd_) wait_for_connection();
      return body();
    } catch (const ConnectionLost&) {
      if (patience_ == patience_.zero()) throw;
      bool in_time = fd_ || !repeatable;  // else it was waited for in vain
      lose();
      if (!repeatable || !in_time) throw;
    }
  }
}

void SocketStore::lose() {
  if (!fd_) return;
  source_ = EventSource();
  fd_.reset();
  reader_ = MessageReader();
  unsent_.clear();
  posted_.clear();
  ++connection_;
  lost_at_ = EventLoop::Clock::now();
  connect_later();
}

void SocketStore::connect_later() {
  if (!loop_) return;
  retry_ = loop_->after(retry_delay, [this] {
    if (fd_ || connect_again()) return;
    if (EventLoop::Clock::now() - lost_at_ < patience_) return connect_later();
    if (!lost_) throw ConnectionLost("xenstored closed the connection, and did not come back");
    lost_();
  });
}

void SocketStore::wait_for_connection() {
  auto began = EventLoop::Clock::now();
  while (!connect_again()) {
    if (EventLoop::Clock::now() - began >= patience_) throw ConnectionLost("xenstored closed the connection, and did not come back");
    std::this_thread::sleep_for(retry_delay);
  }
}

bool SocketStore::connect_again() {
  try {
    fd_ = connect_socket(path_);
    for (const std::string& watch : watch_requests()) answer_to(add_request(MessageType::watch, 0, watch));
  } catch (const Error&) {
    fd_.reset();
    reader_ = MessageReader();
    unsent_.clear();
    return false;
  }
  if (loop_) attach(*loop_);
  if (events_waiting()) deliver_soon();
  return true;
}

uint32_t SocketStore::add_request(MessageType type, uint32_t transaction, std::string_view body) {
  if (body.size() > message_body_max) fail(E2BIG, "{}: too long for xenstore", subject(body));
  uint32_t request = ++last_request_;
  unsent_ += encode({type, request, transaction, std::string(body)});
  return request;
}

Message SocketStore::answer_to(uint32_t request) {
  send_all();
  while (true) {
    Message answer = receive();
    if (answer.type == MessageType::watch_event)
      take_event(answer);
    else if (answer.request == request)
      return answer;
  }
}

std::string SocketStore::exchange(MessageType type, uint32_t transaction, std::string_view body) {
  return with_connection(transaction == 0, [&] { return ask_once(type, transaction, body); });
}

std::string SocketStore::ask_once(MessageType type, uint32_t transaction, std::string_view body) {
  collect();
  Message answer = answer_to(add_request(type, transaction, body));
  if (events_waiting()) deliver_soon();
  if (answer.type != MessageType::error) return std::move(answer.body);
  throw_errno(error_code(subject(answer.body)), "xenstore: " + subject(body));
}

void SocketStore::post(MessageType type, uint32_t transaction, std::string_view body, int harmless) {
  if (!is_socket_) return XenStore::post(type, transaction, body, harmless);
  with_connection(false, [&] {
    if (posted_.size() >= most_posted) collect();
    posted_.push_back({add_request(type, transaction, body), harmless, subject(body)});
  });
}

void SocketStore::collect() {
  int failure = 0;
  std::string what;
  for (const Posted& posted : std::exchange(posted_, {})) {
    Message answer = answer_to(posted.request);
    if (answer.type != MessageType::error || failure) continue;
    int code = error_code(subject(answer.body));
    if (code == posted.harmless) continue;
    failure = code;
    what = posted.subject;
  }
  if (failure) throw_errno(failure, "xenstore: " + what);
}

std::vector<std::optional<std::string>> SocketStore::find_all(const std::vector<std::string>& paths) {
  if (!is_socket_) return XenStore::find_all(paths);
  return with_connection(true, [&] { return read_all(paths); });
}

std::vector<std::optional<std::string>> SocketStore::read_all(const std::vector<std::string>& paths) {
  collect();
  std::vector<std::optional<std::string>> values;
  std::vector<uint32_t> requests;
  for (size_t asked = 0; values.size() < paths.size();) {
    for (; asked < paths.size() && asked < values.size() + most_posted; ++asked)
      requests.push_back(add_request(MessageType::read, 0, paths[asked] + '\0'));
    // Half of them, so that there is always something on its way.
    for (size_t end = asked == paths.size() ? asked : asked - most_posted / 2; values.size() < end;) {
      Message answer = answer_to(requests[values.size()]);
      bool failed = answer.type == MessageType::error;
      int code = failed ? error_code(subject(answer.body)) : 0;
      if (failed && code != ENOENT) drop_answers(requests, values.size() + 1), throw_errno(code, "xenstore: " + paths[values.size()]);
      values.push_back(failed ? std::nullopt : std::optional(std::move(answer.body)));
    }
  }
  if (events_waiting()) deliver_soon();
  return values;
}

void SocketStore::drop_answers(const std::vector<uint32_t>& requests, size_t first) {
  for (; first < requests.size(); ++first) answer_to(requests[first]);
}

// What was begun goes out in one piece; it is far less than a socket's buffer.
void SocketStore::send_all() {
  std::string bytes = std::exchange(unsent_, {});
  for (std::string_view left = bytes; !left.empty();) {
    ssize_t sent = ::write(fd_.get(), left.data(), left.size());
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && (errno == EPIPE || errno == ECONNRESET)) throw ConnectionLost("xenstored closed the connection");
    check(sent, "writing to xenstored");
    left.remove_prefix(static_cast<size_t>(sent));
  }
}

Message SocketStore::receive() {
  std::array<char, message_header_size + message_body_max> buffer;
  while (true) {
    if (auto message = reader_.next()) return std::move(*message);
    ssize_t got = ::read(fd_.get(), buffer.data(), std::min(reader_.wanted(), buffer.size()));
    if (got < 0 && errno == EINTR) continue;
    if (got == 0 || (got < 0 && errno == ECONNRESET)) throw ConnectionLost("xenstored closed the connection");
    check(got, "reading from xenstored");
    reader_.add({buffer.data(), static_cast<size_t>(got)});
  }
}

void SocketStore::take_event(const Message& message) {
  auto strings = split_strings(message.body);
  if (strings.size() >= 2) queue_event(std::string(strings[0]), std::string(strings[1]));
}

void SocketStore::attach(EventLoop& loop) {
  loop_ = &loop;
  if (fd_) source_ = loop.watch(fd_.get(), EPOLLIN, [this](uint32_t) { on_readable(); });
}

// Outside exchange() only watch events come. The wait for the rest of one that has begun is short.
void SocketStore::on_readable() {
  pollfd readable{fd_.get(), POLLIN, 0};
  if (::poll(&readable, 1, 0) <= 0) return;  // exchange() was faster
  try {
    Message message = receive();
    if (message.type == MessageType::watch_event) take_event(message);
  } catch (const Error&) {
    if (patience_ != patience_.zero()) return lose();
    source_ = EventSource();
    if (!lost_) throw;
    return lost_();
  }
  deliver_soon();
}

}  // namespace xenolith::tools
