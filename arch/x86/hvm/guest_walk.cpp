// SPDX-License-Identifier: MIT
#include "arch/x86/hvm/guest_walk.hpp"

#include <arch/domain_state.hpp>
#include <arch/guest_memory.hpp>
#include <arch/mapping.hpp>

#include <algorithm>
#include <cstring>

#include "arch/x86/cpu/registers.hpp"
#include "arch/x86/hvm/exits.hpp"
#include "arch/x86/hvm/msr_rules.hpp"
#include "core/base/bits.hpp"
#include "core/domain/domain.hpp"

namespace xenolith::hvm {
namespace {

namespace bits {
constexpr u64 present = 1, writable = 2, user = 4, accessed = 0x20, dirty = 0x40, large = 0x80;
constexpr u64 no_execute = u64{1} << 63;
}  // namespace bits
using Address = Bits<51, 12>;

// How a paging mode lays out its tables.
struct Format {
  unsigned levels;      // 2, 3, 4 or 5
  unsigned index_bits;  // 10 or 9
  unsigned entry_size;  // 4 or 8
  u64 root_mask;        // of CR3

  // The directory pointers of PAE paging have no rights and no accessed bits.
  constexpr bool is_pointer(unsigned level) const { return levels == 3 && level == 2; }
};
constexpr Format legacy{2, 10, 4, 0xfffff000}, pae{3, 9, 8, 0xffffffe0}, long_4{4, 9, 8, Address::mask}, long_5{5, 9, 8, Address::mask};

// Sets bits of an entry that is present and lacks some of them, as the processor does.
template <class Entry>
u64 read_and_mark(Entry* entry, u64 set_bits) {
  Entry value = __atomic_load_n(entry, __ATOMIC_RELAXED);
  if ((value & bits::present) && (~value & set_bits)) [[unlikely]]
    __atomic_fetch_or(entry, static_cast<Entry>(set_bits), __ATOMIC_RELAXED);
  return value;
}

// 0, which is not present, where there is no RAM.
template <Format format>
u64 read_entry(const Domain& domain, GuestPhysical at, u64 set_bits) {
  Result<GuestFrame> found = domain.frame(frame_of(at));
  if (!found) return 0;
  arch::FrameMapping page{found->frame.mfn()};
  if constexpr (format.entry_size == 4) return read_and_mark(page.as<u32>(offset_in_page(at)), set_bits);
  else return read_and_mark(page.as<u64>(offset_in_page(at)), set_bits);
}

// The rights that all levels together give, and the checks that CR0, CR4 and EFER ask for.
struct Rights {
  bool writable = true, user = true, executable = true;
  void restrict_by(u64 entry, bool no_execute_enabled) {
    writable &= (entry & bits::writable) != 0;
    user &= (entry & bits::user) != 0;
    executable &= !(no_execute_enabled && (entry & bits::no_execute));
  }
  bool allow(u32 access, const ControlRegisters& controls, u64 rflags_value) const {
    bool by_user = access & fault::user;
    if (by_user && !user) return false;
    if ((access & fault::write) && !writable && (by_user || (controls.cr0 & cr0::wp))) return false;
    if (access & fault::fetch) return executable && !(user && !by_user && (controls.cr4 & cr4::smep));
    constexpr u64 alignment_check = u64{1} << 18;
    return by_user || !user || !(controls.cr4 & cr4::smap) || (rflags_value & alignment_check);
  }
};

// The guest-physical address of the page of 2^shift bytes that a leaf entry maps.
template <Format format>
constexpr u64 leaf_base(u64 entry, unsigned level, u64 offset_mask) {
  if (format.entry_size == 8) return entry & Address::mask & ~offset_mask;
  if (level == 0) return entry & 0xfffff000;
  return (entry & 0xffc00000) | (entry >> 13 & 0xff) << 32;  // PSE-36
}

template <Format format>
Translation walk(Vcpu& vcpu, const ControlRegisters& controls, u64 address, u32 access) {
  const Domain& domain = vcpu.domain();
  const bool no_execute = controls.efer & efer::nxe;
  const u32 error = access & (fault::write | fault::user | (no_execute ? fault::fetch : 0));
  constexpr u64 index_mask = (u64{1} << format.index_bits) - 1;
  Rights rights;
  u64 table = controls.cr3 & format.root_mask;
  for (unsigned level = format.levels; level-- > 0;) {
    const unsigned shift = page_shift + format.index_bits * level;
    const u64 index = address >> shift & (format.is_pointer(level) ? 3 : index_mask);
    const GuestPhysical place{table + index * format.entry_size};
    const u64 entry = read_entry<format>(domain, place, format.is_pointer(level) ? 0 : bits::accessed);
    if (!(entry & bits::present)) return {false, {}, error};
    if (!format.is_pointer(level)) rights.restrict_by(entry, no_execute);
    const bool may_be_large = level > 0 && !format.is_pointer(level) && level <= 2 && (format.levels > 2 || (controls.cr4 & cr4::pse));
    if (level > 0 && !(may_be_large && (entry & bits::large))) {
      table = entry & (format.entry_size == 4 ? 0xfffff000 : Address::mask);
      continue;
    }
    if (!rights.allow(access, controls, vcpu.arch().registers.rflags)) return {false, {}, error | fault::present};
    if ((access & fault::write) && !(entry & bits::dirty)) read_entry<format>(domain, place, bits::accessed | bits::dirty);
    const u64 offset_mask = (u64{1} << shift) - 1;
    return {true, GuestPhysical{leaf_base<format>(entry, level, offset_mask) | (address & offset_mask)}, 0};
  }
  return {false, {}, error};
}

}  // namespace

u32 access_privilege(Vcpu& vcpu) { return vcpu.arch().hardware->privilege() == 3 ? fault::user : 0; }

Translation translate(Vcpu& vcpu, GuestVirtual address, u32 access) {
  const ControlRegisters controls = vcpu.arch().hardware->controls();
  if (!(controls.cr0 & cr0::pg)) return {true, GuestPhysical{address.raw() & 0xffffffff}, 0};
  if (!(controls.efer & efer::lma))
    return controls.cr4 & cr4::pae ? walk<pae>(vcpu, controls, address.raw(), access)
                                   : walk<legacy>(vcpu, controls, address.raw(), access);
  if (controls.cr4 & cr4::la57) return walk<long_5>(vcpu, controls, address.raw(), access);
  if (is_canonical(address.raw())) return walk<long_4>(vcpu, controls, address.raw(), access);
  return {false, {}, access & (fault::write | fault::user | (controls.efer & efer::nxe ? fault::fetch : 0))};
}

namespace {
Result<FrameRef> ram_frame(Vcpu& vcpu, Gfn gfn) { return std::move(TRY(vcpu.domain().frame(gfn)).frame); }
}  // namespace

Result<void> read_physical(Vcpu& vcpu, GuestPhysical from, std::span<std::byte> to) {
  for (size_t done = 0; done < to.size();) {
    size_t piece = std::min<size_t>(to.size() - done, page_size - offset_in_page(from));
    Result<FrameRef> frame = ram_frame(vcpu, frame_of(from));
    if (!frame) return Failure{XEN_EFAULT};
    arch::FrameMapping page{frame->mfn()};
    std::memcpy(to.data() + done, page.bytes() + offset_in_page(from), piece);
    done += piece;
    from += piece;
  }
  return {};
}

Result<void> write_physical(Vcpu& vcpu, GuestPhysical to, std::span<const std::byte> from) {
  for (size_t done = 0; done < from.size();) {
    size_t piece = std::min<size_t>(from.size() - done, page_size - offset_in_page(to));
    Result<GuestFrame> found = vcpu.domain().frame(frame_of(to));
    if (!found || !is_guest_writable(found->type)) return Failure{XEN_EFAULT};
    arch::FrameMapping page{found->frame.mfn()};
    std::memcpy(page.bytes() + offset_in_page(to), from.data() + done, piece);
    done += piece;
    to += piece;
  }
  return {};
}

namespace {
// Code may also lie in a device's memory: firmware that the hardware domain calls.
Result<void> read_code(Vcpu& vcpu, GuestPhysical from, std::span<u8> to) {
  if (read_physical(vcpu, from, std::as_writable_bytes(to))) return {};
  P2mEntry entry = vcpu.domain().p2m().lookup(frame_of(from));
  if (entry.type != P2mType::mmio_direct) return Failure{XEN_EFAULT};
  arch::FrameMapping page{entry.mfn};
  std::memcpy(to.data(), page.bytes() + offset_in_page(from), to.size());
  return {};
}
}  // namespace

size_t fetch_instruction_bytes(Vcpu& vcpu, std::span<u8> to) {
  const arch::VcpuState& state = vcpu.arch();
  bool is_long = state.hardware->code_size() == CodeSize::bits64;
  u64 linear = is_long ? state.registers.rip : static_cast<u32>(state.hardware->segment(Segment::cs).base + state.registers.rip);
  size_t done = 0;
  while (done < to.size()) {
    GuestVirtual at{linear + done};
    size_t piece = std::min<size_t>(to.size() - done, page_size - offset_in_page(at));
    Translation place = translate(vcpu, at, fault::fetch | access_privilege(vcpu));
    if (!place.ok) break;
    if (read_code(vcpu, place.address, to.subspan(done, piece)).failed()) break;
    done += piece;
  }
  return done;
}

}  // namespace xenolith::hvm

