// SPDX-License-Identifier: MIT
#include "tools/xenstore/client.hpp"

#include <utility>

#include "tools/base/error.hpp"

namespace xenolith::tools {

namespace {

std::string with_end(const std::string& path) { return path + '\0'; }

std::string with_permissions(const std::string& path, const Permissions& permissions) {
  std::string body = with_end(path);
  for (const Permission& permission : permissions) body += with_end(permission.text());
  return body;
}

std::vector<std::string> names_in(std::string_view body) {
  std::vector<std::string> names;
  for (std::string_view name : split_strings(body)) names.emplace_back(name);
  return names;
}

// The answer of requests about numbers comes with or without '\0' at its end.
std::string text_of(std::string body) {
  while (!body.empty() && body.back() == '\0') body.pop_back();
  return body;
}

template <typename Id>
std::string number(Id id) {
  return std::to_string(id.value());
}

}  // namespace

void StoreView::tell(MessageType type, std::string_view body, int harmless) {
  try {
    ask(type, body);
  } catch (const Error& error) {
    if (error.code() != harmless) throw;
  }
}

std::string StoreView::read(const std::string& path) const { return ask(MessageType::read, with_end(path)); }

std::optional<std::string> StoreView::find(const std::string& path) const {
  try {
    return read(path);
  } catch (const Error& error) {
    if (error.code() == ENOENT) return std::nullopt;
    throw;
  }
}

void StoreView::write(const std::string& path, std::string_view value) {
  tell(MessageType::write, with_end(path).append(value));
}

void StoreView::write(const std::string& path, std::string_view value, const Permissions& permissions) {
  write(path, value);
  set_permissions(path, permissions);
}

void StoreView::mkdir(const std::string& path) { tell(MessageType::mkdir, with_end(path)); }

void StoreView::mkdir(const std::string& path, const Permissions& permissions) {
  mkdir(path);
  set_permissions(path, permissions);
}

void StoreView::remove(const std::string& path) { tell(MessageType::rm, with_end(path), ENOENT); }

std::vector<std::string> StoreView::list(const std::string& path) const {
  try {
    return names_in(ask(MessageType::directory, with_end(path)));
  } catch (const Error& error) {
    if (error.code() == ENOENT) return {};
    if (error.code() != E2BIG) throw;
  }
  return list_in_parts(path);
}

// The first string of each part is the directory's generation; when it changes, the list begins again. An empty string
// ends the last part.
std::vector<std::string> StoreView::list_in_parts(const std::string& path) const {
  std::string names, generation;
  while (true) {
    std::string part = ask(MessageType::directory_part, join_strings({path, std::to_string(names.size())}));
    size_t end = part.find('\0');
    if (end == part.npos) fail(EPROTO, "{}: xenstored sent a part of a directory without its generation", path);
    if (!names.empty() && part.substr(0, end) != generation) {
      names.clear();
      continue;
    }
    generation = part.substr(0, end);
    part.erase(0, end + 1);
    bool last = part.empty() || part == std::string(1, '\0') || part.ends_with(std::string(2, '\0'));
    if (last && !part.empty()) part.pop_back();
    names += part;
    if (last) return names_in(names);
  }
}

Permissions StoreView::permissions(const std::string& path) const {
  Permissions permissions;
  std::string answer = ask(MessageType::get_perms, with_end(path));
  for (std::string_view text : split_strings(answer)) permissions.push_back(Permission::parse(text));
  return permissions;
}

void StoreView::set_permissions(const std::string& path, const Permissions& permissions) {
  tell(MessageType::set_perms, with_permissions(path, permissions));
}

struct StoreWatch::Entry {
  std::weak_ptr<XenStore::Watches> watches;
  XenStore* store;  // alive as long as `watches` is
  std::string path, token;
  std::shared_ptr<XenStore::WatchCallback> callback;
};

struct XenStore::Watches {
  EventLoop* loop = nullptr;
  EventSource deliver;
  std::vector<StoreWatch::Entry*> entries;
  std::vector<std::pair<std::string, std::string>> queue;  // path, token
  uint64_t last_token = 0;

  StoreWatch::Entry* find(const std::string& token) {
    for (StoreWatch::Entry* entry : entries)
      if (entry->token == token) return entry;
    return nullptr;
  }

  void arm(const std::shared_ptr<Watches>& self) {
    if (loop && !queue.empty()) deliver = loop->soon([self] { self->deliver_one(self); });
  }

