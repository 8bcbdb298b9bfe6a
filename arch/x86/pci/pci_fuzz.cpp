// SPDX-License-Identifier: MIT
// Random accesses of a hardware domain to a function with MSI and MSI-X. Whatever it does: the device can send only
// messages that the hypervisor chose, the table is trapped wherever the device shows it, and no vector is leaked.
#include <cstdlib>
#include <vector>

#include <arch/fake.hpp>

#include "arch/x86/pci/test_domain.hpp"

namespace {
using namespace xenolith;
using pci::fake::Function;

constexpr pci::Sbdf device{0, 0, 0x18};

void require(bool condition) {
  if (!condition) std::abort();
}

void check(pci::fake::TestBed& bed, Function& f) {
  if (f.msi_enabled()) require(bed.is_host_message(f.msi_message()));
  for (unsigned i = 0; i < f.pending.size(); ++i)
    if (f.msix_live(i)) require(bed.is_host_message(f.msix_message(i)));
  u64 table = f.bar() + Function::table_offset;
  if (bed.pci->count() && f.decodes() && f.bar() >= 0x80000000 && table < 0xfff00000 && !bed.guest.is_trapped(table)) {
    // only a write of all ones, which sizes the register, leaves the table untrapped for a moment
    require((f.get(pci::first_bar_register) | 0xf) == ((~u32(Function::bar_size - 1)) | 0xf) ||
            f.get(pci::first_bar_register + 4) == ~u32{0});
  }
}

class Input {
 public:
  Input(const u8* data, size_t size) : data_{data}, size_{size} {}
  bool more() const { return at_ < size_; }
  u32 take(unsigned bytes) {
    u32 value = 0;
    for (unsigned i = 0; i < bytes; ++i) value |= u32{at_ < size_ ? data_[at_++] : u8{0}} << (8 * i);
    return value;
  }

 private:
  const u8* data_;
  size_t size_, at_ = 0;
};

void step(pci::fake::TestBed& bed, Function& f, Input& in) {
  unsigned size = 1u << in.take(1) % 4;
  u8 choice = static_cast<u8>(in.take(1));
  u64 table = f.bar() + Function::table_offset;
  if (choice >= 230) xenolith::fake::fail_allocation(choice % 4);
  u8 place = static_cast<u8>(in.take(1));
  u32 value = in.take(4);
  switch (choice % 10) {
    case 0: bed.write(device, place, size, value); break;
    case 1: bed.write(device, static_cast<u16>(Function::msi_at + place % 24), size, value); break;
    case 2: bed.write(device, Function::msix_at + 2, 2, value << 8 & 0xffff); break;
    case 3: bed.write(device, pci::command_register, 2, value & 0xffff); break;
    case 4: bed.store(table + place % 128, value, size); break;
    case 5: bed.load(table + place % 128, size); break;
    case 6: f.raise_msix(place % 8); bed.run(); break;
    case 7: f.raise_msi(*bed.machine); bed.run(); break;
    case 8: bed.machine->reap(); break;
    case 9:
      if (place % 8 == 0) f.reset();
      else if (place % 8 == 1) static_cast<void>(bed.pci->remove(device).failed());
      break;
  }
}
}  // namespace

// Decoding on, both kinds of interrupts enabled, an entry unmasked and moved.
extern "C" void xenolith_fuzz_seeds(std::vector<std::vector<u8>>& seeds) {
  seeds.push_back({2, 3, 0,  2,    0, 0,    0,     // memory decoding
                   2, 2, 0,  0x80, 0, 0,    0,     // MSI-X enable
                   2, 4, 0,  0,    0x10, 0xe0, 0xfe,  // address of entry 0
                   2, 4, 12, 0,    0, 0,    0,     // its mask
                   2, 6, 0,  0,    0, 0,    0,     // interrupt
                   2, 4, 0,  0,    0x20, 0xe0, 0xfe,
                   2, 1, 4,  0,    0x10, 0xe0, 0xfe,  // address of the MSI
                   1, 1, 2,  1,    0, 0,    0,     // MSI enable
                   2, 7, 0,  0,    0, 0,    0});
}

extern "C" int LLVMFuzzerTestOneInput(const u8* data, size_t size) {
  pci::fake::TestBed bed;
  Function& f = bed.bus[device].with_msi().with_msix();
  bed.start();
  require(bool(bed.pci->enumerate()));
  Input in{data, size};
  while (in.more()) {
    step(bed, f, in);
    xenolith::fake::fail_allocation(-1);
    check(bed, f);
  }
  bed.pci.reset();
  bed.machine->run();
  require(bed.vectors_in_use() == 0 && bed.guest.trapped.empty() && !f.msi_enabled());
  return 0;
}
