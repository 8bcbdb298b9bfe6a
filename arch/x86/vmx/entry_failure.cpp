// SPDX-License-Identifier: MIT
#include "arch/x86/vmx/entry_failure.hpp"

#include <iterator>

#include "arch/x86/vmx/exit_decode.hpp"

namespace xenolith::vmx {
namespace {

constexpr const char* unknown = "not a documented reason";

constexpr const char* instruction_errors[] = {
    unknown,
    "VMCALL in VMX root operation",
    "VMCLEAR with an address that no VMCS can have",
    "VMCLEAR of the VMXON region",
    "VMLAUNCH of a VMCS that is not clear",
    "VMRESUME of a VMCS that was not launched",
    "VMRESUME after VMXOFF",
    "the control fields are invalid",
    "the host-state fields are invalid",
    "VMPTRLD with an address that no VMCS can have",
    "VMPTRLD of the VMXON region",
    "VMPTRLD of a VMCS with another revision",
    "a field that the processor does not have",
    "VMWRITE of a read-only field",
    unknown,
    "VMXON in VMX root operation",
    "the executive-VMCS pointer is invalid",
    "the executive VMCS was not launched",
    "the executive-VMCS pointer is not the VMXON region",
    "VMCALL with a VMCS that is not clear",
    "VMCALL with invalid exit controls",
    unknown,
    "VMCALL with an incorrect MSEG revision",
    "VMXOFF while SMIs are treated by a monitor",
    "VMCALL with invalid SMM features",
    "the execution controls of the executive VMCS are invalid",
    "events are blocked by MOV SS",
    unknown,
    "an invalid operand for INVEPT or INVVPID",
};

constexpr const char* guest_state_reasons[] = {
    "the guest's state is invalid",
    unknown,
    "the page-directory pointers are invalid",
    "an NMI cannot be injected while events are blocked by STI",
    "the VMCS link pointer is invalid",
};

}  // namespace

const char* instruction_error(u32 number) {
  return number < std::size(instruction_errors) ? instruction_errors[number] : unknown;
}

const char* entry_failure(u32 reason, u64 qualification) {
  switch (static_cast<BasicReason>(ReasonField::Basic::get(reason))) {
    case BasicReason::invalid_guest_state:
      return qualification < std::size(guest_state_reasons) ? guest_state_reasons[qualification] : guest_state_reasons[0];
    case BasicReason::msr_loading: return "an MSR of the entry's list cannot be loaded";
    case BasicReason::machine_check_on_entry: return "a machine check during the entry";
    default: return unknown;
  }
}

}  // namespace xenolith::vmx
