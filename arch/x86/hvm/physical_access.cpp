// SPDX-License-Identifier: MIT
#include "arch/x86/hvm/physical_access.hpp"

#include <arch/domain_state.hpp>

#include <algorithm>
#include <cstring>

#include "arch/x86/hvm/hardware_map.hpp"
#include "arch/x86/pci/virtual_pci.hpp"
#include "core/domain/domain.hpp"

namespace xenolith::hvm {
namespace {

constexpr u64 all_ones(unsigned size) { return ~u64{0} >> (64 - 8 * size); }

// Devices see accesses of 1, 2, 4 or 8 bytes: the largest that fits.
unsigned piece_size(unsigned remaining) { return std::bit_floor(remaining); }

// ---- the local APIC and the IO-APICs: registers of 32 bits
Attempt<u64> read_registers(auto&& read, u64 offset, unsigned size) {
  if (size <= 4) return u64{read(offset, size)};
  u64 low = read(offset, 4);
  return u64{read(offset + 4, 4)} << 32 | low;
}
Outcome write_registers(auto&& write, u64 offset, unsigned size, u64 value) {
  write(offset, std::min(size, 4u), static_cast<u32>(value));
  if (size > 4) write(offset + 4, 4, static_cast<u32>(value >> 32));
  return Outcome::done();
}

bool is_local_apic(Vcpu& vcpu, GuestPhysical address) {
  return frame_of(address) == frame_of(vapic::LocalApic::mmio_base) && vcpu.arch().apic.mmio_enabled();
}

// ---- virtual devices; nothing where there is none
std::optional<Attempt<u64>> read_device(Vcpu& vcpu, GuestPhysical address, unsigned size) {
  arch::DomainState& domain = vcpu.domain().arch();
  if (is_local_apic(vcpu, address)) {
    auto read = [&](u64 offset, unsigned width) { return vcpu.arch().apic.read_mmio(static_cast<u32>(offset), width); };
    return read_registers(read, offset_in_page(address), size);
  }
  if (vapic::IoApic* io_apic = domain.io_apics().find(address)) {
    auto read = [&](u64 offset, unsigned width) { return io_apic->read_mmio(offset, width); };
    return read_registers(read, offset_in_page(address), size);
  }
  if (MmioHandler* handler = domain.mmio.find(address)) return handler->read(vcpu, address, size);
  return std::nullopt;
}

std::optional<Outcome> write_device(Vcpu& vcpu, GuestPhysical address, unsigned size, u64 value) {
  arch::DomainState& domain = vcpu.domain().arch();
  if (is_local_apic(vcpu, address)) {
    auto write = [&](u64 offset, unsigned width, u32 word) {
      vcpu.arch().apic.write_mmio(static_cast<u32>(offset), width, word);
    };
    return write_registers(write, offset_in_page(address), size, value);
  }
  if (vapic::IoApic* io_apic = domain.io_apics().find(address)) {
    auto write = [&](u64 offset, unsigned width, u32 word) { io_apic->write_mmio(offset, width, word); };
    return write_registers(write, offset_in_page(address), size, value);
  }
  if (MmioHandler* handler = domain.mmio.find(address)) return handler->write(vcpu, address, size, value);
  return std::nullopt;
}

// ---- memory: one access where the size has one, so that other vCPUs and devices see no halves
u64 load(const std::byte* from, unsigned size) {
  switch (size) {
    case 1: return *reinterpret_cast<const volatile u8*>(from);
    case 2: return *reinterpret_cast<const volatile u16*>(from);
    case 4: return *reinterpret_cast<const volatile u32*>(from);
    default: return *reinterpret_cast<const volatile u64*>(from);
  }
}
void store(std::byte* to, unsigned size, u64 value) {
  switch (size) {
    case 1: *reinterpret_cast<volatile u8*>(to) = static_cast<u8>(value); break;
    case 2: *reinterpret_cast<volatile u16*>(to) = static_cast<u16>(value); break;
    case 4: *reinterpret_cast<volatile u32*>(to) = static_cast<u32>(value); break;
    default: *reinterpret_cast<volatile u64*>(to) = value; break;
  }
}
template <class T>
u64 exchange(std::byte* at, u64 expected, u64 desired) {
  T old = static_cast<T>(expected);
  __atomic_compare_exchange_n(reinterpret_cast<T*>(at), &old, static_cast<T>(desired), false, __ATOMIC_SEQ_CST,
                              __ATOMIC_SEQ_CST);
  return old;
}
u64 exchange(std::byte* at, unsigned size, u64 expected, u64 desired) {
  switch (size) {
    case 1: return exchange<u8>(at, expected, desired);
    case 2: return exchange<u16>(at, expected, desired);
    case 4: return exchange<u32>(at, expected, desired);
    default: return exchange<u64>(at, expected, desired);
  }
}

// The frame at an address; `frame` keeps it there while it is RAM. Device registers that are mapped directly need no
// reference.
struct Memory {
  FrameRef frame;
  Mfn mfn = invalid_mfn;
  P2mType type = P2mType::none;
};
Memory find_memory(Vcpu& vcpu, GuestPhysical address) {
  Gfn gfn = frame_of(address);
  P2mEntry entry = vcpu.domain().p2m().lookup(gfn);
  if (entry.type == P2mType::mmio_direct) return {{}, entry.mfn, entry.type};
  Result<GuestFrame> found = vcpu.domain().frame(gfn);
  if (!found) return {};
  Mfn mfn = found->frame.mfn();
  P2mType type = found->type;
  return {std::move(found->frame), mfn, type};
}

// Configuration space and trapped pages of devices in the hardware domain.
bool access_pci(Vcpu& vcpu, GuestPhysical address, unsigned size, bool is_write, u64& value) {
  pci::VirtualPci* pci = vcpu.domain().is_hardware() ? hardware_pci() : nullptr;
  return pci && pci->memory_access(address, size, is_write, value);
}

void note(Vcpu& vcpu, const char* what, GuestPhysical address) {
  log_guest(LogLevel::debug, "d{}v{}: {}, guest-physical {:#x}, rip {:#x}", vcpu.domain().id(), vcpu.id(), what,
            address.raw(), vcpu.arch().registers.rip);
}

Attempt<u64> read_piece(Vcpu& vcpu, GuestPhysical address, unsigned size) {
  if (std::optional<Attempt<u64>> answer = read_device(vcpu, address, size)) return *answer;
  Memory memory = find_memory(vcpu, address);
  if (memory.type == P2mType::none) {
    u64 value = all_ones(size);
    if (!access_pci(vcpu, address, size, false, value)) note(vcpu, "read where there is nothing", address);
    return value;
  }
  arch::FrameMapping page{memory.mfn};
  return load(page.bytes() + offset_in_page(address), size);
}

Outcome write_piece(Vcpu& vcpu, GuestPhysical address, unsigned size, u64 value) {
  if (std::optional<Outcome> answer = write_device(vcpu, address, size, value)) return *answer;
  Memory memory = find_memory(vcpu, address);
  if (memory.type == P2mType::grant_read_only) return Outcome::raise(exception::general_protection, 0);
  if (memory.type == P2mType::none) {
    if (!access_pci(vcpu, address, size, true, value)) note(vcpu, "write where there is nothing", address);
    return Outcome::done();
  }
  if (!is_guest_writable(memory.type)) {
    note(vcpu, "write to read-only memory", address);
    return Outcome::done();
  }
  arch::FrameMapping page{memory.mfn};
  store(page.bytes() + offset_in_page(address), size, value);
  return Outcome::done();
}

}  // namespace

bool is_virtual_device(Vcpu& vcpu, GuestPhysical address) {
  arch::DomainState& domain = vcpu.domain().arch();
  return is_local_apic(vcpu, address) || domain.io_apics().find(address) || domain.mmio.find(address);
}

Attempt<u64> read_physical_access(Vcpu& vcpu, GuestPhysical address, unsigned size) {
  u64 value = 0;
  for (unsigned done = 0; done < size;) {
    unsigned piece = piece_size(size - done);
    value |= (PERFORM(read_piece(vcpu, address + done, piece)) & all_ones(piece)) << (8 * done);
    done += piece;
  }
  return value;
}

Outcome write_physical_access(Vcpu& vcpu, GuestPhysical address, unsigned size, u64 value) {
  for (unsigned done = 0; done < size;) {
    unsigned piece = piece_size(size - done);
    PERFORM(write_piece(vcpu, address + done, piece, value >> (8 * done) & all_ones(piece)));
    done += piece;
  }
  return Outcome::done();
}

Attempt<u64> compare_exchange_physical(Vcpu& vcpu, GuestPhysical address, unsigned size, u64 expected, u64 desired) {
  Memory memory = is_virtual_device(vcpu, address) ? Memory{} : find_memory(vcpu, address);
  if (!is_guest_writable(memory.type) || memory.type == P2mType::mmio_direct) {
    PERFORM(write_physical_access(vcpu, address, size, desired));
    return expected;
  }
  arch::FrameMapping page{memory.mfn};
  return exchange(page.bytes() + offset_in_page(address), size, expected, desired);
}

}  // namespace xenolith::hvm
