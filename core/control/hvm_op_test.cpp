// SPDX-License-Identifier: MIT
#include "core/control/hvm_op.hpp"

#include "core/control/test_caller.hpp"

namespace xenolith {
namespace {

class HvmOp : public test::ControlTest {
 protected:
  i64 set(Vcpu& caller, domid_t domain, u32 index, u64 value) {
    xen_hvm_param_t request{.domid = domain, .pad = 0, .index = index, .value = value};
    return test::hypercall_by(caller, __HYPERVISOR_hvm_op, repeats, HVMOP_set_param, &request);
  }
  i64 get(Vcpu& caller, domid_t domain, u32 index, u64& value) {
    xen_hvm_param_t request{.domid = domain, .pad = 0, .index = index, .value = 0};
    i64 result = test::hypercall_by(caller, __HYPERVISOR_hvm_op, repeats, HVMOP_get_param, &request);
    value = request.value;
    return result;
  }
  i64 set_by_guest(u32 index, u64 value) { return set(guest.vcpu(), DOMID_SELF, index, value); }
  i64 set_by_tools(u32 index, u64 value) { return set(dom0.vcpu(), 7, index, value); }
};

TEST_F(HvmOp, ToolsSetWhatGuestsRead) {
  u64 value;
  EXPECT_EQ(set_by_guest(HVM_PARAM_STORE_PFN, 5), -XEN_EPERM);
  EXPECT_EQ(set_by_tools(HVM_PARAM_STORE_PFN, 5), 0);
  EXPECT_EQ(get(guest.vcpu(), DOMID_SELF, HVM_PARAM_STORE_PFN, value), 0);
  EXPECT_EQ(value, 5u);
  EXPECT_EQ(get(guest.vcpu(), DOMID_SELF, HVM_PARAM_IDENT_PT, value), -XEN_EPERM);
  EXPECT_EQ(get(dom0.vcpu(), 7, HVM_PARAM_IDENT_PT, value), 0);
  EXPECT_EQ(set_by_guest(HVM_PARAM_STORE_EVTCHN, 3), 0);
}

TEST_F(HvmOp, NobodySetsAnothersWithoutPower) {
  u64 value;
  EXPECT_EQ(set(guest.vcpu(), 0, HVM_PARAM_STORE_EVTCHN, 1), -XEN_EPERM);
  EXPECT_EQ(get(guest.vcpu(), 0, HVM_PARAM_STORE_EVTCHN, value), -XEN_EPERM);
  EXPECT_EQ(set(dom0.vcpu(), 99, HVM_PARAM_STORE_EVTCHN, 1), -XEN_ESRCH);
  EXPECT_EQ(set_by_tools(HVM_NR_PARAMS, 1), -XEN_EINVAL);
  EXPECT_EQ(set_by_tools(HVM_PARAM_PAE_ENABLED, 1), -XEN_EINVAL);
  EXPECT_EQ(set_by_tools(3, 1), -XEN_EINVAL);
}

TEST_F(HvmOp, ValuesAreChecked) {
  EXPECT_EQ(set_by_tools(HVM_PARAM_TIMER_MODE, 4), -XEN_EINVAL);
  EXPECT_EQ(set_by_tools(HVM_PARAM_TIMER_MODE, 3), 0);
  EXPECT_EQ(set_by_tools(HVM_PARAM_TRIPLE_FAULT_REASON, SHUTDOWN_MAX + 1), -XEN_EINVAL);
  EXPECT_EQ(set_by_tools(HVM_PARAM_ACPI_S_STATE, 1), -XEN_EINVAL);
  EXPECT_EQ(set_by_tools(HVM_PARAM_VIRIDIAN, 1), -XEN_EINVAL);
  EXPECT_EQ(set_by_tools(HVM_PARAM_IOREQ_SERVER_PFN, 9), 0);
  EXPECT_EQ(set_by_tools(HVM_PARAM_IOREQ_SERVER_PFN, 9), 0);
  EXPECT_EQ(set_by_tools(HVM_PARAM_IOREQ_SERVER_PFN, 10), -XEN_EEXIST);
}

TEST_F(HvmOp, CallbackGoesToTheMachine) {
  u64 via = u64{HVM_PARAM_CALLBACK_TYPE_VECTOR} << 56 | 0xf3;
  EXPECT_EQ(set_by_guest(HVM_PARAM_CALLBACK_IRQ, via), 0);
  EXPECT_EQ(fake::control_record().event_callback, via);
  EXPECT_EQ(set_by_guest(HVM_PARAM_CALLBACK_IRQ, ~u64{0}), -XEN_EINVAL);
  EXPECT_EQ(guest->hvm_params[HVM_PARAM_CALLBACK_IRQ], via);
}

// The fake machine's rows: one that answers with its argument.
TEST_F(HvmOp, RowsOfTheArchitecture) {
  EXPECT_EQ(guest_call(__HYPERVISOR_hvm_op, HVMOP_set_evtchn_upcall_vector, u64{5}), 5);
}

TEST_F(HvmOp, TheRest) {
  EXPECT_EQ(guest_call(__HYPERVISOR_hvm_op, HVMOP_flush_tlbs, 1), -XEN_EINVAL);
  EXPECT_EQ(guest_call(__HYPERVISOR_hvm_op, HVMOP_flush_tlbs, nullptr), 0);
  EXPECT_EQ(fake::control_record().tlb_flushes, 1u);
  fake::set_time(SystemTime{321});
  xen_hvm_get_time_t time{};
  EXPECT_EQ(guest_call(__HYPERVISOR_hvm_op, HVMOP_get_time, &time), 0);
  EXPECT_EQ(time.now, 321u);
  fake::set_time(SystemTime{});
  guest.populate(Gfn{2});
  xen_hvm_get_mem_type_t type{.domid = DOMID_SELF, .mem_type = 99, .pad = {}, .pfn = 2};
  EXPECT_EQ(guest_call(__HYPERVISOR_hvm_op, HVMOP_get_mem_type, &type), 0);
  EXPECT_EQ(type.mem_type, HVMMEM_ram_rw);
  type.pfn = 3;
  EXPECT_EQ(guest_call(__HYPERVISOR_hvm_op, HVMOP_get_mem_type, &type), 0);
  EXPECT_EQ(type.mem_type, HVMMEM_mmio_dm);
  EXPECT_EQ(guest_call(__HYPERVISOR_hvm_op, HVMOP_altp2m, nullptr), -XEN_EOPNOTSUPP);
  EXPECT_EQ(guest_call(__HYPERVISOR_hvm_op, 77, nullptr), -XEN_ENOSYS);
}

}  // namespace
}  // namespace xenolith