namespace xenolith::arch {

// Hypercalls come from ring 0 (the dispatcher checks), so the rights are the supervisor's; Linux lifts SMAP around those that
// pass a process's buffers.
Result<void> read_guest(Vcpu& vcpu, std::span<std::byte> to, GuestVirtual from) {
  for (size_t done = 0; done < to.size();) {
    size_t piece = std::min<size_t>(to.size() - done, page_size - offset_in_page(from));
    hvm::Translation place = hvm::translate(vcpu, from, 0);
    if (!place.ok) return Failure{XEN_EFAULT};
    TRY(hvm::read_physical(vcpu, place.address, to.subspan(done, piece)));
    done += piece;
    from += piece;
  }
  return {};
}

Result<void> write_guest(Vcpu& vcpu, GuestVirtual to, std::span<const std::byte> from) {
  for (size_t done = 0; done < from.size();) {
    size_t piece = std::min<size_t>(from.size() - done, page_size - offset_in_page(to));
    hvm::Translation place = hvm::translate(vcpu, to, hvm::fault::write);
    if (!place.ok) return Failure{XEN_EFAULT};
    TRY(hvm::write_physical(vcpu, place.address, from.subspan(done, piece)));
    done += piece;
    to += piece;
  }
  return {};
}

}  // namespace xenolith::arch
