// SPDX-License-Identifier: MIT
// The client's view of xenstore. XenStore is a connection; SocketStore (socket_store.hpp) is the real one, MemoryStore
// (fake_store.hpp) one for unit tests, with the daemon's own code behind it.
//
//   auto store = SocketStore::connect();
//   store->write("/local/domain/7/name", "guest");
//   store->transact([&](StoreTransaction& t) { t.write(...); t.write(...); });   // again until it commits
//   StoreWatch watch = store->watch(loop, "/local/domain/7/device", [&](const std::string& path) { ... });
//
// Requests wait for their answer; errors are Error with xenstore's errno (ENOENT, EACCES, EINVAL, ENOSPC, ...), the path
// in front. Paths are absolute, or relative to /local/domain/<own id>/. One thread at a time.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/base/error.hpp"
#include "tools/base/event_loop.hpp"
#include "tools/xenstore/permission.hpp"
#include "tools/xenstore/wire.hpp"

namespace xenolith::tools {

class StoreTransaction;
class XenStore;

// What can be done with the tree, directly or in a transaction.
class StoreView {
 public:
  virtual ~StoreView() = default;

  std::string read(const std::string& path) const;
  // None if there is no such node.
  std::optional<std::string> find(const std::string& path) const;
  bool exists(const std::string& path) const { return find(path).has_value(); }
  // Makes the node and the directories above it if they are missing; they inherit the permissions of the last that exists.
  void write(const std::string& path, std::string_view value);
  void write(const std::string& path, std::string_view value, const Permissions& permissions);
  // Nothing happens if it is there already.
  void mkdir(const std::string& path);
  void mkdir(const std::string& path, const Permissions& permissions);
  // With everything below it; nothing happens if it is not there.
  void remove(const std::string& path);
  // Names of the children, without the path; empty if there is no such node. Any number of them.
  std::vector<std::string> list(const std::string& path) const;
  Permissions permissions(const std::string& path) const;
  void set_permissions(const std::string& path, const Permissions& permissions);

 protected:
  // One request in this view; throws what the daemon answers.
  virtual std::string ask(MessageType type, std::string_view body) const = 0;
  // The same for requests whose answer says nothing but whether they failed; `harmless` is an errno that is no failure. In a
  // transaction the failure may be thrown later, by the next ask() or by commit().
  virtual void tell(MessageType type, std::string_view body, int harmless = 0);

 private:
  std::vector<std::string> list_in_parts(const std::string& path) const;
};

// A watch, until it is destroyed. It may be destroyed inside its own callback, and after its store.
class StoreWatch {
 public:
  StoreWatch();
  StoreWatch(StoreWatch&&) noexcept;
  StoreWatch& operator=(StoreWatch&&) noexcept;
  ~StoreWatch();

 private:
  friend class XenStore;
  struct Entry;
  explicit StoreWatch(std::unique_ptr<Entry> entry);
  std::unique_ptr<Entry> entry_;
};

class XenStore : public StoreView {
 public:
  using WatchCallback = std::function<void(const std::string& path)>;

  XenStore();
  ~XenStore() override;
  XenStore(const XenStore&) = delete;
  XenStore& operator=(const XenStore&) = delete;

  // Runs body(transaction) and commits; again from the start while others changed what it saw, or if the connection was lost
  // before the commit. Gives what body gives. An exception of body undoes everything. ECONNRESET: lost during the commit, it
  // is not known whether it was done.
  template <typename F>
  auto transact(F&& body);

  // Calls back from `loop`, first soon after the registration, then at each change of `path` or below it with the changed
  // path. Special paths: "@introduceDomain", "@releaseDomain". The loop must outlive the watch and the store; one store serves one loop.
  [[nodiscard]] StoreWatch watch(EventLoop& loop, const std::string& path, WatchCallback callback);

  // For the toolstack. gfn: of the domain's xenstore ring; port: the domain's end of the event channel.
  void introduce(DomainId domain, Gfn gfn, Port port);
  void release(DomainId domain);
  void resume(DomainId domain);
  void set_target(DomainId domain, DomainId target);
  bool is_introduced(DomainId domain) const;
  std::string domain_path(DomainId domain) const;
  // xenstore-control: the command and its arguments; gives the daemon's answer.
  std::string control(const std::vector<std::string>& words);

  // find() of each, in that order; together they cost little more than one.
  virtual std::vector<std::optional<std::string>> find_all(const std::vector<std::string>& paths);

  // Changes when the connection has been lost, and with it what was under way: transactions.
  virtual unsigned connection() const { return 0; }

  // One request, in `transaction` (0: none). Throws Error with the errno that the daemon answers.
  virtual std::string exchange(MessageType type, uint32_t transaction, std::string_view body) = 0;
  // A request in a transaction that may be answered later: an errno other than `harmless` is thrown by this or by the next
  // exchange(), before that does anything.
  virtual void post(MessageType type, uint32_t transaction, std::string_view body, int harmless);

 protected:
  std::string ask(MessageType type, std::string_view body) const override;
  // Implementations hand in watch events as they arrive; they are kept until deliver().
  void queue_event(std::string path, const std::string& token);
  // Makes the loop call deliver() soon, if it is attached.
  void deliver_soon();
  // Called at the first watch: begin to take events from `loop`.
  virtual void attach(EventLoop& loop) = 0;
  // The bodies of the requests that register the watches there are, for a new connection. The daemon tells each of them once.
  std::vector<std::string> watch_requests() const;
  bool events_waiting() const;

 private:
  friend class StoreWatch;
  struct Watches;
  void unwatch(const StoreWatch::Entry& entry) noexcept;
  std::shared_ptr<Watches> watches_;
};

// A transaction: sees the tree as it was when it began, and its own changes. Undone by its end unless it was committed.
class StoreTransaction final : public StoreView {
 public:
  explicit StoreTransaction(XenStore& store);
  ~StoreTransaction() override;
  StoreTransaction(const StoreTransaction&) = delete;
  StoreTransaction& operator=(const StoreTransaction&) = delete;

  // Makes the changes visible, all at once. False: somebody else changed what this transaction saw, nothing has been done;
  // begin again.
  [[nodiscard]] bool commit();
  // Whether it has gone with the connection: begin again.
  bool is_lost() const { return id_ != 0 && connection_ != store_.connection(); }

 protected:
  std::string ask(MessageType type, std::string_view body) const override;
  void tell(MessageType type, std::string_view body, int harmless) override;

 private:
  XenStore& store_;
  uint32_t id_;  // 0: ended
  unsigned connection_;
};

template <typename F>
auto XenStore::transact(F&& body) {
  while (true) {
    StoreTransaction transaction(*this);
    try {
      if constexpr (std::is_void_v<decltype(body(transaction))>) {
        body(transaction);
        if (transaction.commit()) return;
      } else {
        auto result = body(transaction);
        if (transaction.commit()) return result;
      }
    } catch (const Error&) {
      if (!transaction.is_lost()) throw;
    }
  }
}

}  // namespace xenolith::tools
