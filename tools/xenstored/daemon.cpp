// SPDX-License-Identifier: MIT
#include "tools/xenstored/daemon.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "tools/base/error.hpp"
#include "tools/xenstored/state.hpp"

namespace xenolith::tools::xenstored {

namespace {
// Requests of domains answered before the loop looks at sockets again.
constexpr int turns_in_a_row = 16;
constexpr DomainId self{0};
}  // namespace

struct Daemon::Listener {
  UniqueFd fd;
  bool read_only;
  EventSource source;
};

Daemon::Daemon(EventLoop& loop, RingGate& gate) : loop_(loop), gate_(gate), store_(*this) {
  gate_.start(loop, [this](DomainId domain) { on_ring(domain); }, [this] { on_domains(); });
}

Daemon::~Daemon() = default;

void Daemon::begin(std::string_view state, std::string_view journal, const std::function<UniqueFd(int)>& client) {
  if (!state.empty()) {
    for (auto& [number, connection] : load_state(store_, state, journal)) {
      UniqueFd fd = client(number);
      fd ? add_socket(std::move(fd), *connection) : store_.disconnect(*connection);
    }
  }
  // Events were lost while nobody listened.
  for (auto& [domain, channel] : rings_) queue(domain, *channel);
  on_domains();
  flush();
}

void Daemon::introduce_self(Port port) {
  auto known = store_.domains().find(self);
  if (known != store_.domains().end() && known->second.port == port) return;
  store_.introduce(self, Gfn(0), port);
}

std::string Daemon::state(bool with_sockets) const {
  std::map<const Connection*, int> sockets;
  if (with_sockets)
    for (const auto& channel : sockets_) sockets[&channel->connection()] = channel->fd();
  return save_state(store_, sockets);
}

std::vector<int> Daemon::clients() const {
  std::vector<int> clients;
  for (const auto& channel : sockets_) clients.push_back(channel->fd());
  return clients;
}

// Sockets.

void Daemon::listen(UniqueFd socket, bool read_only) {
  Listener& listener = listeners_.emplace_back(Listener{std::move(socket), read_only, {}});
  listener.source = loop_.watch(listener.fd.get(), EPOLLIN, [this, &listener](uint32_t) { accept(listener); });
}

void Daemon::accept(const Listener& listener) {
  UniqueFd fd(::accept4(listener.fd.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!fd) return;  // the client went away, or there are too many of them: it waits
  Caller caller = Caller::of(self);
  caller.read_only = listener.read_only;
  add_socket(std::move(fd), store_.connect(caller));
}

void Daemon::add_socket(UniqueFd fd, Connection& connection) {
  auto slot = sockets_.emplace(sockets_.end());
  *slot = std::make_unique<SocketChannel>(std::move(fd), connection, loop_, [this, slot] { on_socket(**slot); });
  SocketChannel* channel = slot->get();
  connection.on_output = [this, channel] { sockets_to_flush_.push_back(channel); };
  if (!connection.pending().empty()) connection.on_output();
}

void Daemon::on_socket(SocketChannel& channel) {
  Message message;
  switch (channel.read(message)) {
    case SocketChannel::Input::closed: return close(channel);
    case SocketChannel::Input::request: store_.handle(channel.connection(), message); break;
    case SocketChannel::Input::none: break;
  }
  flush();
}

void Daemon::close(SocketChannel& channel) {
  std::erase(sockets_to_flush_, &channel);
  store_.disconnect(channel.connection());
  sockets_.remove_if([&](const auto& known) { return known.get() == &channel; });
}

void Daemon::flush() {
  flush_sockets();
  if (flush_rings()) plan_excuse();
  let_ask();
}

void Daemon::flush_sockets() {
  auto channels = std::exchange(sockets_to_flush_, {});
  for (SocketChannel* channel : channels)
    if (!channel->flush()) close(*channel);
}

// Returns whether some domain does not take what it is owed.
bool Daemon::flush_rings() {
  bool waiting = false;
  for (DomainId domain : std::exchange(rings_to_flush_, {})) {
    auto found = rings_.find(domain);
    if (found == rings_.end()) continue;
    found->second->flush();
    waiting |= !found->second->connection().pending().empty();
  }
  return waiting;
}

void Daemon::let_ask() {
  for (auto at = held_.begin(); at != held_.end();) {
    auto found = rings_.find(*at);
    bool still = found != rings_.end() && !found->second->connection().may_ask(store_.limits);
    if (found != rings_.end() && !still) queue(*at, *found->second);
    at = still ? std::next(at) : held_.erase(at);
  }
}

// Rings.

void Daemon::connect_domain(DomainId domain, Gfn gfn, Port port, Connection& connection) {
  auto link = gate_.open(domain, gfn, port);
  link->notify();
  auto& channel = rings_[domain] = std::make_unique<RingChannel>(std::move(link), connection);
  connection.on_output = [this, domain] { rings_to_flush_.push_back(domain); };
  if (!connection.pending().empty()) connection.on_output();
  queue(domain, *channel);
}

void Daemon::disconnect_domain(DomainId domain) noexcept {
  rings_.erase(domain);
  std::erase(turns_, domain);
}

void Daemon::on_ring(DomainId domain) {
  auto found = rings_.find(domain);
  if (found == rings_.end()) return;
  found->second->flush();
  queue(domain, *found->second);
}

void Daemon::queue(DomainId domain, RingChannel& channel) {
  if (channel.queued) return;
  channel.queued = true;
  turns_.push_back(domain);
  if (turns_.size() == 1) turn_source_ = loop_.soon([this] { take_turns(); });
}

void Daemon::take_turns() {
  for (int left = turns_in_a_row; left > 0 && !turns_.empty(); --left) {
    DomainId domain = turns_.front();
    turns_.pop_front();
    if (auto found = rings_.find(domain); found != rings_.end()) take_turn(domain, *found->second);
  }
  if (!turns_.empty()) turn_source_ = loop_.soon([this] { take_turns(); });
}

void Daemon::take_turn(DomainId domain, RingChannel& channel) {
  channel.queued = false;
  channel.check_reconnection(store_);
  channel.unmask();  // before the look at the ring: what comes later is told
  if (!channel.connection().may_ask(store_.limits)) {
    held_.insert(domain);
    return plan_excuse();
  }
  bool more = false;
  if (auto message = channel.next_request(store_, more)) store_.handle(channel.connection(), *message);
  flush();
  // Its own request may not have ended it: introduction and release are not for guests.
  if (more) queue(domain, channel);
}

void Daemon::on_domains() {
  auto states = gate_.states();
  std::vector<std::pair<DomainId, DomainState>> news;
  for (const auto& [id, domain] : store_.domains()) {
    auto state = states.find(id);
    news.emplace_back(id, state == states.end() ? DomainState{true, true} : state->second);
  }
  for (const auto& [id, state] : news)
    if (id != self) store_.domain_state(id, !state.dying, state.shutdown);
  flush();
}

void Daemon::plan_excuse() {
  if (excuse_planned_) return;
  excuse_planned_ = true;
  excuse_source_ = loop_.after(event_timeout, [this] {
    excuse_planned_ = false;
    store_.excuse_older_than(EventLoop::Clock::now() - event_timeout);
    flush();
    if (!held_.empty()) plan_excuse();
  });
}

std::optional<std::string> Daemon::control(const std::vector<std::string_view>& words) {
  return on_control ? on_control(words) : std::nullopt;
}

}  // namespace xenolith::tools::xenstored
