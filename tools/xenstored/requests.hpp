// SPDX-License-Identifier: MIT
// One request being answered. The handlers by subject are in requests_*.cpp, their table in requests.cpp.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tools/xenstored/store.hpp"

namespace xenolith::tools::xenstored {

class Requests {
 public:
  Requests(Store& store, Connection& connection, const Message& message)
      : store_(store), connection_(connection), message_(message), cause_(connection.begin_request()) {}

  // Queues the answer, then the events that follow from it.
  void serve();

 private:
  struct Row;
  static const Row table[];

  std::string perform();

  // requests_nodes.cpp
  std::string directory();
  std::string directory_part();
  std::string read();
  std::string get_perms();
  std::string write();
  std::string mkdir();
  std::string rm();
  std::string set_perms();
  // requests_watches.cpp
  std::string watch();
  std::string unwatch();
  std::string reset_watches();
  // requests_transactions.cpp
  std::string transaction_start();
  std::string transaction_end();
  // requests_domains.cpp
  std::string introduce();
  std::string release();
  std::string get_domain_path();
  std::string is_domain_introduced();
  std::string resume();
  std::string set_target();
  // requests_control.cpp
  std::string control();
  std::string control_check();
  std::string control_find_domain(std::string_view name);
  std::string control_quota(const std::vector<std::string_view>& words);
  std::string control_memory();

  // The strings of the body; throws Error(EINVAL) if they are fewer than `least`.
  std::vector<std::string_view> strings(size_t least) const;
  std::string path(std::string_view name) const;
  DomainId domain(std::string_view text) const;
  // The transaction that the request names, or nullptr. Throws Error(ENOENT).
  Transaction* transaction();
  const Node& look(const std::string& path, Seen seen);
  std::string change(Operation operation);
  std::string set_special_permissions(const std::string& path, Permissions permissions);
  static std::string names_of(const Node& node);

  Store& store_;
  Connection& connection_;
  const Message& message_;
  Cause cause_;
  std::vector<Effect> effects_;
  std::vector<std::function<void()>> afterwards_;
};

}  // namespace xenolith::tools::xenstored
