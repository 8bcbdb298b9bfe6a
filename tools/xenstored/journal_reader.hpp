// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "tools/xenstored/bytes.hpp"
#include "tools/xenstored/store.hpp"

namespace xenolith::tools::xenstored {

// Does to a store what one record of the journal says.
class JournalReader {
 public:
  JournalReader(Store& store, std::string record) : store_(store), record_(std::move(record)), in_(record_) {}
  // Throws Error(EBADMSG).
  void apply();
  // After the last record.
  void finish();

 private:
  void set_node(const std::string& path, std::string value, Permissions permissions);
  void remove_node(const std::string& path);
  void introduce(DomainId id, Gfn gfn, Port port);
  void release(DomainId id);
  void change_watch(bool add);
  Connection* connection(DomainId id);

  Store& store_;
  std::string record_;
  ByteReader in_;
};

}  // namespace xenolith::tools::xenstored
