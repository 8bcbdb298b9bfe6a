// SPDX-License-Identifier: MIT
#include "core/device_tree/uart.hpp"

namespace xenolith {

namespace {

// How the registers lie where the tree does not say.
struct UartModel {
  std::string_view compatible;
  UartKind kind;
  u32 register_shift, register_width;
};

// A node is the first of these that it is compatible with.
constexpr UartModel models[] = {
    {"arm,pl011", UartKind::pl011, 0, 4},
    {"arm,sbsa-uart", UartKind::sbsa, 0, 4},
    {"snps,dw-apb-uart", UartKind::dw8250, 0, 1},
    {"ti,omap4-uart", UartKind::omap, 2, 4},
    {"ti,omap3-uart", UartKind::omap, 2, 4},
    {"ti,omap2-uart", UartKind::omap, 2, 4},
    {"ti,am654-uart", UartKind::omap, 2, 4},
    {"ti,dra742-uart", UartKind::omap, 2, 4},
    {"nvidia,tegra20-uart", UartKind::ns16550, 2, 4},
    {"mediatek,mt6577-uart", UartKind::ns16550, 2, 4},
    {"brcm,bcm2835-aux-uart", UartKind::ns16550, 2, 4},
    {"ns16550a", UartKind::ns16550, 0, 1},
    {"ns16550", UartKind::ns16550, 0, 1},
    {"ns16750", UartKind::ns16550, 0, 1},
    {"ns16850", UartKind::ns16550, 0, 1},
    {"samsung,exynos4210-uart", UartKind::exynos4210, 0, 4},
    {"cdns,uart-r1p8", UartKind::cadence, 0, 4},
    {"cdns,uart-r1p12", UartKind::cadence, 0, 4},
    {"xlnx,xuartps", UartKind::cadence, 0, 4},
    {"renesas,scif", UartKind::scif, 0, 2},
    {"fsl,ls1021a-lpuart", UartKind::lpuart, 0, 4},
    {"fsl,imx8qxp-lpuart", UartKind::lpuart, 0, 4},
    {"fsl,imx21-uart", UartKind::imx, 0, 4},
    {"fsl,imx6q-uart", UartKind::imx, 0, 4},
    {"amlogic,meson-uart", UartKind::meson, 0, 4},
    {"marvell,armada-3700-uart", UartKind::mvebu, 0, 4},
    {"qcom,msm-uartdm", UartKind::msm, 0, 4},
};

const UartModel* model_of(DeviceTreeNode node) {
  for (const UartModel& model : models)
    if (node.is_compatible(model.compatible)) return &model;
  return nullptr;
}

u32 number_or(DeviceTreeNode node, std::string_view name, u32 otherwise) {
  return node.property(name).cell(0).value_or(otherwise);
}

std::optional<GicInterrupt> interrupt_or_none(DeviceTreeNode node) {
  Result<InterruptSpecifier> specifier = interrupt_of(node, 0);
  if (specifier.failed()) return std::nullopt;
  Result<GicInterrupt> interrupt = gic_interrupt(*specifier);
  return interrupt ? std::optional{*interrupt} : std::nullopt;
}

}  // namespace

Result<HostUart> describe_uart(DeviceTreeNode node) {
  const UartModel* model = model_of(node);
  if (!model) return Failure{XEN_EOPNOTSUPP};
  HostUart uart{.kind = model->kind, .node = node, .registers = TRY(registers_of(node, 0)), .interrupt = interrupt_or_none(node)};
  uart.register_shift = number_or(node, "reg-shift", model->register_shift);
  uart.register_width = number_or(node, "reg-io-width", model->register_width);
  uart.clock_frequency = number_or(node, "clock-frequency", 0);
  uart.speed = number_or(node, "current-speed", 0);
  if (uart.register_shift > 4) return Failure{XEN_EINVAL};
  if (uart.register_width != 1 && uart.register_width != 2 && uart.register_width != 4) return Failure{XEN_EINVAL};
  return uart;
}

}  // namespace xenolith
