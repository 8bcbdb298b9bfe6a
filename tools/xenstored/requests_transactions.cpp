// SPDX-License-Identifier: MIT
#include "tools/base/error.hpp"
#include "tools/xenstored/requests.hpp"

namespace xenolith::tools::xenstored {

std::string Requests::transaction_start() {
  if (message_.transaction != 0) fail(EBUSY, "transactions do not nest");
  auto& transactions = connection_.transactions;
  if (!connection_.caller.privileged && transactions.size() >= store_.limits.transactions)
    fail(ENOSPC, "too many transactions");
  uint32_t& id = connection_.last_transaction;
  do {
    ++id;
  } while (id == 0 || transactions.count(id));
  transactions.emplace(id, Transaction(store_.tree_));
  return join_strings({std::to_string(id)});
}

std::string Requests::transaction_end() {
  auto words = strings(1);
  if (words[0] != "T" && words[0] != "F") fail(EINVAL, "neither T nor F");
  if (!transaction()) fail(ENOENT, "no transaction");
  auto ended = connection_.transactions.extract(message_.transaction);
  if (words[0] == "T")
    effects_ = ended.mapped().commit(connection_.caller,
                                     {store_.tree_, store_.last_generation_, store_.limits, store_.counts_});
  return join_strings({"OK"});
}

}  // namespace xenolith::tools::xenstored
