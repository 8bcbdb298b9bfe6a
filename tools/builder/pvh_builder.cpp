// SPDX-License-Identifier: MIT
#include "tools/builder/pvh_builder.hpp"

#include <algorithm>

#include "tools/base/error.hpp"
#include "tools/base/failure_point.hpp"
#include "tools/builder/acpi.hpp"
#include "tools/builder/guest_window.hpp"
#include "tools/builder/kernel.hpp"
#include "tools/builder/layout.hpp"
#include "tools/builder/start_info.hpp"
#include "tools/builder/vcpu_state.hpp"

namespace xenolith::tools {
namespace {

struct Module {
  FileSource file;
  uint64_t address = 0;
};

class PvhBuild {
 public:
  PvhBuild(Hypervisor& hypervisor, DomainId domain, const BuildRequest& request)
      : hypervisor_(hypervisor), domain_(domain), request_(request) {}

  BuildResult run() {
    check_request();
    plan_memory();
    plan_files();
    plan_tables();
    zeroed_ = hypervisor_.machine.gives_zeroed_memory();
    populate();
    load();
    fill_special_frames();
    tell_hypervisor();
    connect_rings();
    set_pvh_start_state(hypervisor_.vcpus, domain_, request_.max_vcpus, kernel_.elf.entry, start_info_address_);
    return result_;
  }

 private:
  void check_request() const {
    if (request_.vcpus == 0 || request_.vcpus > request_.max_vcpus)
      fail(EINVAL, "{} of {} vCPUs cannot be online", request_.vcpus, request_.max_vcpus);
    if (request_.max_memory < request_.memory) fail(EINVAL, "maxmem is less than memory");
  }

  // All memory that the map shows must be backed: by pages, or by populate-on-demand where the hypervisor has that.
  // Otherwise the guest starts with less and grows by memory hot-plug.
  void plan_memory() {
    on_demand_ = request_.max_memory > request_.memory && populates_on_demand();
    result_.shown_memory = on_demand_ ? request_.max_memory : request_.memory;
    ram_ = RamLayout::of(result_.shown_memory);
    // What is loaded must be backed before the guest runs.
    load_limit_ = on_demand_ ? std::min(ram_.low_end, request_.memory.value() * 1024) : ram_.low_end;
  }

  // Asking for the target is no answer: only populating tells. The first extent stays.
  bool populates_on_demand() {
    constexpr unsigned large = 9;
    unsigned order = to_pages(request_.max_memory).value() >= uint64_t(1) << large ? large : 0;
    Gfn first(0);
    try {
      if (hypervisor_.memory.populate(domain_, {&first, 1}, order, true) != 1) return false;
    } catch (const Error& error) {
      if (error.code() != ENOSYS && error.code() != EOPNOTSUPP && error.code() != EINVAL) throw;
      return false;
    }
    probed_ = PageCount(uint64_t(1) << order);
    return true;
  }

  void plan_files() {
    failure_point("loading the kernel");
    kernel_ = load_kernel(request_.kernel, load_limit_, KernelCache(request_.kernel_cache));
    uint64_t next = page_align(kernel_.elf.high());
    for (auto& path : request_.modules) {
      FileSource file(path);
      uint64_t size = file.size();
      if (next > load_limit_ || size > load_limit_ - next)
        fail(ENOMEM,
             "ramdisk {}: {} bytes do not fit into the guest's memory, of which {} bytes are left after the kernel",
             path, size, load_limit_ - std::min(next, load_limit_));
      modules_.push_back({std::move(file), next});
      next = page_align(next + size);
    }
    start_info_address_ = next;
  }

  void plan_tables() {
    uint64_t acpi_size = 0;
    if (request_.acpi) {
      acpi_ = make_acpi_tables({pvh::acpi_address, request_.vcpus, request_.max_vcpus});
      acpi_.tables.resize((acpi_.tables.size() + 15) & ~size_t(15));
      low_rsdp_ = !kernel_.elf.finds_rsdp_anywhere && ram_.low_end >= 0x100000 && kernel_.elf.low() >= 0x100000;
      rsdp_address_ = low_rsdp_ ? pvh::low_rsdp_address : pvh::acpi_address + acpi_.tables.size();
      if (!low_rsdp_) acpi_.tables.insert(acpi_.tables.end(), acpi_.rsdp.begin(), acpi_.rsdp.end());
      acpi_size = page_align(acpi_.tables.size());
    }
    map_ = pvh_memory_map(ram_, acpi_size, low_rsdp_);
    for (uint64_t offset = 0; offset < acpi_size; offset += page_size)
      special_.push_back(Gfn((pvh::acpi_address + offset) / page_size));
    special_.insert(special_.end(), {pvh::store_frame, pvh::ident_frame, pvh::console_frame});

    std::vector<LoadedModule> modules;
    for (auto& module : modules_) modules.push_back({module.address, module.file.size()});
    start_info_ = make_start_info({start_info_address_, request_.command_line, modules, map_, rsdp_address_});
    if (start_info_address_ > load_limit_ || start_info_.size() > load_limit_ - start_info_address_)
      fail(ENOMEM, "kernel and ramdisk leave no room for the start information in the guest's {} KiB", request_.memory);
  }

