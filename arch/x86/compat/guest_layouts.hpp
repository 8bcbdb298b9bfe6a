// SPDX-License-Identifier: MIT
// The table of layouts: for each structure that hypercalls copy, whether 32-bit callers lay it out as 64-bit callers do, or how one
// becomes the other. docs/compat.md explains; <xen/...> of each group is the source.
#pragma once

#include "arch/x86/compat/interface_32.hpp"
#include "arch/x86/compat/layout_rules.hpp"
#include "core/hypercall/guest_long.hpp"

namespace xenolith::arch {

using layout_rules::Field;

// Zero-extended; see GuestLong for what is cut.
template <>
struct GuestLayout<GuestLong> : layout_rules::Differs<u32> {
  static void copy(GuestLong& to, u32 from) { to.value = from; }
  static void copy(u32& to, const GuestLong& from) { to = static_cast<u32>(from.value); }
  static bool fits(const GuestLong& value) { return value.value <= ~u32{0} || value.value == ~u64{0}; }
};

// ---- xen.h
template <>
struct GuestLayout<multicall_entry> : layout_rules::Differs<compat::multicall_entry> {
  static void copy(auto& to, const auto& from) {
    to.op = Field{from.op};
    to.result = Field{from.result};  // narrowed: the low half of a negative answer is that answer in 32 bits
    for (unsigned i = 0; i < 6; ++i) to.args[i] = Field{from.args[i]};
  }
};

// ---- event_channel.h
template <> struct GuestLayout<evtchn_alloc_unbound> : layout_rules::Same<evtchn_alloc_unbound, compat::evtchn_alloc_unbound> {};
template <> struct GuestLayout<evtchn_bind_interdomain> : layout_rules::Same<evtchn_bind_interdomain, compat::evtchn_bind_interdomain> {};
template <> struct GuestLayout<evtchn_bind_virq> : layout_rules::Same<evtchn_bind_virq, compat::evtchn_bind_virq> {};
template <> struct GuestLayout<evtchn_bind_pirq> : layout_rules::Same<evtchn_bind_pirq, compat::evtchn_bind_pirq> {};
template <> struct GuestLayout<evtchn_bind_ipi> : layout_rules::Same<evtchn_bind_ipi, compat::evtchn_bind_ipi> {};
template <> struct GuestLayout<evtchn_close> : layout_rules::Same<evtchn_close, compat::evtchn_close> {};
template <> struct GuestLayout<evtchn_send> : layout_rules::Same<evtchn_send, compat::evtchn_send> {};
template <> struct GuestLayout<evtchn_status> : layout_rules::Same<evtchn_status, compat::evtchn_status> {};
template <> struct GuestLayout<evtchn_bind_vcpu> : layout_rules::Same<evtchn_bind_vcpu, compat::evtchn_bind_vcpu> {};
template <> struct GuestLayout<evtchn_unmask> : layout_rules::Same<evtchn_unmask, compat::evtchn_unmask> {};
template <> struct GuestLayout<evtchn_reset> : layout_rules::Same<evtchn_reset, compat::evtchn_reset> {};
template <> struct GuestLayout<evtchn_init_control> : layout_rules::Same<evtchn_init_control, compat::evtchn_init_control> {};
template <> struct GuestLayout<evtchn_expand_array> : layout_rules::Same<evtchn_expand_array, compat::evtchn_expand_array> {};
template <> struct GuestLayout<evtchn_set_priority> : layout_rules::Same<evtchn_set_priority, compat::evtchn_set_priority> {};

// ---- grant_table.h
template <> struct GuestLayout<gnttab_map_grant_ref> : layout_rules::Same<gnttab_map_grant_ref, compat::gnttab_map_grant_ref> {};
template <> struct GuestLayout<gnttab_unmap_grant_ref> : layout_rules::Same<gnttab_unmap_grant_ref, compat::gnttab_unmap_grant_ref> {};
template <> struct GuestLayout<gnttab_unmap_and_replace> : layout_rules::Same<gnttab_unmap_and_replace, compat::gnttab_unmap_and_replace> {};
template <> struct GuestLayout<gnttab_dump_table> : layout_rules::Same<gnttab_dump_table, compat::gnttab_dump_table> {};
template <> struct GuestLayout<gnttab_query_size> : layout_rules::Same<gnttab_query_size, compat::gnttab_query_size> {};
template <> struct GuestLayout<gnttab_set_version> : layout_rules::Same<gnttab_set_version, compat::gnttab_set_version> {};
template <> struct GuestLayout<gnttab_get_version> : layout_rules::Same<gnttab_get_version, compat::gnttab_get_version> {};
template <> struct GuestLayout<gnttab_swap_grant_ref> : layout_rules::Same<gnttab_swap_grant_ref, compat::gnttab_swap_grant_ref> {};
template <> struct GuestLayout<gnttab_cache_flush> : layout_rules::Same<gnttab_cache_flush, compat::gnttab_cache_flush> {};
template <>
struct GuestLayout<gnttab_setup_table> : layout_rules::Differs<compat::gnttab_setup_table> {
  static void copy(auto& to, const auto& from) {
    to.dom = from.dom;
    to.nr_frames = from.nr_frames;
    to.status = from.status;
    to.frame_list.p = Field{from.frame_list.p};
  }
};
template <>
struct GuestLayout<gnttab_get_status_frames> : layout_rules::Differs<compat::gnttab_get_status_frames> {
  static void copy(auto& to, const auto& from) {
    to.nr_frames = from.nr_frames;
    to.dom = from.dom;
    to.status = from.status;
    to.frame_list.p = Field{from.frame_list.p};
  }
};
template <>
struct GuestLayout<gnttab_transfer> : layout_rules::Differs<compat::gnttab_transfer> {
  static void copy(auto& to, const auto& from) {
    to.mfn = Field{from.mfn};
    to.domid = from.domid;
    to.ref = from.ref;
    to.status = from.status;
  }
};
template <>
struct GuestLayout<gnttab_copy> : layout_rules::Differs<compat::gnttab_copy> {
  static void copy(auto& to, const auto& from) {
    end(to.source, from.source);
    end(to.dest, from.dest);
    to.len = from.len;
    to.flags = from.flags;
    to.status = from.status;
  }

