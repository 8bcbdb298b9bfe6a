// SPDX-License-Identifier: MIT
// xenstored without its surroundings: the tree, who is connected, and the answers to requests. Deterministic; the daemon
// moves bytes between connections and sockets or rings.
#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "tools/xenstored/connection.hpp"
#include "tools/xenstored/watch_table.hpp"

namespace xenolith::tools::xenstored {

// A domain that was introduced.
struct IntroducedDomain {
  Gfn gfn;  // of its ring
  Port port;
  Connection* connection = nullptr;
  bool shutdown = false;  // that was announced
};

// What the store asks of the world.
class StoreHost {
 public:
  virtual ~StoreHost() = default;
  // Begin to serve `connection` over the domain's ring. Throws Error if that cannot be reached.
  virtual void connect_domain(DomainId domain, Gfn gfn, Port port, Connection& connection) = 0;
  virtual void disconnect_domain(DomainId domain) noexcept = 0;
  // A command of xenstore-control that is not the store's own; nullopt if it is unknown.
  virtual std::optional<std::string> control(const std::vector<std::string_view>& words) = 0;
};

class Store {
 public:
  explicit Store(StoreHost& host);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  Connection& connect(const Caller& caller);
  // Forgets its watches and transactions. The object is gone.
  void disconnect(Connection& connection);
  // As after disconnect() and connect(): the domain begins anew.
  void reset(Connection& connection);
  // Answers one request of the connection; answers and events wait in the connections.
  void handle(Connection& connection, const Message& message);

  // Domains. introduce() throws Error: EINVAL, EBUSY, what the host says.
  void introduce(DomainId domain, Gfn gfn, Port port);
  // Ends the domain's connection; takes away its nodes, and its permissions elsewhere.
  void release(DomainId domain);
  // What the hypervisor tells of an introduced domain; watchers of @releaseDomain learn of changes.
  void domain_state(DomainId domain, bool exists_and_lives, bool shutdown);
  const std::map<DomainId, IntroducedDomain>& domains() const { return domains_; }

  // Requests no longer count against their domain whose events nobody took since `time`.
  void excuse_older_than(Connection::Clock::time_point time);

  Limits limits;
  bool keep_orphans = false;  // the nodes of domains that are gone
  // Called with each request and its answer's type, while set.
  std::function<void(const Connection&, const Message&, const Message& answer)> trace;

  // Called with a record (journal.hpp) of each change, while set.
  std::function<void(const std::string& record)> journal;

  const Tree& tree() const { return tree_; }
  const NodeCounts& counts() const { return counts_; }
  std::list<std::unique_ptr<Connection>>& connections() { return connections_; }

 private:
  friend class Requests;
  friend class JournalReader;
  friend class StateReader;
  friend class StateWriter;

  const Permissions& special_permissions(std::string_view path) const;
  // Tells watchers.
  void announce(const std::vector<Effect>& effects, const Cause& cause);
  void announce(const Effect& effect, const Cause& cause);
  void announce_special(std::string_view path, const Cause& cause);
  void announce_release(DomainId domain);
  void tell(const Watch& watch, std::string_view path, const Cause& cause);
  bool may_know(const Watch& watch, const Effect& effect) const;
  void record(const Effect& effect);
  // The domain whose ring the connection is, if it is one.
  std::optional<DomainId> ring_domain(const Connection& connection) const;
  void drop_watches_and_transactions(Connection& connection);
  void remove_nodes_of(DomainId domain);
  void forget_permissions_of(DomainId domain);
  void end_connection(IntroducedDomain& domain, DomainId id);
  std::shared_ptr<size_t> outstanding_of(DomainId domain);

  StoreHost& host_;
  Tree tree_;
  Generation last_generation_ = 0;
  NodeCounts counts_;
  WatchTable watches_;
  Permissions introduce_permissions_, release_permissions_;
  std::list<std::unique_ptr<Connection>> connections_;
  std::map<DomainId, IntroducedDomain> domains_;
  std::map<DomainId, std::weak_ptr<size_t>> outstanding_;
  bool transactions_lost_ = false;  // those of a daemon that was killed
};

}  // namespace xenolith::tools::xenstored
