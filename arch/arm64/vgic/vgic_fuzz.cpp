// SPDX-License-Identifier: MIT
// A guest that accesses all registers and takes interrupts: nothing but its own state may suffer.
#include <cstring>

#include "arch/arm64/vgic/fakes.hpp"

namespace xenolith::vgic {
namespace {

struct Step {
  u8 kind;
  u8 vcpu;
  u8 size;
  u8 flags;
  u32 offset;
  u64 value;
};

void perform(FakeDomain& domain, const Step& step) {
  unsigned vcpu = step.vcpu % 3;
  unsigned size = step.size % 10;
  switch (step.kind % 9) {
    case 0: static_cast<void>(domain.distributor->read_distributor(vcpu, step.offset % 0x1'0000, size)); break;
    case 1: domain.distributor->write_distributor(vcpu, step.offset % 0x1'0000, size, step.value); break;
    case 2: static_cast<void>(domain.distributor->read_redistributor(vcpu, step.offset % 0x2'0000, size)); break;
    case 3: domain.distributor->write_redistributor(vcpu, step.offset % 0x2'0000, size, step.value); break;
    case 4: domain.distributor->write_sgi1r(vcpu, step.value); break;
    case 5: domain.distributor->raise(Intid{step.offset % 1100}); break;
    case 6: domain.distributor->set_line(Intid{step.offset % 1100}, step.flags & 1); break;
    case 7: domain.cpu(vcpu).raise_lpi(Intid{step.offset % 20000}); break;
    default:
      domain.enter(vcpu);
      if (u32 intid = domain.guest(vcpu).take(); intid != 1023 && (step.flags & 1)) domain.guest(vcpu).end(intid);
      if (step.flags & 2) domain.guest(vcpu).end(step.offset % 1024);
      if (step.flags & 4) {
        domain.leave_quietly(vcpu);
        break;
      }
      domain.leave(vcpu);
      static_cast<void>(domain.cpu(vcpu).has_deliverable());
  }
}

}  // namespace
}  // namespace xenolith::vgic

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, size_t size) {
  using namespace xenolith;
  if (size < 1) return 0;
  vgic::FakeDomain domain{data[0] & 1 ? vgic::Version::v2 : vgic::Version::v3, 3, 1u + (data[0] >> 4) % 4u, 64,
                          (data[0] & 3) == 2};
  static_cast<void>(domain.distributor->link_hardware(gic::Intid{40}));
  for (size_t at = 1; at + sizeof(vgic::Step) <= size; at += sizeof(vgic::Step)) {
    vgic::Step step;
    std::memcpy(&step, data + at, sizeof step);
    vgic::perform(domain, step);
  }
  return 0;
}
