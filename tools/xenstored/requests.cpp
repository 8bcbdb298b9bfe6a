// SPDX-License-Identifier: MIT
#include "tools/xenstored/requests.hpp"

#include <charconv>

#include "tools/base/error.hpp"
#include "tools/xenstored/path.hpp"

namespace xenolith::tools::xenstored {

struct Requests::Row {
  MessageType type;
  std::string (Requests::*perform)();
  bool changes;     // not over a connection that only reads
  bool privileged;  // dom0 only
};

constexpr Requests::Row Requests::table[] = {
    {MessageType::control, &Requests::control, true, true},
    {MessageType::directory, &Requests::directory, false, false},
    {MessageType::read, &Requests::read, false, false},
    {MessageType::get_perms, &Requests::get_perms, false, false},
    {MessageType::watch, &Requests::watch, false, false},
    {MessageType::unwatch, &Requests::unwatch, false, false},
    {MessageType::transaction_start, &Requests::transaction_start, false, false},
    {MessageType::transaction_end, &Requests::transaction_end, false, false},
    {MessageType::introduce, &Requests::introduce, true, true},
    {MessageType::release, &Requests::release, true, true},
    {MessageType::get_domain_path, &Requests::get_domain_path, false, false},
    {MessageType::write, &Requests::write, true, false},
    {MessageType::mkdir, &Requests::mkdir, true, false},
    {MessageType::rm, &Requests::rm, true, false},
    {MessageType::set_perms, &Requests::set_perms, true, false},
    {MessageType::is_domain_introduced, &Requests::is_domain_introduced, false, true},
    {MessageType::resume, &Requests::resume, true, true},
    {MessageType::set_target, &Requests::set_target, true, true},
    {MessageType::reset_watches, &Requests::reset_watches, false, false},
    {MessageType::directory_part, &Requests::directory_part, false, false},
};

void Requests::serve() {
  Message answer{message_.type, message_.request, message_.transaction, {}};
  try {
    answer.body = perform();
    if (answer.body.size() > message_body_max) fail(E2BIG, "the answer is too long");
  } catch (const Error& error) {
    answer.type = MessageType::error;
    answer.body = join_strings({error_name(error.code())});
  } catch (const std::bad_alloc&) {
    answer.type = MessageType::error;
    answer.body = join_strings({error_name(ENOMEM)});
  }
  if (store_.trace) store_.trace(connection_, message_, answer);
  connection_.answer(std::move(answer), cause_);
  store_.announce(effects_, cause_);
  for (const auto& action : afterwards_) action();
}

std::string Requests::perform() {
  for (const Row& row : table) {
    if (row.type != message_.type) continue;
    if (row.privileged && !connection_.caller.privileged) fail(EACCES, "dom0 only");
    if (row.changes && connection_.caller.read_only) fail(EROFS, "the connection is read-only");
    return (this->*row.perform)();
  }
  fail(ENOSYS, "unknown request");
}

std::vector<std::string_view> Requests::strings(size_t least) const {
  auto found = split_strings(message_.body);
  if (found.size() < least) fail(EINVAL, "too few strings");
  return found;
}

std::string Requests::path(std::string_view name) const {
  std::string path = absolute_path(name, connection_.caller.domain);
  if (!connection_.caller.privileged && path.size() > store_.limits.path) fail(EINVAL, "the path is too long");
  return path;
}

DomainId Requests::domain(std::string_view text) const {
  uint16_t id = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size()) fail(EINVAL, "not a domain id");
  return DomainId(id);
}

Transaction* Requests::transaction() {
  if (message_.transaction == 0) return nullptr;
  auto found = connection_.transactions.find(message_.transaction);
  // A transaction that a killed daemon knew must be begun again.
  if (found == connection_.transactions.end()) fail(store_.transactions_lost_ ? EAGAIN : ENOENT, "no such transaction");
  return &found->second;
}

}  // namespace xenolith::tools::xenstored