  void populate() {
    auto& memory = hypervisor_.memory;
    PageCount low(ram_.low_end / page_size);
    PageCount high(ram_.high_end ? (ram_.high_end - pvh::hole_end) / page_size : 0);
    memory.populate_range(domain_, Gfn(0) + probed_, low - probed_, on_demand_);
    memory.populate_range(domain_, Gfn(pvh::hole_end / page_size), high, on_demand_);
    if (memory.populate(domain_, special_, 0) != special_.size())
      fail(ENOMEM, "no memory for the special pages of domain {}", domain_);
    PageCount special(special_.size());
    if (on_demand_) memory.set_populate_on_demand_target(domain_, to_pages(request_.memory) + special);
    result_.populated = to_pages(on_demand_ ? request_.memory : result_.shown_memory) + special;
  }

  void load() {
    failure_point("loading the guest");
    GuestWindow window(hypervisor_.memory, domain_);
    if (low_rsdp_) window.write(pvh::low_rsdp_address, std::as_bytes(std::span(acpi_.rsdp)));
    for (auto& segment : kernel_.elf.segments) {
      copy(window, segment.address, *kernel_.bytes, segment.offset, segment.file_size);
      if (!zeroed_) window.clear(segment.address + segment.file_size, segment.size - segment.file_size);
    }
    for (auto& module : modules_) copy(window, module.address, module.file, 0, module.file.size());
    window.write(start_info_address_, start_info_);
    result_.entry = kernel_.elf.entry;
    result_.kernel_type = kernel_.type;
  }

  static void copy(GuestWindow& window, uint64_t address, const ByteSource& from, uint64_t offset, uint64_t size) {
    window.fill(address, size, [&](std::span<std::byte> to, uint64_t done) { from.read(offset + done, to); });
  }

  void fill_special_frames() {
    auto pages = hypervisor_.memory.map(domain_, special_);
    std::memset(pages.data(), 0, pages.size());
    std::ranges::copy(std::as_bytes(std::span(acpi_.tables)), pages.data());
    // The frames of the rings and of the page directory are the last three.
    size_t ident = special_.size() - 2;
    auto* directory = reinterpret_cast<uint32_t*>(pages.data() + ident * page_size);
    constexpr uint32_t flags = 0xe7;  // present, writable, user, accessed, dirty, 4 MiB
    for (uint32_t i = 0; i < 1024; ++i) directory[i] = i << 22 | flags;
  }

  void tell_hypervisor() {
    hypervisor_.memory.set_memory_map(domain_, map_);
    set(HVM_PARAM_TIMER_MODE, HVMPTM_no_delay_for_missed_ticks);
    set(HVM_PARAM_IDENT_PT, pvh::ident_frame.value() * page_size);
    set(HVM_PARAM_STORE_PFN, pvh::store_frame.value());
    set(HVM_PARAM_CONSOLE_PFN, pvh::console_frame.value());
  }

  void connect_rings() {
    result_.store_frame = pvh::store_frame;
    result_.console_frame = pvh::console_frame;
    result_.store_port = hypervisor_.ports.allocate(domain_, request_.store_domain);
    result_.console_port = hypervisor_.ports.allocate(domain_, request_.console_domain);
    set(HVM_PARAM_STORE_EVTCHN, result_.store_port.value());
    set(HVM_PARAM_CONSOLE_EVTCHN, result_.console_port.value());
    // The rings' other ends map them by grants that <xen/grant_table.h> reserves.
    auto grants = hypervisor_.memory.map_grant_table(domain_, PageCount(1));
    grant(grants, GNTTAB_RESERVED_CONSOLE, request_.console_domain, pvh::console_frame);
    grant(grants, GNTTAB_RESERVED_XENSTORE, request_.store_domain, pvh::store_frame);
  }

  void grant(const ForeignPages& table, size_t reference, DomainId to, Gfn frame) const {
    if (to == domain_) return;
    auto* entries = table.as<grant_entry_v1_t>();
    entries[reference] = {GTF_permit_access, to.value(), uint32_t(frame.value())};
  }

  void set(uint32_t parameter, uint64_t value) { hypervisor_.vcpus.set_parameter(domain_, parameter, value); }

  Hypervisor& hypervisor_;
  DomainId domain_;
  const BuildRequest& request_;
  BuildResult result_;
  bool on_demand_ = false;
  bool zeroed_ = false;
  PageCount probed_{0};  // populated while finding out whether that goes on demand
  RamLayout ram_;
  uint64_t load_limit_ = 0;
  Kernel kernel_;
  std::vector<Module> modules_;
  AcpiTables acpi_;
  bool low_rsdp_ = false;
  uint64_t rsdp_address_ = 0;
  std::vector<MemoryRange> map_;
  std::vector<Gfn> special_;  // tables, then the rings of xenstore, the page directory, the console
  uint64_t start_info_address_ = 0;
  std::vector<std::byte> start_info_;
};

}  // namespace

BuildResult build_pvh(Hypervisor& hypervisor, DomainId domain, const BuildRequest& request) {
  return PvhBuild(hypervisor, domain, request).run();
}

KiB pvh_paging_memory(KiB max_memory, uint32_t max_vcpus) {
  // A page of tables for each 2 MiB would do for memory in 4 KiB pages; the rest is for what the guest maps besides.
  uint64_t pages = 128 + 16 * uint64_t(max_vcpus) + 2 * (max_memory.value() / 1024);
  return to_kib(PageCount(pages));
}

KiB pvh_memory_limit(KiB max_memory) { return max_memory + KiB(1024); }

}  // namespace xenolith::tools