 private:
  // The frame number has the reference, where it is one, in its low half.
  static void end(auto& to, const auto& from) {
    to.u.gmfn = Field{from.u.gmfn};
    to.domid = from.domid;
    to.offset = from.offset;
  }
};

// ---- memory.h
template <>
struct GuestLayout<xen_memory_reservation> : layout_rules::Differs<compat::xen_memory_reservation> {
  static void copy(auto& to, const auto& from) {
    to.extent_start.p = Field{from.extent_start.p};
    to.nr_extents = Field{from.nr_extents};
    to.extent_order = from.extent_order;
    to.mem_flags = from.mem_flags;
    to.domid = from.domid;
  }
};
template <>
struct GuestLayout<xen_add_to_physmap> : layout_rules::Differs<compat::xen_add_to_physmap> {
  static void copy(auto& to, const auto& from) {
    to.domid = from.domid;
    to.size = from.size;
    to.space = from.space;
    to.idx = Field{from.idx};
    to.gpfn = Field{from.gpfn};
  }
};
template <>
struct GuestLayout<xen_add_to_physmap_batch> : layout_rules::Differs<compat::xen_add_to_physmap_batch> {
  static void copy(auto& to, const auto& from) {
    to.domid = from.domid;
    to.space = from.space;
    to.size = from.size;
    to.u.res0 = from.u.res0;
    to.idxs.p = Field{from.idxs.p};
    to.gpfns.p = Field{from.gpfns.p};
    to.errs.p = Field{from.errs.p};
  }
};
template <>
struct GuestLayout<xen_remove_from_physmap> : layout_rules::Differs<compat::xen_remove_from_physmap> {
  static void copy(auto& to, const auto& from) {
    to.domid = from.domid;
    to.gpfn = Field{from.gpfn};
  }
};
template <>
struct GuestLayout<xen_memory_map> : layout_rules::Differs<compat::xen_memory_map> {
  static void copy(auto& to, const auto& from) {
    to.nr_entries = from.nr_entries;
    to.buffer.p = Field{from.buffer.p};
  }
};
template <>
struct GuestLayout<xen_foreign_memory_map> : layout_rules::Differs<compat::xen_foreign_memory_map> {
  static void copy(auto& to, const auto& from) {
    to.domid = from.domid;
    GuestLayout<xen_memory_map>::copy(to.map, from.map);
  }
};
template <> struct GuestLayout<xen_memory_domain> : layout_rules::Same<xen_memory_domain, compat::xen_memory_domain> {};
template <>
struct GuestLayout<xen_pod_target> : layout_rules::Differs<compat::xen_pod_target> {
  static void copy(auto& to, const auto& from) {
    to.target_pages = from.target_pages;
    to.tot_pages = from.tot_pages;
    to.pod_cache_pages = from.pod_cache_pages;
    to.pod_entries = from.pod_entries;
    to.domid = from.domid;
  }
};
// Its handles are not looked at, as no domain has such a topology.
template <>
struct GuestLayout<xen_vnuma_topology_info> : layout_rules::Differs<compat::xen_vnuma_topology_info> {
  static void copy(auto& to, const auto& from) {
    to.domid = from.domid;
    to.pad = from.pad;
    to.nr_vnodes = from.nr_vnodes;
    to.nr_vcpus = from.nr_vcpus;
    to.nr_vmemranges = from.nr_vmemranges;
  }
};
template <>
struct GuestLayout<xen_reserved_device_memory_map> : layout_rules::Differs<compat::xen_reserved_device_memory_map> {
  static void copy(auto& to, const auto& from) {
    to.flags = from.flags;
    to.nr_entries = from.nr_entries;
    to.buffer.p = Field{from.buffer.p};
    to.dev.pci.seg = from.dev.pci.seg;
    to.dev.pci.bus = from.dev.pci.bus;
    to.dev.pci.devfn = from.dev.pci.devfn;
  }
};
template <>
struct GuestLayout<xen_mem_acquire_resource> : layout_rules::Differs<compat::xen_mem_acquire_resource> {
  static void copy(auto& to, const auto& from) {
    to.domid = from.domid;
    to.type = from.type;
    to.id = from.id;
    to.nr_frames = from.nr_frames;
    to.pad = from.pad;
    to.frame = from.frame;
    to.frame_list.p = Field{from.frame_list.p};
  }
};

// ---- sched.h, vcpu.h
template <> struct GuestLayout<sched_shutdown> : layout_rules::Same<sched_shutdown, compat::sched_shutdown> {};
template <> struct GuestLayout<sched_remote_shutdown> : layout_rules::Same<sched_remote_shutdown, compat::sched_remote_shutdown> {};
template <> struct GuestLayout<sched_watchdog> : layout_rules::Same<sched_watchdog, compat::sched_watchdog> {};
template <> struct GuestLayout<sched_pin_override> : layout_rules::Same<sched_pin_override, compat::sched_pin_override> {};
template <>
struct GuestLayout<sched_poll> : layout_rules::Differs<compat::sched_poll> {
  static void copy(auto& to, const auto& from) {
    to.ports.p = Field{from.ports.p};
    to.nr_ports = from.nr_ports;
    to.timeout = from.timeout;
  }
};
template <>
struct GuestLayout<vcpu_runstate_info> : layout_rules::Differs<compat::vcpu_runstate_info> {
  static void copy(auto& to, const auto& from) {
    to.state = from.state;
    to.state_entry_time = from.state_entry_time;
    for (unsigned i = 0; i < 4; ++i) to.time[i] = from.time[i];
  }
};
// Of the union a 32-bit caller fills the handle only; what lies behind it is anything.
template <>
struct GuestLayout<vcpu_register_runstate_memory_area> : layout_rules::Differs<compat::Handle> {
  static void copy(vcpu_register_runstate_memory_area& to, const compat::Handle& from) { to.addr.p = from.p; }
};
template <>
struct GuestLayout<vcpu_register_time_memory_area> : layout_rules::Differs<compat::Handle> {
  static void copy(vcpu_register_time_memory_area& to, const compat::Handle& from) { to.addr.p = from.p; }
};
template <>
struct GuestLayout<vcpu_set_singleshot_timer> : layout_rules::Differs<compat::vcpu_set_singleshot_timer> {
  static void copy(auto& to, const auto& from) {
    to.timeout_abs_ns = from.timeout_abs_ns;
    to.flags = from.flags;
  }
};
template <> struct GuestLayout<vcpu_register_vcpu_info> : layout_rules::Same<vcpu_register_vcpu_info, compat::vcpu_register_vcpu_info> {};
template <> struct GuestLayout<vcpu_set_periodic_timer> : layout_rules::Same<vcpu_set_periodic_timer, compat::vcpu_set_periodic_timer> {};
template <> struct GuestLayout<vcpu_get_physid> : layout_rules::Same<vcpu_get_physid, compat::vcpu_get_physid> {};
template <> struct GuestLayout<vcpu_hvm_context> : layout_rules::Same<vcpu_hvm_context, compat::vcpu_hvm_context> {};

// ---- version.h, hvm/hvm_op.h
template <> struct GuestLayout<xen_feature_info> : layout_rules::Same<xen_feature_info, compat::xen_feature_info> {};
template <>
struct GuestLayout<xen_platform_parameters> : layout_rules::Differs<compat::xen_platform_parameters> {
  static void copy(auto& to, const auto& from) { to.virt_start = Field{from.virt_start}; }
};
template <> struct GuestLayout<xen_hvm_param> : layout_rules::Same<xen_hvm_param, compat::xen_hvm_param> {};
template <> struct GuestLayout<xen_hvm_get_time> : layout_rules::Same<xen_hvm_get_time, compat::xen_hvm_get_time> {};
template <> struct GuestLayout<xen_hvm_get_mem_type> : layout_rules::Same<xen_hvm_get_mem_type, compat::xen_hvm_get_mem_type> {};
template <> struct GuestLayout<xen_hvm_xentrace> : layout_rules::Same<xen_hvm_xentrace, compat::xen_hvm_xentrace> {};
template <>
struct GuestLayout<xen_hvm_evtchn_upcall_vector>
    : layout_rules::Same<xen_hvm_evtchn_upcall_vector, compat::xen_hvm_evtchn_upcall_vector> {};

// ---- physdev.h
template <> struct GuestLayout<physdev_dbgp_op> : layout_rules::Same<physdev_dbgp_op, compat::physdev_dbgp_op> {};
template <> struct GuestLayout<physdev_pci_device> : layout_rules::Same<physdev_pci_device, compat::physdev_pci_device> {};
template <> struct GuestLayout<physdev_manage_pci> : layout_rules::Same<physdev_manage_pci, compat::physdev_manage_pci> {};
template <> struct GuestLayout<physdev_manage_pci_ext> : layout_rules::Same<physdev_manage_pci_ext, compat::physdev_manage_pci_ext> {};
template <> struct GuestLayout<physdev_pci_mmcfg_reserved> : layout_rules::Same<physdev_pci_mmcfg_reserved, compat::physdev_pci_mmcfg_reserved> {};
template <> struct GuestLayout<physdev_restore_msi> : layout_rules::Same<physdev_restore_msi, compat::physdev_restore_msi> {};
template <> struct GuestLayout<physdev_setup_gsi> : layout_rules::Same<physdev_setup_gsi, compat::physdev_setup_gsi> {};

// ---- domctl.h, sysctl.h, platform.h, hypfs.h
template <> struct GuestLayout<xen_domctl> : layout_rules::WideCallersOnly {};
template <> struct GuestLayout<xen_domctl_getdomaininfo> : layout_rules::WideCallersOnly {};
template <> struct GuestLayout<xen_sysctl> : layout_rules::WideCallersOnly {};
template <> struct GuestLayout<xen_sysctl_cpuinfo> : layout_rules::WideCallersOnly {};
template <> struct GuestLayout<xen_sysctl_cputopo> : layout_rules::WideCallersOnly {};
template <> struct GuestLayout<xen_sysctl_meminfo> : layout_rules::WideCallersOnly {};
template <> struct GuestLayout<xen_platform_op> : layout_rules::WideCallersOnly {};
template <> struct GuestLayout<xen_hypfs_direntry> : layout_rules::WideCallersOnly {};
template <> struct GuestLayout<xen_cpuid_leaf_t> : layout_rules::WideCallersOnly {};
template <> struct GuestLayout<xen_msr_entry_t> : layout_rules::WideCallersOnly {};

}  // namespace xenolith::arch
