// SPDX-License-Identifier: MIT
// xenstored at work: a Store, the rings of domains, and sockets. Each client in turn gets one request answered, so that
// one that floods delays itself only.
#pragma once

#include <deque>
#include <list>
#include <map>
#include <memory>
#include <set>

#include "tools/rings/ring_gate.hpp"
#include "tools/xenstored/ring_channel.hpp"
#include "tools/xenstored/socket_channel.hpp"
#include "tools/xenstored/store.hpp"

namespace xenolith::tools::xenstored {

class Daemon final : public StoreHost {
 public:
  // gate: outlives the daemon.
  Daemon(EventLoop& loop, RingGate& gate);
  ~Daemon() override;

  // A new tree, or one from bytes of state() or save_base(), with the journal's records since. client: gives the socket that had this number in the state, or none.
  // Throws Error(EBADMSG); then this object is of no use any more.
  void begin(std::string_view state, std::string_view journal, const std::function<UniqueFd(int)>& client);
  // Introduces the domain that this is, whose kernel's ring the gate knows.
  void introduce_self(Port port);
  // Serves clients of a listening socket.
  void listen(UniqueFd socket, bool read_only);
  std::string state(bool with_sockets) const;

  Store& store() { return store_; }
  // Commands of xenstore-control beyond the store's own.
  std::function<std::optional<std::string>(const std::vector<std::string_view>&)> on_control;
  // Their sockets.
  std::vector<int> clients() const;

  // How long events that nobody takes hold up the domain that caused them.
  EventLoop::Clock::duration event_timeout = std::chrono::seconds(20);

  void connect_domain(DomainId domain, Gfn gfn, Port port, Connection& connection) override;
  void disconnect_domain(DomainId domain) noexcept override;
  std::optional<std::string> control(const std::vector<std::string_view>& words) override;

 private:
  struct Listener;
  using Sockets = std::list<std::unique_ptr<SocketChannel>>;

  void accept(const Listener& listener);
  void add_socket(UniqueFd fd, Connection& connection);
  void on_socket(SocketChannel& channel);
  void on_ring(DomainId domain);
  void on_domains();
  void queue(DomainId domain, RingChannel& channel);
  void take_turns();
  void take_turn(DomainId domain, RingChannel& channel);
  // Sends what the last request gave rise to, and lets those ask again that may.
  void flush();
  bool flush_rings();
  void flush_sockets();
  void let_ask();
  void close(SocketChannel& channel);
  void plan_excuse();

  EventLoop& loop_;
  RingGate& gate_;
  Store store_;
  std::map<DomainId, std::unique_ptr<RingChannel>> rings_;
  std::deque<DomainId> turns_;
  EventSource turn_source_;
  Sockets sockets_;
  std::list<Listener> listeners_;
  EventSource excuse_source_;
  bool excuse_planned_ = false;
  std::vector<SocketChannel*> sockets_to_flush_;
  std::vector<DomainId> rings_to_flush_;
  std::set<DomainId> held_;  // domains that may not ask now, but have asked
};

}  // namespace xenolith::tools::xenstored
