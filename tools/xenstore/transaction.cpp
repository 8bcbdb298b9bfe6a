// SPDX-License-Identifier: MIT
#include <charconv>

#include "tools/xenstore/client.hpp"

namespace xenolith::tools {

StoreTransaction::StoreTransaction(XenStore& store) : store_(store), id_(0) {
  std::string text = store.exchange(MessageType::transaction_start, 0, std::string_view("\0", 1));
  connection_ = store.connection();
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id_);
  if (error != std::errc() || id_ == 0) fail(EPROTO, "xenstored began transaction \"{}\"", text.c_str());
}

StoreTransaction::~StoreTransaction() {
  if (id_ == 0 || is_lost()) return;
  try {
    store_.exchange(MessageType::transaction_end, id_, std::string_view("F\0", 2));
  } catch (const std::exception&) {
    // Without a connection there is no transaction.
  }
}

bool StoreTransaction::commit() {
  unsigned connection = store_.connection();
  try {
    store_.exchange(MessageType::transaction_end, id_, std::string_view("T\0", 2));
  } catch (const Error& error) {
    bool went = connection != store_.connection();
    if (error.code() != EAGAIN && !went) throw;  // the destructor ends it, if it has not ended
    id_ = 0;
    if (went) throw;
    return false;
  }
  id_ = 0;
  return true;
}

std::string StoreTransaction::ask(MessageType type, std::string_view body) const {
  return store_.exchange(type, id_, body);
}

void StoreTransaction::tell(MessageType type, std::string_view body, int harmless) {
  store_.post(type, id_, body, harmless);
}

}  // namespace xenolith::tools
