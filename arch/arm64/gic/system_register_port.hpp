// SPDX-License-Identifier: MIT
// The GICv3 registers of a CPU that are reached by MRS and MSR. Source: Arm IHI 0069, "AArch64 System register descriptions".
#pragma once

#include "core/base/types.hpp"

namespace xenolith::gic {

enum class SystemRegister : u8 {
  icc_sre_el2, icc_sre_el1, icc_pmr, icc_bpr1, icc_ctlr, icc_igrpen1, icc_iar1, icc_eoir1, icc_dir, icc_sgi1r,
  ich_hcr, ich_vtr, ich_vmcr, ich_misr,
  ich_ap0r0, ich_ap0r1, ich_ap0r2, ich_ap0r3,
  ich_ap1r0, ich_ap1r1, ich_ap1r2, ich_ap1r3,
  ich_lr0,  // to ich_lr0 + 15
  end = ich_lr0 + 16,
};
constexpr SystemRegister operator+(SystemRegister first, unsigned n) {
  return static_cast<SystemRegister>(static_cast<unsigned>(first) + n);
}

class SystemRegisterPort {
 public:
  virtual u64 read(SystemRegister number) = 0;
  virtual void write(SystemRegister number, u64 value) = 0;
  // What has been written is in force for what follows.
  virtual void synchronize() = 0;

 protected:
  ~SystemRegisterPort() = default;
};

}  // namespace xenolith::gic
