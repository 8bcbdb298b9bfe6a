// SPDX-License-Identifier: MIT
#include "arch/x86/vmx/vmcs.hpp"

#include <arch/cpu.hpp>

#include "arch/x86/cpu/interrupt_call.hpp"
#include "core/base/log.hpp"

namespace xenolith::vmx {
namespace {

// The VMCS that VMREAD and VMWRITE mean on each CPU.
struct alignas(arch::cache_line_size) Current {
  const Vmcs* vmcs = nullptr;
};
constinit Current current[arch::max_cpus]{};

const Vmcs*& current_here() { return current[arch::this_cpu().raw()].vmcs; }

// A defect of the hypervisor, whatever the guest did; the entry that follows fails and ends the domain.
void report(const char* what, u32 field, Status status) {
  u64 number = 0;
  if (status == Status::failed) vmread(static_cast<u32>(Field32::instruction_error), number);
  log_error("VMX: {} of field {:#x} failed: {}", what, field,
            status == Status::failed ? instruction_error(static_cast<u32>(number)) : "no VMCS is current");
}

}  // namespace

Result<HeapPages> Vmcs::allocate_page(u32 revision) {
  HeapPages page = TRY(HeapPages::allocate());
  *page.as<u32>() = revision;
  return page;
}

bool Vmcs::is_current() const { return current_here() == this; }

void Vmcs::make_current() {
  if (is_current()) return;
  u32 here = arch::this_cpu().raw();
  u32 where = active_on_.load(std::memory_order_acquire);
  if (where != here) {
    if (where != nowhere) clear_where_active();
    if (vmclear(address()) != Status::succeeded) return log_error("VMX: VMCLEAR failed");  // also the first use
    launched_ = false;
  }
  if (vmptrld(address()) != Status::succeeded) return log_error("VMX: VMPTRLD failed");
  current_here() = this;
  active_on_.store(here, std::memory_order_release);
}

void Vmcs::clear_on_this_cpu() {
  u64 flags = arch::disable_interrupts_save();
  if (active_on_.load(std::memory_order_relaxed) == arch::this_cpu().raw()) {
    if (vmclear(address()) != Status::succeeded) log_error("VMX: VMCLEAR failed");
    if (is_current()) current_here() = nullptr;
    launched_ = false;
    active_on_.store(nowhere, std::memory_order_release);  // pairs with the acquire in make_current()
  }
  arch::restore_interrupts(flags);
}

void Vmcs::clear_where_active() {
  CpuId where{active_on_.load(std::memory_order_acquire)};
  call_by_interrupt(where, [](void* vmcs) { static_cast<Vmcs*>(vmcs)->clear_on_this_cpu(); }, this);
}

void Vmcs::clear() {
  u32 where = active_on_.load(std::memory_order_acquire);
  if (where == arch::this_cpu().raw()) clear_on_this_cpu();
  else if (where != nowhere) clear_where_active();
}

u64 Vmcs::read_any(u32 field) const {
  if (!is_current()) [[unlikely]] const_cast<Vmcs*>(this)->make_current();
  u64 value = 0;
  Status status = vmread(field, value);
  if (status == Status::succeeded) [[likely]] return value;
  report("reading", field, status);
  return 0;
}

void Vmcs::write_any(u32 field, u64 value) {
  if (!is_current()) [[unlikely]] make_current();
  Status status = vmwrite(field, value);
  if (status != Status::succeeded) [[unlikely]] report("writing", field, status);
}

}  // namespace xenolith::vmx
