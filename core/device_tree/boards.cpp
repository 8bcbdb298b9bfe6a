// SPDX-License-Identifier: MIT
#include "core/device_tree/boards.hpp"

namespace xenolith {

namespace {

// Dom0 would stop the hypervisor with them: watchdogs that nobody serves, timers in use.
constexpr std::string_view sunxi_hidden[] = {"allwinner,sun6i-a31-wdt", "allwinner,sun4i-a10-wdt"};

constexpr BoardFacts boards[] = {
    {.compatible = "apm,xgene-storm", .hidden = {}, .gic_interface_is_spread = true},
    {.compatible = "allwinner,sun6i-a31", .hidden = sunxi_hidden},
    {.compatible = "allwinner,sun7i-a20", .hidden = sunxi_hidden},
};
constexpr BoardFacts no_board{};

constexpr std::string_view pass_on[] = {
    "fsl,imx6q-gpc",         "fsl,imx7d-gpc",       "fsl,imx8mq-gpc",      "mediatek,mt6577-sysirq", "nvidia,tegra20-ictlr",
    "nvidia,tegra30-ictlr",  "nvidia,tegra210-ictlr", "samsung,exynos4210-pmu", "samsung,exynos5250-pmu",
    "ti,omap4-wugen-mpu",    "ti,omap5-wugen-mpu",
};

}  // namespace

const BoardFacts& board_facts(const DeviceTree& tree) {
  for (const BoardFacts& board : boards)
    if (tree.root().is_compatible(board.compatible)) return board;
  return no_board;
}

bool passes_interrupts_on(DeviceTreeNode controller) {
  for (std::string_view name : pass_on)
    if (controller.is_compatible(name)) return true;
  return false;
}

}  // namespace xenolith
