// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "tools/base/uuid.hpp"
#include "tools/control/types.hpp"
#include "tools/toolstack/userdata_lock.hpp"

namespace xenolith::tools {

// Files kept with a domain: FOLDER/userdata-d.ID.UUID.KIND, as libxl names them. Writing replaces a file whole, or not at all.
class Userdata {
 public:
  // folder: /var/lib/xen
  Userdata(std::string folder, DomainId domain, const Uuid& uuid);

  // kind: "xl", "libxl-json". Empty data removes the file. Throws Error.
  void store(const std::string& kind, const std::string& data);
  std::optional<std::string> load(const std::string& kind) const;
  // To be held around load() and store() of one change.
  UserdataLock lock();
  // Removes all files of the domain, those of other programs too. Does not throw.
  void remove_all() noexcept;
  std::string path(const std::string& kind) const;

 private:
  std::string folder_;
  std::string middle_;  // "ID.UUID."
};

}  // namespace xenolith::tools
