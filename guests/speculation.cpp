// SPDX-License-Identifier: MIT
// The registers against leaks by speculation: those that CPUID shows work and belong to the vCPU, the others are not there.
#include "guests/framework/test.hpp"

namespace xenolith::guest {
namespace {

constexpr u32 spec_ctrl = 0x48, pred_cmd = 0x49, arch_capabilities = 0x10a, flush_cmd = 0x10b;
constexpr u64 ibrs = 1, ssbd = 4;

// What is shown, of either vendor's bits.
struct Shown {
  bool ibrs, ssbd, ibpb, flush, capabilities, any;
};

Shown shown() {
  u32 intel = cpuid(0).eax >= 7 ? cpuid(7).edx : 0;
  u32 amd = cpuid(0x80000000).eax >= 0x80000008 ? cpuid(0x80000008).ebx : 0;
  Shown found{.ibrs = (intel >> 26 & 1) || (amd >> 14 & 1),
              .ssbd = (intel >> 31 & 1) || (amd >> 24 & 1),
              .ibpb = (intel >> 26 & 1) || (amd >> 12 & 1),
              .flush = (intel >> 28 & 1) != 0,
              .capabilities = (intel >> 29 & 1) != 0,
              .any = false};
  found.any = found.ibrs || found.ssbd;
  return found;
}

bool read_faults(u32 msr) {
  auto got = catch_trap([=] { read_msr(msr); });
  return got && got->frame.vector == exception::protection;
}
bool write_faults(u32 msr, u64 value) {
  auto got = catch_trap([=] { write_msr(msr, value); });
  return got && got->frame.vector == exception::protection;
}

// A register that is not shown is not there.
void absent(std::string_view name, u32 msr, bool is_shown) {
  Check check{name};
  if (is_shown) return check.skip("CPUID shows it");
  check.expect(read_faults(msr), "reading does not fault");
  check.expect(write_faults(msr, 1), "writing does not fault");
}

void holds_value(const Shown& is) {
  Check check{"spec_ctrl_holds"};
  if (!is.ibrs) return check.skip("no IBRS");
  check.equal(read_msr(spec_ctrl), u64{0}, "first value");
  write_msr(spec_ctrl, ibrs);
  for (unsigned i = 0; i < 20; ++i) {
    version_op(XENVER_version, nullptr);  // the hypervisor has a value of its own
    check.equal(read_msr(spec_ctrl), ibrs, "value after a hypercall");
  }
  if (is.ssbd) {
    write_msr(spec_ctrl, ssbd);
    check.equal(read_msr(spec_ctrl), ssbd, "value with SSBD");
  }
  write_msr(spec_ctrl, 0);
  check.equal(read_msr(spec_ctrl), u64{0}, "last value");
}

void refuses_reserved(const Shown& is) {
  Check check{"spec_ctrl_reserved"};
  if (!is.any) return check.skip("no SPEC_CTRL");
  check.expect(write_faults(spec_ctrl, u64{1} << 40), "bit 40 can be set");
  check.expect(write_faults(spec_ctrl, u64{1} << 20), "bit 20 can be set");
  if (!is.ssbd) check.expect(write_faults(spec_ctrl, ssbd), "SSBD can be set");
}

std::atomic<u64> second_value{~u64{0}};

void belongs_to_vcpu(const Shown& is) {
  Check check{"spec_ctrl_of_each_vcpu"};
  if (!is.ibrs || cpu_count() < 2) return check.skip("no IBRS, or one vCPU");
  write_msr(spec_ctrl, ibrs);
  bool started = start_cpu(1, [] { second_value = read_msr(spec_ctrl); });
  if (!check.expect(started, "vCPU 1 does not start")) return;
  check.expect(wait_for(patience, [] { return second_value.load() != ~u64{0}; }), "vCPU 1 does not answer");
  check.equal(second_value.load(), u64{0}, "value of vCPU 1");
  check.equal(read_msr(spec_ctrl), ibrs, "value of vCPU 0");
  write_msr(spec_ctrl, 0);
}

void takes_command(std::string_view name, u32 msr, bool is_shown) {
  Check check{name};
  if (!is_shown) return check.skip("CPUID does not show it");
  check.expect(read_faults(msr), "it can be read");
  check.expect(!write_faults(msr, 1), "the command faults");
  check.expect(!write_faults(msr, 0), "0 faults");
  check.expect(write_faults(msr, u64{1} << 20), "bit 20 can be set");
}

void tells_capabilities(const Shown& is) {
  Check check{"arch_capabilities"};
  if (!is.capabilities) return check.skip("CPUID does not show it");
  check.expect(!read_faults(arch_capabilities), "it cannot be read");
  check.expect(write_faults(arch_capabilities, 0), "it can be written");
}

}  // namespace

void test_main() {
  Shown is = shown();
  note("IBRS {}, SSBD {}, IBPB {}, L1D_FLUSH {}, ARCH_CAPABILITIES {}", is.ibrs, is.ssbd, is.ibpb, is.flush, is.capabilities);
  absent("no_spec_ctrl", spec_ctrl, is.any);
  absent("no_pred_cmd", pred_cmd, is.ibpb);
  absent("no_flush_cmd", flush_cmd, is.flush);
  absent("no_arch_capabilities", arch_capabilities, is.capabilities);
  holds_value(is);
  refuses_reserved(is);
  belongs_to_vcpu(is);
  takes_command("pred_cmd", pred_cmd, is.ibpb);
  takes_command("flush_cmd", flush_cmd, is.flush);
  tells_capabilities(is);
}

}  // namespace xenolith::guest
