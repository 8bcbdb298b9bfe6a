// SPDX-License-Identifier: MIT
// The two directions of state.cpp: each method of StateReader reads what its namesake in StateWriter writes.
#pragma once

#include <map>
#include <string>

#include "tools/xenstored/bytes.hpp"
#include "tools/xenstored/store.hpp"

namespace xenolith::tools::xenstored {

class StateWriter {
 public:
  StateWriter(const Store& store, bool with_traffic) : store_(store), with_traffic_(with_traffic) {}
  std::string whole(const std::map<const Connection*, int>& sockets);

 private:
  void permissions(const Permissions& permissions);
  void node(const Node& node);
  void transaction(uint32_t id, const Transaction& transaction);
  void connection(const Connection& connection);

  const Store& store_;
  bool with_traffic_;
  ByteWriter out_;
};

class StateReader {
 public:
  StateReader(Store& store, std::string_view bytes) : store_(store), in_(bytes) {}
  std::map<int, Connection*> whole();
  // After whole(): domains that cannot be reached any more are released.
  void connect_domains();

 private:
  Permissions permissions();
  NodePtr node(unsigned depth);
  void transaction(Connection& connection);
  void connection(Connection& connection);
  void domain();

  Store& store_;
  ByteReader in_;
};

}  // namespace xenolith::tools::xenstored
