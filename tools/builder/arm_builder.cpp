// SPDX-License-Identifier: MIT
// Guests of arm64: what pvh_builder.cpp is for x86.
#include <algorithm>
#include <cstring>

#include "tools/base/error.hpp"
#include "tools/base/failure_point.hpp"
#include "tools/builder/arm64_image.hpp"
#include "tools/builder/arm_guest_tree.hpp"
#include "tools/builder/guest_window.hpp"
#include "tools/builder/layout.hpp"
#include "tools/builder/pvh_builder.hpp"
#include "tools/builder/tree_writer.hpp"

namespace xenolith::tools {
namespace {

// The frames of the rings. <xen/arch-arm.h> leaves their order to the tools; this is that of others.
constexpr uint64_t magic_frame = GUEST_MAGIC_BASE / page_size;
constexpr Gfn console_frame{magic_frame}, store_frame{magic_frame + 1}, serial_frame{magic_frame + 3};

struct Bank {
  uint64_t base, size;
};

class ArmBuild {
 public:
  ArmBuild(Hypervisor& hypervisor, DomainId domain, const BuildRequest& request)
      : hypervisor_(hypervisor), domain_(domain), request_(request) {}

  BuildResult run() {
    check_request();
    plan_memory();
    plan_files();
    populate();
    load();
    connect_rings();
    if (request_.serial_line) connect_serial_line();
    start_first_vcpu();
    return result_;
  }

 private:
  void check_request() const {
    if (request_.vcpus == 0 || request_.vcpus > request_.max_vcpus)
      fail(EINVAL, "{} of {} vCPUs cannot be online", request_.vcpus, request_.max_vcpus);
    if (request_.max_memory < request_.memory) fail(EINVAL, "maxmem is less than memory");
    if (request_.modules.size() > 1) fail(EINVAL, "a guest of arm64 has one RAM disk at most");
  }

  // There is no populating on demand: the guest grows by memory hot-plug.
  void plan_memory() {
    constexpr Bank places[] = {{GUEST_RAM0_BASE, GUEST_RAM0_SIZE}, {GUEST_RAM1_BASE, GUEST_RAM1_SIZE}};
    uint64_t left = request_.memory.value() * 1024 & ~(page_size - 1);
    for (const Bank& place : places) {
      uint64_t size = std::min(left, place.size);
      if (size != 0) banks_.push_back({place.base, size});
      left -= size;
    }
    if (banks_.empty() || left != 0) fail(EINVAL, "{} KiB of memory cannot be had on arm64", request_.memory);
    result_.shown_memory = request_.memory;
  }

  // The kernel at the start, the RAM disk at the end of the first bank, the device tree, whose size is known last, below it.
  void plan_files() {
    failure_point("loading the kernel");
    const Bank& bank = banks_[0];
    kernel_ = load_arm64_image(request_.kernel, bank.size);
    kernel_at_ = bank.base + kernel_.offset;
    if (!request_.modules.empty()) module_ = std::make_unique<FileSource>(request_.modules[0]);
    uint64_t module_size = module_ ? module_->size() : 0;
    uint64_t end = bank.base + bank.size;
    module_at_ = take_below(end, module_size);
    tree_ = make_tree(module_size);
    tree_at_ = take_below(module_at_, tree_.size());
  }

  // Whole pages for so many bytes, below the address and above the kernel.
  uint64_t take_below(uint64_t end, uint64_t size) const {
    uint64_t lowest = kernel_at_ + kernel_.size;
    uint64_t room = end > lowest ? end - lowest : 0;
    if (size > room || (end - size) / page_size * page_size < lowest)
      fail(ENOMEM, "kernel, ramdisk and device tree need more than the {} bytes that the guest has", banks_[0].size);
    return (end - size) / page_size * page_size;
  }

  std::vector<std::byte> make_tree(uint64_t module_size) const {
    bool is_v3 = request_.arch.gic_version == 3;
    ArmGuestTree tree{.command_line = request_.command_line, .vcpus = request_.max_vcpus, .gic_version = request_.arch.gic_version};
    if (module_size != 0) tree.initrd = {module_at_, module_size};
    if (request_.serial_line) tree.serial_line = {GUEST_PL011_BASE, GUEST_PL011_SIZE};
    tree.serial_interrupt = GUEST_VPL011_SPI;
    if (!request_.device_tree.empty()) tree.partial_tree = read_file(request_.device_tree);
    for (const Bank& bank : banks_) tree.memory.push_back({bank.base, bank.size});
    tree.gic_distributor = is_v3 ? TreeRange{GUEST_GICV3_GICD_BASE, GUEST_GICV3_GICD_SIZE} : TreeRange{GUEST_GICD_BASE, GUEST_GICD_SIZE};
    tree.gic_cpus = is_v3 ? TreeRange{GUEST_GICV3_GICR0_BASE, GUEST_GICV3_GICR0_SIZE} : TreeRange{GUEST_GICC_BASE, GUEST_GICC_SIZE};
    tree.timer_hz = request_.arch.timer_hz;
    tree.grant_table = {GUEST_GNTTAB_BASE, GUEST_GNTTAB_SIZE};
    tree.secure_timer = GUEST_TIMER_PHYS_S_PPI, tree.physical_timer = GUEST_TIMER_PHYS_NS_PPI;
    tree.virtual_timer = GUEST_TIMER_VIRT_PPI, tree.events = GUEST_EVTCHN_PPI;
    return make_arm_guest_tree(tree);
  }

