// SPDX-License-Identifier: MIT
// Memory of domains.
#include "tools/base/error.hpp"
#include "tools/xl/command.hpp"
#include "tools/xl/lookup.hpp"

namespace xenolith::tools::xl {
namespace {

uint64_t mib(PageCount pages) { return to_kib(pages).value() / 1024; }

int run_mem_max(Context& context, const Arguments& arguments) {
  DomainId domain = find_domain(context, arguments[0]);
  KiB size = parse_memory(arguments[1]);
  in_context(fmt::format("cannot set domid {} static max memory to : {}", domain, arguments[1]),
             [&] { context.toolstack().set_memory_maximum(domain, size); });
  return success;
}

int run_mem_set(Context& context, const Arguments& arguments) {
  DomainId domain = find_domain(context, arguments[0]);
  KiB size = parse_memory(arguments[1]);
  in_context(fmt::format("cannot set domid {} dynamic max memory to : {}", domain, arguments[1]),
             [&] { context.toolstack().set_memory_target(domain, size); });
  return success;
}

int run_sharing(Context& context, const Arguments& arguments) {
  std::vector<DomainInfo> domains = chosen_domains(context, arguments.words());
  fmt::print("Name                                        ID   Mem Shared\n");
  for (const DomainInfo& info : domains)
    fmt::print("{:<40} {:5} {:5}  {:5}\n", domain_name(context, info.id), info.id, mib(info.total + info.outstanding),
               mib(info.shared));
  return success;
}

const Command commands[] = {
    {.name = "mem-max",
     .run = run_mem_max,
     .usage = "<Domain> <MemMB['b'[bytes]|'k'[KB]|'m'[MB]|'g'[GB]|'t'[TB]]>",
     .description = "Set how much memory a domain may have at most",
     .least_words = 2,
     .modifies = true},
    {.name = "mem-set",
     .run = run_mem_set,
     .usage = "<Domain> <MemMB['b'[bytes]|'k'[KB]|'m'[MB]|'g'[GB]|'t'[TB]]>",
     .description = "Ask a domain to use this much memory, by its balloon",
     .least_words = 2,
     .modifies = true},
    {.name = "sharing",
     .run = run_sharing,
     .usage = "[Domain]",
     .description = "Show how much memory domains share"},
};

}  // namespace

std::span<const Command> memory_commands() { return commands; }

}  // namespace xenolith::tools::xl
