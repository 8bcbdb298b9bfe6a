// SPDX-License-Identifier: MIT
// What must be known of the machine's interrupt controller before it can be used.
#pragma once

#include <array>
#include <span>

#include "arch/arm64/gic/intid.hpp"

namespace xenolith::gic {

struct Range {
  MachineAddress first;
  u64 size = 0;
  constexpr explicit operator bool() const { return size != 0; }
};

// A frame whose doorbell register turns messages of devices into SPIs. Source: Arm Server Base System Architecture (DEN0029),
// "GICv2m Architecture".
struct MessageFrame {
  Range registers;
  u32 first_spi = 0;  // INTID; 0: as the frame's MSI_TYPER says
  u32 spi_count = 0;
};

struct Description {
  static constexpr unsigned most_regions = 16, most_frames = 8;

  Version version = Version::v2;
  Range distributor;
  // GICv2, and GICv3 that offers GICv2 to guests
  Range cpu_interface;          // GICC
  Range hypervisor_interface;   // GICH
  Range virtual_cpu_interface;  // GICV: mapped to guests in place of GICC
  // GICv3
  std::array<Range, most_regions> redistributors{};
  unsigned redistributor_regions = 0;
  u64 redistributor_stride = 0;  // 0: as GICR_TYPER says
  Range translation_service;     // the first ITS, if any

  std::array<MessageFrame, most_frames> message_frames{};
  unsigned message_frame_count = 0;

  Intid maintenance = ppi(9);

  std::span<const Range> redistributor_span() const { return {redistributors.data(), redistributor_regions}; }
};

}  // namespace xenolith::gic
