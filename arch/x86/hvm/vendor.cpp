// SPDX-License-Identifier: MIT
#include "arch/x86/hvm/vendor.hpp"

#include "arch/x86/hvm/exit_counts.hpp"
#include "arch/x86/hvm/guest_tsc.hpp"
#include "arch/x86/svm/svm.hpp"
#include "arch/x86/vmx/vmx.hpp"
#include "core/base/log.hpp"

namespace xenolith::hvm {
namespace {
constinit Vendor* found = nullptr;
constinit arch::NestedFormat format;
}  // namespace

Vendor* vendor() { return found; }

Result<void> detect_vendor() {
  for (auto* detect : {svm::detect, vmx::detect}) {
    found = detect();
    if (!found) continue;
    format = found->nested_format();
    register_exit_counts_key();
    register_tsc_key();
    return {};
  }
  log_error("HVM: this processor has no virtualisation that Xenolith can use (AMD SVM with nested paging, or Intel VMX with "
            "EPT and unrestricted guest)");
  return Failure{XEN_ENODEV};
}

}  // namespace xenolith::hvm

namespace xenolith::arch {
const NestedFormat& nested_format() { return hvm::format; }
}  // namespace xenolith::arch
