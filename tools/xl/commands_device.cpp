// SPDX-License-Identifier: MIT
// Disks and network interfaces of domains.
#include "tools/base/error.hpp"
#include "tools/config/device_json.hpp"
#include "tools/config/device_spec.hpp"
#include "tools/toolstack/vdev.hpp"
#include "tools/xl/command.hpp"
#include "tools/xl/device_defaults.hpp"
#include "tools/xl/lookup.hpp"

namespace xenolith::tools::xl {
namespace {

// A number that the frontend wrote: the guest's word, so anything may be there.
int number_of(const std::string& text) {
  char* end = nullptr;
  long value = std::strtol(text.c_str(), &end, 10);
  return text.empty() || *end || value < -1 || value > INT32_MAX ? -1 : static_cast<int>(value);
}

int frontend_number(Context& context, const Device& device, const char* node) {
  return number_of(context.toolstack().frontend_detail(device, node));
}

std::string joined(const Arguments& arguments) {
  std::string text;
  for (size_t i = 1; i < arguments.size(); ++i) text += (i > 1 ? "," : "") + arguments[i];
  return text;
}

int run_block_attach(Context& context, const Arguments& arguments) {
  DiskConfig disk = in_context("disk", [&] { return parse_disk(joined(arguments)); });
  if (context.dry_run) {
    fmt::print("disk: {}\n", disk_to_json(disk).dump(4));
    return success;
  }
  DomainId domain = find_domain(context, arguments[0]);
  run_task(context.loop(), context.toolstack().attach(domain, disk));
  return success;
}

int run_block_list(Context& context, const Arguments& arguments) {
  fmt::print("{:<5} {:<3} {:<6} {:<5} {:<6} {:<8} {:<30}\n", "Vdev", "BE", "handle", "state", "evt-ch", "ring-ref",
             "BE-path");
  for (const std::string& word : arguments.words())
    for (const Device& device : context.toolstack().devices(find_domain(context, word), DeviceKind::vbd))
      fmt::print("{:<5} {:<3} {:<6} {:<5} {:<6} {:<8} {:<30}\n", device.id, device.backend_domain, device.domain,
                 frontend_number(context, device, "state"), frontend_number(context, device, "event-channel"),
                 frontend_number(context, device, "ring-ref"), backend_path(device));
  return success;
}

int run_block_detach(Context& context, const Arguments& arguments) {
  DomainId domain = find_domain(context, arguments[0]);
  auto device = context.toolstack().find_device(domain, DeviceKind::vbd, vdev_number(arguments[1]));
  if (!device) fail(ENXIO, "Error: Device {} not connected.", arguments[1]);
  run_task(context.loop(), context.toolstack().detach(*device, arguments.has('f')));
  return success;
}

int run_network_attach(Context& context, const Arguments& arguments) {
  VifConfig vif = in_context("vif", [&] { return parse_vif(joined(arguments)); });
  apply_vif_defaults(vif, context.settings);
  if (context.dry_run) {
    fmt::print("vif: {}\n", vif_to_json(vif).dump(4));
    return success;
  }
  DomainId domain = find_domain(context, arguments[0]);
  run_task(context.loop(), context.toolstack().attach(domain, vif));
  return success;
}

int run_network_list(Context& context, const Arguments& arguments) {
  fmt::print("{:<3} {:<2} {:<17} {:<6} {:<5} {:<6} {:>5}/{:<5} {:<30}\n", "Idx", "BE", "Mac Addr.", "handle", "state",
             "evt-ch", "tx-", "rx-ring-ref", "BE-path");
  for (const std::string& word : arguments.words())
    for (const Device& device : context.toolstack().devices(find_domain(context, word), DeviceKind::vif))
      fmt::print("{:<3} {:<2} {:<17}{:6} {:5} {:6} {:5}/{:<11} {:<30}\n", device.id, device.backend_domain,
                 context.toolstack().detail(device, "mac"), device.id, frontend_number(context, device, "state"),
                 frontend_number(context, device, "event-channel"), frontend_number(context, device, "tx-ring-ref"),
                 frontend_number(context, device, "rx-ring-ref"), backend_path(device));
  return success;
}

int run_network_detach(Context& context, const Arguments& arguments) {
  DomainId domain = find_domain(context, arguments[0]);
  auto device = context.toolstack().find_vif(domain, arguments[1]);
  if (!device) fail(ENXIO, "Unknown device {}.", arguments[1]);
  run_task(context.loop(), context.toolstack().detach(*device, arguments.has('f')));
  return success;
}

const Command commands[] = {
    {.name = "network-attach",
     .run = run_network_attach,
     .usage = "<Domain> [mac=<mac>] [bridge=<bridge>] [ip=<ip>] [script=<script>] [backend=<BackDomain>] "
              "[vifname=<name>] [rate=<rate>] [type=<type>] [model=<model>] [mtu=<mtu>]",
     .description = "Give a domain another network interface",
     .least_words = 1,
     .can_dry_run = true,
     .modifies = true},
    {.name = "network-list",
     .run = run_network_list,
     .usage = "<Domain(s)>",
     .description = "List network interfaces of domains",
     .least_words = 1},
    {.name = "network-detach",
     .run = run_network_detach,
     .usage = "[option] <Domain> <DevId|mac>",
     .description = "Take a network interface from a domain",
     .option_help = "-f, --force             Do not wait for the domain to let go of it",
     .options = {{'f', "force"}},
     .least_words = 2,
     .modifies = true},
    {.name = "block-attach",
     .run = run_block_attach,
     .usage = "<Domain> <disk-spec-component(s)>...",
     .description = "Give a domain another disk",
     .least_words = 2,
     .can_dry_run = true,
     .modifies = true},
    {.name = "block-list",
     .run = run_block_list,
     .usage = "<Domain(s)>",
     .description = "List disks of domains",
     .least_words = 1},
    {.name = "block-detach",
     .run = run_block_detach,
     .usage = "[option] <Domain> <DevId>",
     .description = "Take a disk from a domain",
     .option_help = "-f, --force             Do not wait for the domain to let go of it",
     .options = {{'f', "force"}},
     .least_words = 2,
     .modifies = true},
};

}  // namespace

std::span<const Command> device_commands() { return commands; }

}  // namespace xenolith::tools::xl
