// SPDX-License-Identifier: MIT
// Things that people name on the command line.
#pragma once

#include <string>
#include <vector>

#include "tools/control/hypervisor.hpp"
#include "tools/xl/context.hpp"

namespace xenolith::tools::xl {

// A domain by name or number; throws Error(ESRCH).
DomainId find_domain(Context& context, const std::string& name_or_id);
// All domains, or the one that the arguments name. Throws UsageError for more than one word.
std::vector<DomainInfo> chosen_domains(Context& context, const std::vector<std::string>& words);
// Its name, or "(null)" if it has none, as xl has it.
std::string domain_name(Context& context, DomainId domain);

// A cpupool by name or number; throws Error(ENOENT).
PoolInfo find_pool(Context& context, const std::string& name_or_id);
std::string pool_name(Context& context, PoolId pool);

// The NUMA node of each of the machine's CPUs, for CpuList::resolve.
std::vector<uint32_t> nodes_of_cpus(Context& context);
// CPUs from a text like "0-3,^1". Throws Error(EINVAL), also if there are none.
CpuSet parse_cpus(Context& context, const std::string& text);
// "all" if all CPUs below `limit` are in the set, else as CpuSet::text().
std::string cpus_text(const CpuSet& cpus, uint32_t limit);

// "512", "512m", "1g", "65536k", "b", "t": MiB if there is no unit. Throws Error(EINVAL).
KiB parse_memory(const std::string& text);

}  // namespace xenolith::tools::xl
