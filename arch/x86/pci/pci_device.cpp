// SPDX-License-Identifier: MIT
#include "arch/x86/pci/pci_device.hpp"

#include "arch/x86/pci/capability.hpp"

namespace xenolith::pci {
namespace {
constexpr u32 all_ones = ~u32{0};

bool inside(u16 dword, std::optional<u16> capability, u16 length) {
  return capability && dword >= *capability && dword < *capability + length;
}
}  // namespace

Result<Ref<PciDevice>> PciDevice::create(PciContext& context, Sbdf function, bool hidden) {
  if (!hidden && !is_present(context.config, function)) return Failure{XEN_ENODEV};
  auto device = Ref<PciDevice>::adopt(TRY(make<PciDevice>(context, function, hidden)).release());
  if (!hidden) TRY(device->state_.with([&](State& state) { return device->discover(state); }));
  return device;
}

Result<void> PciDevice::discover(State& state) {
  ConfigAccess& config = context_.config;
  layout_ = layout_of(config, function_);
  if (auto at = find_capability(config, function_, msi_capability)) state.msi = TRY(make<VirtualMsi>(context_, function_, *at));
  state.sriov = find_extended_capability(config, function_, sriov_capability);
  auto at = find_capability(config, function_, msix_capability);
  if (!at) return {};
  Result<Own<VirtualMsix>> msix = VirtualMsix::create(context_, *this, function_, *at, layout_);
  if (msix.failed()) {
    if (msix.error() != XEN_ENODEV) return Failure{msix.error()};
    state.unusable_msix = at;
    return {};
  }
  state.msix = msix.take();
  if (!(read_command() & command::memory_decode)) return {};
  TRY(state.msix->appear());
  state.msix->appeared();
  return {};
}

void PciDevice::retire() {
  state_.with([](State& state) {
    state.retired = true;
    state.msi.reset();
    state.msix.reset();
  });
}

u32 PciDevice::read_dword(State& state, u16 dword) {
  if (state.msi && state.msi->covers(dword)) return state.msi->read(dword);
  if (state.msix && state.msix->covers(dword)) return state.msix->read(dword);
  u32 value = context_.config.read(function_, dword, 4);
  // a null capability, which keeps its place in the chain
  if (inside(dword, state.unusable_msix, msix::length)) return dword == *state.unusable_msix ? value & 0xff00 : 0;
  if (inside(dword, state.sriov, sriov_length)) return dword == *state.sriov ? value & 0xffff0000 : 0;
  return value;
}

u32 PciDevice::read(u16 offset, unsigned size) {
  if (hidden_) return lanes(0, size);
  u16 dword = dword_of(offset);
  return state_.with([&](State& state) -> u32 {
    bool is_virtual = (state.msi && state.msi->covers(dword)) || (state.msix && state.msix->covers(dword)) ||
                      inside(dword, state.unusable_msix, msix::length) || inside(dword, state.sriov, sriov_length);
    // what is not virtual is read as the guest reads it: some registers act on being read
    if (state.retired || !is_virtual) return context_.config.read(function_, offset, size);
    return (read_dword(state, dword) >> (8 * (offset & 3))) & lanes(0, size);
  });
}

void PciDevice::write(u16 offset, unsigned size, u32 value) {
  if (hidden_) return;
  state_.with([&](State& state) {
    if (!state.retired) write_dword(state, offset, size, value & lanes(0, size));
  });
}

void PciDevice::write_dword(State& state, u16 offset, unsigned size, u32 value) {
  u16 dword = dword_of(offset);
  u32 touched = lanes(offset, size), shifted = value << (8 * (offset & 3));
  if (state.msi && state.msi->covers(dword)) state.msi->write(dword, touched, shifted);
  else if (state.msix && state.msix->covers(dword)) state.msix->write(dword, touched, shifted);
  else if (inside(dword, state.unusable_msix, msix::length) || inside(dword, state.sriov, sriov_length)) return;
  else if (state.msix && dword == command_register && offset < status_register) write_command(state, offset, size, value);
  else if (state.msix && state.msix->is_placed_by(dword)) write_bar(state, offset, size, value);
  else pass_write(offset, size, value);
}

// The table is trapped before the function shows it, and as long as it does.
void PciDevice::write_command(State& state, u16 offset, unsigned size, u32 value) {
  bool was = read_command() & command::memory_decode;
  u32 bit = command::memory_decode;  // in the low byte, which an access at offset 5 does not touch
  bool is = offset == command_register ? (value & bit) != 0 : was;
  if (is && !was && state.msix->appear().failed()) {
    log_warning("{:04x}:{:02x}:{:02x}.{}: MSI-X table cannot be trapped: memory decoding stays off", function_.segment(),
                function_.bus(), function_.device(), function_.function());
    value &= ~bit;
    is = false;
  }
  pass_write(offset, size, value);
  if (is && !was) state.msix->appeared();
  if (!is && was) state.msix->vanish();
}

// While the function decodes memory, its table must not move unseen: decoding is off meanwhile. All ones is how
// software finds the size of a register: it writes an address afterwards.
void PciDevice::write_bar(State& state, u16 offset, unsigned size, u32 value) {
  u16 before = read_command();
  if (!(before & command::memory_decode)) {
    pass_write(offset, size, value);
    return;
  }
  pass_write(command_register, 2, static_cast<u16>(before & ~command::memory_decode));
  pass_write(offset, size, value);
  state.msix->vanish();
  bool sizing = size == 4 && value == all_ones;
  if (!sizing && state.msix->appear().failed()) {
    log_warning("{:04x}:{:02x}:{:02x}.{}: MSI-X table cannot be trapped: memory decoding is off", function_.segment(),
                function_.bus(), function_.device(), function_.function());
    return;
  }
  pass_write(command_register, 2, before);
  if (!sizing) state.msix->appeared();
}

bool PciDevice::access_table(MachineAddress address, unsigned size, bool is_write, u64& value) {
  return state_.with([&](State& state) {
    if (!state.msix || !state.msix->contains(address)) return false;
    if (is_write) state.msix->write_table(address, size, value);
    else value = state.msix->read_table(address, size);
    return true;
  });
}

}  // namespace xenolith::pci
