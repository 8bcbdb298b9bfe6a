// SPDX-License-Identifier: MIT
// A guest of two vCPUs that writes whatever it likes into its local APICs and its IO-APIC, with records from anywhere.
#include <cstdlib>
#include <cstring>

#include "arch/x86/vapic/fakes.hpp"
#include "arch/x86/vapic/io_apic.hpp"
#include "arch/x86/vapic/msi.hpp"

namespace xenolith::vapic {
namespace {

struct IdlePort final : IoApicPort {
  void entry_changed(Gsi, RedirectionEntry) override {}
  void end_of_interrupt(Gsi) override {}
};

class Input {
 public:
  Input(const u8* data, size_t size) : data_{data}, size_{size} {}
  bool empty() const { return size_ == 0; }
  template <class T>
  T take() {
    T value{};
    size_t n = std::min(sizeof value, size_);
    if (n != 0) std::memcpy(&value, data_, n);
    data_ += n;
    size_ -= n;
    return value;
  }

 private:
  const u8* data_;
  size_t size_;
};

void check(bool condition) {
  if (!condition) std::abort();
}

void check_invariants(LocalApic& apic) {
  apic.service();
  if (apic.mmio_enabled()) {
    check((apic.read_mmio(0x200, 4) & 0xffff) == 0);
    check((apic.read_mmio(0x100, 4) & 0xffff) == 0);
    check(apic.read_mmio(0xa0, 4) >> 4 >= apic.cr8());
    check(apic.read_mmio(0x390, 4) <= apic.read_mmio(0x380, 4));
  }
  if (auto vector = apic.highest_pending()) {
    check(apic.has_pending() && vector->raw() >> 4 > apic.priority_class());
    if (vector->raw() & 1) apic.acknowledge(*vector);
  }
}

void import_records(LocalApic& apic, Input& input) {
  hvm_hw_lapic state;
  hvm_hw_lapic_regs registers;
  apic.export_state(state, registers);
  for (unsigned i = 0; i < 8; ++i) registers.data[input.take<u16>() % sizeof registers.data] = input.take<u8>();
  state.apic_base_msr ^= u64{1} << input.take<u8>() % 64;
  state.tdt_msr = input.take<u64>();
  static_cast<void>(apic.import_state(state, registers));
}

void step(FakeDomain& domain, IoApic& io_apic, Input& input) {
  u8 action = input.take<u8>();
  LocalApic& apic = domain.apic(action >> 7);
  switch (action & 0xf) {
    case 0: apic.read_mmio(input.take<u16>(), input.take<u8>()); break;
    case 1: apic.write_mmio(input.take<u16>(), input.take<u8>(), input.take<u32>()); break;
    case 2: apic.write_mmio(input.take<u8>() % 0x40 * 16u, 4, input.take<u32>()); break;
    case 3: {
      u64 value;
      static_cast<void>(apic.read_msr(0x800 + input.take<u8>(), value));
      break;
    }
    case 4: static_cast<void>(apic.write_msr(0x800 + input.take<u8>(), input.take<u64>())); break;
    case 5: static_cast<void>(apic.write_msr(0x800 + input.take<u8>() % 0x40, input.take<u16>())); break;
    case 6: static_cast<void>(apic.write_msr(LocalApic::msr_base, 0xfee0'0000 | input.take<u8>() << 8)); break;
    case 7: static_cast<void>(apic.write_msr(LocalApic::msr_tsc_deadline, input.take<u64>())); break;
    case 8: io_apic.write_mmio(input.take<u8>(), input.take<u8>(), input.take<u32>()); break;
    case 9:
      io_apic.write_mmio(0, 4, input.take<u8>());
      io_apic.write_mmio(0x10, 4, input.take<u32>());
      io_apic.read_mmio(0x10, 4);
      break;
    case 10: io_apic.assert_line(Gsi{input.take<u8>()}); break;
    case 11: io_apic.deassert_line(Gsi{input.take<u8>()}); break;
    case 12: {
      u64 address = 0xfee0'0000 | input.take<u32>() % (1 << 20);
      static_cast<void>(deliver_msi(domain.bus, address, input.take<u32>()));
      break;
    }
    case 13: domain.advance(nanoseconds(input.take<u16>() * 16)); break;
    case 14: import_records(apic, input); break;
    default: apic.end_of_interrupt(); break;
  }
  check_invariants(apic);
}

}  // namespace
}  // namespace xenolith::vapic

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace xenolith;
  using namespace xenolith::vapic;
  FakeDomain domain{2};
  domain.enable_all();
  IdlePort port;
  auto io_apic = IoApic::create(
      {.address = GuestPhysical{0xfec0'0000}, .first = Gsi{0}, .pins = 48, .id = 0, .version = 0x20}, domain.bus, port);
  if (io_apic.failed()) std::abort();
  for (unsigned i = 0; i < 2; ++i)
    domain.port(i).on_broadcast = [&](Vector vector) { (*io_apic)->end_of_interrupt(vector); };
  Input input{data, size};
  while (!input.empty()) step(domain, **io_apic, input);
  return 0;
}

void xenolith_fuzz_seeds(std::vector<std::vector<std::uint8_t>>& seeds) {
  seeds.push_back({0x02, 0x32, 0xef, 0x00, 0x02, 0x00, 0x02, 0x38, 0x10, 0x27, 0x00, 0x00, 0x0d, 0xff, 0xff});
  seeds.push_back({0x09, 0x20, 0x41, 0x80, 0x00, 0x00, 0x0a, 0x08, 0x0f, 0x0b, 0x08, 0x0f});
  seeds.push_back({0x06, 0x0d, 0x04, 0x30, 0x45, 0x40, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x05, 0x3f, 0x77, 0x00});
}
