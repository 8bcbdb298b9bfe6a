// SPDX-License-Identifier: MIT
// A whole xenstore in memory for unit tests: permissions, transactions and watches behave as in xenstored, whose code it
// runs. Link tools_xenstore_fake.
#pragma once

#include <memory>

#include "tools/xenstore/client.hpp"

namespace xenolith::tools {

namespace xenstored {
class Connection;
}  // namespace xenstored

// The tree that connections share.
class MemoryTree {
 public:
  MemoryTree();
  ~MemoryTree();

 private:
  friend class MemoryStore;
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

class MemoryStore final : public XenStore {
 public:
  // A tree of its own, seen as dom0.
  MemoryStore();
  // Another connection to `tree`, which must outlive it, as `domain` (dom0 is privileged).
  explicit MemoryStore(MemoryTree& tree, DomainId domain = DomainId(0));
  ~MemoryStore() override;

  MemoryTree& tree() { return *tree_; }

  // As if the hypervisor told xenstored that an introduced domain has shut down.
  void tell_shutdown(DomainId domain);
  std::string exchange(MessageType type, uint32_t transaction, std::string_view body) override;

 protected:
  void attach(EventLoop& loop) override;

 private:
  void enter(DomainId domain);
  Message take_messages();

  std::unique_ptr<MemoryTree> own_;
  MemoryTree* tree_;
  xenstored::Connection* connection_ = nullptr;
};

}  // namespace xenolith::tools
