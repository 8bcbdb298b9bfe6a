// SPDX-License-Identifier: MIT
#include <charconv>

#include "tools/base/error.hpp"
#include "tools/xenstored/requests.hpp"

namespace xenolith::tools::xenstored {

namespace {
constexpr const char* limit_names[] = {"nodes", "size", "watches", "transactions", "transaction-nodes",
                                       "permissions", "path-max", "outstanding", "memory"};

const char* const help_text =
    "available commands:\n"
    "check\n"
    "find-domain <name>\n"
    "help\n"
    "log [on|off]\n"
    "logfile <file>\n"
    "memreport\n"
    "print <string>\n"
    "quota [set <name> <val>|<domid>]\n"
    "live-update -f <file>|-a|-s\n";
}  // namespace

std::string Requests::control() {
  auto words = strings(1);
  std::string text;
  if (words[0] == "help") text = help_text;
  else if (words[0] == "check") text = control_check();
  else if (words[0] == "quota") text = control_quota({words.begin() + 1, words.end()});
  else if (words[0] == "memreport") text = control_memory();
  else if (words[0] == "find-domain" && words.size() == 2) text = control_find_domain(words[1]);
  else if (auto answer = store_.host_.control(words)) text = *answer;
  else fail(EINVAL, "unknown command");
  return join_strings({text});
}

// Numbers of the domains with this name: one request, however many domains there are.
std::string Requests::control_find_domain(std::string_view name) {
  std::string found;
  const Node* domains = store_.tree_.find("/local/domain");
  if (!domains) return found;
  for (const NodePtr& domain : domains->children)
    for (const NodePtr& node : domain->children)
      if (node->name == "name" && node->value == name) found += domain->name + " ";
  return found;
}

// Counts the tree's nodes and compares them with what is remembered.
std::string Requests::control_check() {
  NodeCounts counted;
  size_t nodes = 0, wrong = 0;
  for_each_node(store_.tree_.root(), "/", [&](const std::string&, const Node& node) {
    ++counted[node.owner()];
    ++nodes;
    size_t names = 0;
    for (const NodePtr& child : node.children) names += child->name.size() + 1;
    if (names != node.children_bytes) ++wrong;
  });
  if (counted == store_.counts_ && wrong == 0) return fmt::format("OK: {} nodes", nodes);
  return fmt::format("inconsistent: {} of {} directories; counts of owners {}", wrong, nodes,
                     counted == store_.counts_ ? "right" : "wrong");
}

std::string Requests::control_quota(const std::vector<std::string_view>& words) {
  std::string text;
  if (words.empty()) {
    for (const char* name : limit_names) text += fmt::format("{:<17}: {:8}\n", name, *find_limit(store_.limits, name));
    return text;
  }
  if (words[0] == "set") {
    size_t* limit = words.size() == 3 ? find_limit(store_.limits, words[1]) : nullptr;
    size_t value = 0;
    const char* end = limit ? words[2].data() + words[2].size() : nullptr;
    if (!limit || std::from_chars(words[2].data(), end, value).ptr != end || words[2].empty()) fail(EINVAL, "no limit");
    *limit = value;
    return "OK";
  }
  DomainId id = domain(words[0]);
  size_t watches = 0, transactions = 0, bytes = 0;
  for (const auto& connection : store_.connections_) {
    if (connection->caller.domain != id) continue;
    watches += connection->watches.size();
    transactions += connection->transactions.size();
    bytes += connection->pending_bytes();
  }
  auto nodes = store_.counts_.find(id);
  return fmt::format("Domain {}:\nnodes            : {:8}\nwatches          : {:8}\ntransactions     : {:8}\n"
                     "outstanding      : {:8}\nmemory           : {:8}\n",
                     id, nodes == store_.counts_.end() ? 0 : nodes->second, watches, transactions,
                     *store_.outstanding_of(id), bytes);
}

std::string Requests::control_memory() {
  size_t watches = 0, transactions = 0, bytes = 0;
  for (const auto& connection : store_.connections_) {
    watches += connection->watches.size();
    transactions += connection->transactions.size();
    bytes += connection->pending_bytes();
  }
  size_t nodes = 0, values = 0;
  for_each_node(store_.tree_.root(), "/", [&](const std::string& path, const Node& node) {
    ++nodes;
    values += node.value.size() + path.size();
  });
  return fmt::format("nodes {}, bytes of paths and values {}\nconnections {}, domains {}\n"
                     "watches {}, transactions {}, bytes waiting {}\n",
                     nodes, values, store_.connections_.size(), store_.domains_.size(), watches, transactions, bytes);
}

}  // namespace xenolith::tools::xenstored
