// SPDX-License-Identifier: MIT
#include "tools/xenstore/fake_store.hpp"

#include "tools/base/error.hpp"
#include "tools/xenstored/store.hpp"

namespace xenolith::tools {

namespace {

// Domains come and go as tests say.
class NoHost final : public xenstored::StoreHost {
 public:
  void connect_domain(DomainId, Gfn, Port, xenstored::Connection&) override {}
  void disconnect_domain(DomainId) noexcept override {}
  std::optional<std::string> control(const std::vector<std::string_view>&) override { return std::nullopt; }
};

}  // namespace

struct MemoryTree::Parts {
  NoHost host;
  xenstored::Store store{host};
  std::vector<MemoryStore*> clients;
};

MemoryTree::MemoryTree() : parts_(std::make_unique<Parts>()) {}
MemoryTree::~MemoryTree() = default;

MemoryStore::MemoryStore() : own_(std::make_unique<MemoryTree>()), tree_(own_.get()) { enter(DomainId(0)); }

MemoryStore::MemoryStore(MemoryTree& tree, DomainId domain) : tree_(&tree) { enter(domain); }

void MemoryStore::enter(DomainId domain) {
  connection_ = &tree_->parts_->store.connect(xenstored::Caller::of(domain));
  tree_->parts_->clients.push_back(this);
}

MemoryStore::~MemoryStore() {
  std::erase(tree_->parts_->clients, this);
  tree_->parts_->store.disconnect(*connection_);
}

std::string MemoryStore::exchange(MessageType type, uint32_t transaction, std::string_view body) {
  if (body.size() > message_body_max) fail(E2BIG, "too long for xenstore");
  tree_->parts_->store.handle(*connection_, {type, 1, transaction, std::string(body)});
  for (MemoryStore* client : tree_->parts_->clients)
    if (client != this) client->take_messages();
  Message answer = take_messages();
  if (answer.type == MessageType::error) {
    std::string subject(body.substr(0, body.find('\0')));
    throw_errno(error_code(answer.body.substr(0, answer.body.find('\0'))), "xenstore: " + subject);
  }
  return std::move(answer.body);
}

void MemoryStore::tell_shutdown(DomainId domain) {
  tree_->parts_->store.domain_state(domain, true, true);
  for (MemoryStore* client : tree_->parts_->clients) client->take_messages();
}

// Takes what the store owes this client: events into the queue; returns the answer, if there is one.
Message MemoryStore::take_messages() {
  Message answer;
  MessageReader reader;
  while (!connection_->pending().empty()) {
    std::string_view bytes = connection_->pending().substr(0, reader.wanted());
    reader.add(bytes);
    connection_->sent(bytes.size());
    auto message = reader.next();
    if (!message) continue;
    if (message->type == MessageType::watch_event) {
      auto strings = split_strings(message->body);
      queue_event(std::string(strings.at(0)), std::string(strings.at(1)));
    } else {
      answer = std::move(*message);
    }
  }
  if (events_waiting()) deliver_soon();
  return answer;
}

void MemoryStore::attach(EventLoop&) {}

}  // namespace xenolith::tools