  // One at a time, so that other sources of the loop get their turn.
  void deliver_one(const std::shared_ptr<Watches>& self) {
    if (queue.empty()) return;
    auto [path, token] = std::move(queue.front());
    queue.erase(queue.begin());
    StoreWatch::Entry* entry = find(token);
    auto callback = entry ? entry->callback : nullptr;
    std::shared_ptr<Watches> keep = self;  // `self` lives in the source that arm() replaces
    keep->arm(keep);
    if (callback) (*callback)(path);
  }
};

StoreWatch::StoreWatch() = default;
StoreWatch::StoreWatch(StoreWatch&&) noexcept = default;
StoreWatch::StoreWatch(std::unique_ptr<Entry> entry) : entry_(std::move(entry)) {}

StoreWatch& StoreWatch::operator=(StoreWatch&& other) noexcept {
  std::swap(entry_, other.entry_);
  return *this;
}

StoreWatch::~StoreWatch() {
  if (!entry_) return;
  auto watches = entry_->watches.lock();
  if (!watches) return;
  std::erase(watches->entries, entry_.get());
  entry_->store->unwatch(*entry_);
}

XenStore::XenStore() : watches_(std::make_shared<Watches>()) {}

XenStore::~XenStore() {
  watches_->queue.clear();
  watches_->deliver = EventSource();
}

StoreWatch XenStore::watch(EventLoop& loop, const std::string& path, WatchCallback callback) {
  if (!watches_->loop) {
    watches_->loop = &loop;
    attach(loop);
  }
  auto entry = std::make_unique<StoreWatch::Entry>();
  entry->watches = watches_;
  entry->store = this;
  entry->path = path;
  entry->token = std::to_string(++watches_->last_token);
  entry->callback = std::make_shared<WatchCallback>(std::move(callback));
  watches_->entries.push_back(entry.get());
  try {
    // A connection that was made again on the way has registered it already; no other watch has this token.
    tell(MessageType::watch, join_strings({path, entry->token}), EEXIST);
  } catch (...) {
    std::erase(watches_->entries, entry.get());
    throw;
  }
  return StoreWatch(std::move(entry));
}

void XenStore::unwatch(const StoreWatch::Entry& entry) noexcept {
  try {
    ask(MessageType::unwatch, join_strings({entry.path, entry.token}));
  } catch (const std::exception&) {
    // The connection is gone, and the watch with it; or the daemon does not know it any more.
  }
  std::erase_if(watches_->queue, [&](const auto& event) { return event.second == entry.token; });
}

void XenStore::queue_event(std::string path, const std::string& token) {
  if (watches_->find(token)) watches_->queue.emplace_back(std::move(path), token);
}

void XenStore::deliver_soon() { watches_->arm(watches_); }

std::vector<std::string> XenStore::watch_requests() const {
  std::vector<std::string> bodies;
  for (const StoreWatch::Entry* entry : watches_->entries) bodies.push_back(join_strings({entry->path, entry->token}));
  return bodies;
}

bool XenStore::events_waiting() const { return !watches_->queue.empty(); }

std::string XenStore::ask(MessageType type, std::string_view body) const {
  return const_cast<XenStore*>(this)->exchange(type, 0, body);
}

void XenStore::introduce(DomainId domain, Gfn gfn, Port port) {
  ask(MessageType::introduce, join_strings({number(domain), number(gfn), number(port)}));
}
void XenStore::release(DomainId domain) { ask(MessageType::release, join_strings({number(domain)})); }
void XenStore::resume(DomainId domain) { ask(MessageType::resume, join_strings({number(domain)})); }
void XenStore::set_target(DomainId domain, DomainId target) {
  ask(MessageType::set_target, join_strings({number(domain), number(target)}));
}
bool XenStore::is_introduced(DomainId domain) const {
  return text_of(ask(MessageType::is_domain_introduced, join_strings({number(domain)}))) == "T";
}
std::string XenStore::domain_path(DomainId domain) const {
  return text_of(ask(MessageType::get_domain_path, join_strings({number(domain)})));
}

std::string XenStore::control(const std::vector<std::string>& words) {
  std::string body;
  for (const std::string& word : words) body += with_end(word);
  return text_of(ask(MessageType::control, body));
}

std::vector<std::optional<std::string>> XenStore::find_all(const std::vector<std::string>& paths) {
  std::vector<std::optional<std::string>> values;
  for (const std::string& path : paths) values.push_back(find(path));
  return values;
}

void XenStore::post(MessageType type, uint32_t transaction, std::string_view body, int harmless) {
  try {
    exchange(type, transaction, body);
  } catch (const Error& error) {
    if (error.code() != harmless) throw;
  }
}

}  // namespace xenolith::tools
