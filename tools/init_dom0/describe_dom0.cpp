// SPDX-License-Identifier: MIT
#include "tools/init_dom0/describe_dom0.hpp"

#include "tools/config/domain_json.hpp"
#include "tools/toolstack/userdata.hpp"

namespace xenolith::tools {
namespace {

constexpr DomainId dom0{0};

void write_if_missing(StoreView& view, const std::string& path, const std::string& value) {
  if (!view.exists(path)) view.write(path, value);
}

void write_nodes(Hypervisor& hypervisor, XenStore& store) {
  std::vector<PoolInfo> pools = hypervisor.scheduling.pools();
  store.transact([&](StoreTransaction& t) {
    t.write("/local/domain/0/domid", "0");
    write_if_missing(t, "/local/domain/0/name", "Domain-0");
    for (const PoolInfo& pool : pools)
      write_if_missing(t, fmt::format("/local/pool/{}/name", pool.id), fmt::format("Pool-{}", pool.id));
  });
}

// As little as libxl wants to be there.
void keep_config(const DomainInfo& info, const std::string& folder) {
  Userdata data(folder, dom0, info.handle);
  if (data.load("libxl-json")) return;
  DomainConfig config;
  config.type = info.hvm ? DomainType::pvh : DomainType::pv;
  config.name = "Domain-0";
  config.uuid = info.handle;
  data.store("libxl-json", to_json(config));
}

}  // namespace

void describe_dom0(Hypervisor& hypervisor, XenStore& store, const std::string& folder, std::optional<Uuid> uuid) {
  if (uuid) hypervisor.domains.set_handle(dom0, *uuid);
  write_nodes(hypervisor, store);
  keep_config(hypervisor.domains.info(dom0), folder);
}

}  // namespace xenolith::tools