  static std::vector<std::byte> read_file(const std::string& path) {
    FileSource file(path);
    if (file.size() > TreeWriter::room) fail(EFBIG, "{} is no partial device tree", path);
    std::vector<std::byte> bytes(file.size());
    file.read(0, bytes);
    return bytes;
  }

  // The width of its addresses has to be told before it has memory.
  void populate() {
    hypervisor_.domains.set_address_bits(domain_, 64);
    for (const Bank& bank : banks_) hypervisor_.memory.populate_range(domain_, Gfn(bank.base / page_size), PageCount(bank.size / page_size));
    if (request_.serial_line) special_.push_back(serial_frame);
    if (hypervisor_.memory.populate(domain_, special_, 0) != special_.size())
      fail(ENOMEM, "no memory for the special pages of domain {}", domain_);
    result_.populated = to_pages(request_.memory) + PageCount(special_.size());
  }

  void load() {
    failure_point("loading the guest");
    GuestWindow window(hypervisor_.memory, domain_);
    copy(window, kernel_at_, *kernel_.bytes);
    if (module_) copy(window, module_at_, *module_);
    window.write(tree_at_, tree_);
    for (Gfn frame : special_) window.clear(frame.value() * page_size, page_size);
    flush(kernel_at_, kernel_.bytes->size());
    if (module_) flush(module_at_, module_->size());
    flush(tree_at_, tree_.size());
    for (Gfn frame : special_) flush(frame.value() * page_size, page_size);
    result_.entry = kernel_at_;
    result_.kernel_type = kernel_.type;
  }

  static void copy(GuestWindow& window, uint64_t address, const ByteSource& from) {
    window.fill(address, from.size(), [&](std::span<std::byte> to, uint64_t done) { from.read(done, to); });
  }

  // The guest reads it with its caches off.
  void flush(uint64_t address, uint64_t size) const {
    uint64_t first = address / page_size, end = (address + size + page_size - 1) / page_size;
    hypervisor_.memory.flush_caches(domain_, Gfn(first), PageCount(end - first));
  }

  void connect_rings() {
    result_.store_frame = store_frame;
    result_.console_frame = console_frame;
    result_.store_port = hypervisor_.ports.allocate(domain_, request_.store_domain);
    result_.console_port = hypervisor_.ports.allocate(domain_, request_.console_domain);
    set(HVM_PARAM_STORE_PFN, store_frame.value());
    set(HVM_PARAM_CONSOLE_PFN, console_frame.value());
    set(HVM_PARAM_STORE_EVTCHN, result_.store_port.value());
    set(HVM_PARAM_CONSOLE_EVTCHN, result_.console_port.value());
    auto grants = hypervisor_.memory.map_grant_table(domain_, PageCount(1));
    grant(grants, GNTTAB_RESERVED_CONSOLE, request_.console_domain, console_frame);
    grant(grants, GNTTAB_RESERVED_XENSTORE, request_.store_domain, store_frame);
  }

  void connect_serial_line() {
    result_.serial_frame = serial_frame;
    result_.serial_port = hypervisor_.domains.make_serial_line(domain_, serial_frame, request_.console_domain);
  }

  void grant(const ForeignPages& table, size_t reference, DomainId to, Gfn frame) const {
    if (to == domain_) return;
    auto* entries = table.as<grant_entry_v1_t>();
    entries[reference] = {GTF_permit_access, to.value(), uint32_t(frame.value())};
  }

  void set(uint32_t parameter, uint64_t value) { hypervisor_.vcpus.set_parameter(domain_, parameter, value); }

  // x0 holds the device tree ("Booting AArch64 Linux"); the other vCPUs wait for PSCI.
  void start_first_vcpu() {
    vcpu_guest_context context{};
    context.user_regs.x0 = tree_at_;
    context.user_regs.pc64 = kernel_at_;
    context.user_regs.cpsr = PSR_GUEST64_INIT;
    context.sctlr = SCTLR_GUEST_INIT;
    context.flags = VGCF_online;
    hypervisor_.vcpus.set_context(domain_, VcpuId(0), context);
  }

  Hypervisor& hypervisor_;
  DomainId domain_;
  const BuildRequest& request_;
  BuildResult result_;
  std::vector<Bank> banks_;
  std::vector<Gfn> special_ = {console_frame, store_frame};
  Arm64Image kernel_;
  std::unique_ptr<FileSource> module_;
  uint64_t kernel_at_ = 0, module_at_ = 0, tree_at_ = 0;
  std::vector<std::byte> tree_;
};

}  // namespace

BuildResult build_pvh(Hypervisor& hypervisor, DomainId domain, const BuildRequest& request) {
  return ArmBuild(hypervisor, domain, request).run();
}

KiB pvh_paging_memory(KiB max_memory, uint32_t max_vcpus) {
  // A page of tables for each 2 MiB would do for memory in 4 KiB pages; the rest is for what the guest maps besides.
  uint64_t pages = 256 * uint64_t(max_vcpus) + max_memory.value() / 1024 + 256;
  return to_kib(PageCount(pages));
}

KiB pvh_memory_limit(KiB max_memory) { return max_memory + KiB(1024); }

}  // namespace xenolith::tools
