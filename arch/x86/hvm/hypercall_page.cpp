// SPDX-License-Identifier: MIT
#include <arch/domain_state.hpp>

#include <cstring>

#include "arch/x86/hvm/msr.hpp"
#include "core/domain/domain.hpp"

namespace xenolith::hvm {
namespace {

constexpr unsigned stub_size = 32;
constexpr unsigned stubs = page_size / stub_size;

// mov $number, %eax; the vendor's instruction; ret
void write_stub(std::byte* stub, u32 number) {
  constexpr std::byte move{0xb8}, ret{0xc3};
  std::span<const u8> call = vendor()->hypercall_instruction();
  stub[0] = move;
  std::memcpy(stub + 1, &number, sizeof number);
  std::memcpy(stub + 5, call.data(), call.size());
  stub[5 + call.size()] = ret;
}

// HYPERVISOR_iret has no meaning outside PV guests.
void write_undefined(std::byte* stub) {
  stub[0] = std::byte{0x0f};
  stub[1] = std::byte{0x0b};
}

}  // namespace

Result<void> write_hypercall_page(Domain& domain, u64 gfn) {
  FrameRef frame = TRY(domain.own_writable_frame(Gfn{gfn}));
  arch::FrameMapping page{frame.mfn()};
  constexpr int breakpoint = 0xcc;
  std::memset(page.bytes(), breakpoint, page_size);
  for (u32 number = 0; number < stubs; ++number) {
    std::byte* stub = page.bytes() + number * stub_size;
    if (number == __HYPERVISOR_iret) write_undefined(stub);
    else write_stub(stub, number);
  }
  return {};
}

}  // namespace xenolith::hvm
