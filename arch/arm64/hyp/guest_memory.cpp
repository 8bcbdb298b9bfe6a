// SPDX-License-Identifier: MIT
// Copying to and from the address space of a guest that makes a hypercall. The processor itself translates: the guest's EL1 registers
// and its guest-physical map are loaded (AT S1E1R, AT S12E1R and the like: ARM Architecture Reference Manual, "AT, Address Translate").
// The page that was accessed last stays referenced and mapped to the end of the exit: what a hypercall copies mostly lies in one.
#include <arch/guest_memory.hpp>
#include <arch/mapping.hpp>

#include <algorithm>
#include <cstring>

#include "arch/arm64/cpu/registers.hpp"
#include "arch/arm64/hyp/held_page.hpp"
#include "core/domain/domain.hpp"

namespace xenolith {
namespace {

enum class Stages : u8 { first, both };
constexpr u64 failed = 1, in_stage2 = bit(9);

// PAR_EL1 belongs to the guest.
template <Stages stages>
u64 translate(GuestVirtual address, bool write) {
  u64 kept = read_register(par_el1);
  if constexpr (stages == Stages::first) {
    if (write) asm volatile("at s1e1w, %0" ::"r"(address.raw()));
    else asm volatile("at s1e1r, %0" ::"r"(address.raw()));
  } else {
    if (write) asm volatile("at s12e1w, %0" ::"r"(address.raw()));
    else asm volatile("at s12e1r, %0" ::"r"(address.raw()));
  }
  synchronise_context();
  u64 result = read_register(par_el1);
  write_register(par_el1, kept);
  return result;
}

Result<GuestPhysical> find(GuestVirtual address, bool write) {
  constexpr unsigned most_attempts = 16;
  u64 result = 0;
  // The guest's tables may lie in memory whose mapping is being replaced: then the walk fails in stage 2, for a moment.
  for (unsigned attempt = 0; attempt < most_attempts; ++attempt) {
    result = translate<Stages::first>(address, write);
    if (!(result & failed)) return GuestPhysical{Bits<47, 12>::get(result) << page_shift | offset_in_page(address)};
    if (!(result & in_stage2)) break;
  }
  return Failure{XEN_EFAULT};
}

// The frame there, with a reference, by the tables' word: whatever the guest's map says.
Result<FrameRef> look_up(Vcpu& vcpu, GuestVirtual at, bool write) {
  GuestPhysical place = TRY(find(at, write));
  GuestFrame found = TRY(vcpu.domain().frame(frame_of(place)));
  if (write && !is_guest_writable(found.type)) return Failure{XEN_EFAULT};
  return std::move(found.frame);
}

// The same, where it is the domain's own: both stages' rights have been looked at by the processor, and memory that has left the map meanwhile
// is either still the domain's own, or no reference to it is to be had. Nothing is told of why there is none.
FrameRef own_frame(Vcpu& vcpu, GuestVirtual at, bool write) {
  u64 result = translate<Stages::both>(at, write);
  if (result & failed) return {};
  return FrameRef::get(Mfn{Bits<47, 12>::get(result)}, vcpu.domain().id());
}

[[gnu::noinline]] void find_window(HeldPage& held) {
  u64 cpu = arch::this_cpu().raw();
  held.window = reinterpret_cast<std::byte*>(layout::windows + (cpu * layout::windows_per_cpu + layout::windows_nested) * page_size);
  held.entry = mm::windows[cpu].entries + layout::windows_nested;
}

void map_held(HeldPage& held, FrameRef frame, GuestVirtual at, bool write) {
  if (!held.window) [[unlikely]] find_window(held);
  held.page = at.raw() >> page_shift;
  held.is_writable = write;
  *held.entry = arch::PageEntry::leaf(frame.mfn(), mm::Access::read_write, 0).raw();
  arch::note_entry_filled();
  held.frame = &frame.entry();
  frame.release();
}

// The page of `at`, in place of the one that is held; false if the guest may not access it so. What is read is mostly written later: it is
// asked for both.
[[gnu::noinline]] bool exchange_held(HeldPage& held, Vcpu& vcpu, GuestVirtual at, bool write) {
  release_held_page();
  FrameRef frame = own_frame(vcpu, at, true);
  if (frame) write = true;
  else if (!write) frame = own_frame(vcpu, at, false);
  if (!frame) {
    Result<FrameRef> found = look_up(vcpu, at, write);
    if (found.failed()) return false;
    frame = found.take();
  }
  map_held(held, std::move(frame), at, write);
  return true;
}

// Is there something, and all of it in one page?
bool is_in_one_page(GuestVirtual at, size_t size) { return size - 1 < page_size - offset_in_page(at); }

// Where the memory at `at` is mapped, to the end of its page; nullptr if the guest may not access it so.
[[gnu::always_inline]] inline std::byte* hold(Vcpu& vcpu, GuestVirtual at, bool write) {
  HeldPage& held = this_cpu_block().held;
  bool is_there = held.frame && held.page == at.raw() >> page_shift && (held.is_writable || !write);
  if (!is_there && !exchange_held(held, vcpu, at, write)) [[unlikely]] return nullptr;
  return held.window + offset_in_page(at);
}

// Calls piece(mapped, offset in the range, bytes) for each page's part of the range.
template <class Function>
[[gnu::noinline]] Result<void> for_each_page(Vcpu& vcpu, GuestVirtual at, size_t size, bool write, Function&& piece) {
  for (size_t done = 0; done < size;) {
    size_t count = std::min<size_t>(size - done, page_size - offset_in_page(at));
    std::byte* mapped = hold(vcpu, at, write);
    if (!mapped) return Failure{XEN_EFAULT};
    piece(mapped, done, count);
    done += count;
    at += count;
  }
  return {};
}

}  // namespace

void unmap_held_page(HeldPage& held) {
  *held.entry = 0;
  arch::forget_page(HostVirtual{reinterpret_cast<u64>(held.window)});
  std::exchange(held.frame, nullptr)->put();
}

Result<void> arch::read_guest(Vcpu& vcpu, std::span<std::byte> to, GuestVirtual from) {
  if (is_in_one_page(from, to.size())) [[likely]] {
    const std::byte* mapped = hold(vcpu, from, false);
    if (!mapped) return Failure{XEN_EFAULT};
    std::memcpy(to.data(), mapped, to.size());
    return {};
  }
  return for_each_page(vcpu, from, to.size(), false,
                       [&](const std::byte* mapped, size_t done, size_t count) { std::memcpy(to.data() + done, mapped, count); });
}

Result<void> arch::write_guest(Vcpu& vcpu, GuestVirtual to, std::span<const std::byte> from) {
  if (is_in_one_page(to, from.size())) [[likely]] {
    std::byte* mapped = hold(vcpu, to, true);
    if (!mapped) return Failure{XEN_EFAULT};
    std::memcpy(mapped, from.data(), from.size());
    return {};
  }
  return for_each_page(vcpu, to, from.size(), true,
                       [&](std::byte* mapped, size_t done, size_t count) { std::memcpy(mapped, from.data() + done, count); });
}

Result<GuestPhysical> arch::translate_guest(Vcpu&, GuestVirtual address) { return find(address, true); }

}  // namespace xenolith
