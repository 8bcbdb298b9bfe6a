// SPDX-License-Identifier: MIT
#include <arch/fake.hpp>

#include <string_view>
#include <vector>

#include "core/boot/command_line.hpp"
#include "core/boot/options.hpp"

namespace xenolith {
namespace {
constexpr std::string_view words[] = {"a", "bc"};
Result<void> take(std::string_view list) {
  return parse_option_list(list, [](std::string_view name, std::string_view, bool) -> Result<void> {
    if (name == "x") return Failure{XEN_EINVAL};
    return {};
  });
}
constinit BoolOption flag{"flag", "", false, OptionTime::runtime};
constinit IntegerOption number{"num", "", 1, -5, 100};
constinit SizeOption size{"size", "", {1, false}, SizeOption::Percent::allowed};
constinit EnumOption choice{"enum", "", words, 0};
constinit StringOption text{"text", ""};
constinit CustomOption list{"list", "", "", take};
XENOLITH_REGISTER_OPTION(flag);
XENOLITH_REGISTER_OPTION(number);
XENOLITH_REGISTER_OPTION(size);
XENOLITH_REGISTER_OPTION(choice);
XENOLITH_REGISTER_OPTION(text);
XENOLITH_REGISTER_OPTION(list);
}  // namespace
}  // namespace xenolith

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t length) {
  using namespace xenolith;
  std::vector<char> line(data, data + length);
  parse_command_line({line.data(), line.size()});
  (void)set_runtime_option("flag", {line.data(), line.size()});
  if (number.value() < -5 || number.value() > 100 || choice.value() > 1) __builtin_trap();
  if (size.value().is_percent && size.value().amount > 100) __builtin_trap();
  fake::clear_log();
  return 0;
}

void xenolith_fuzz_seeds(std::vector<std::vector<std::uint8_t>>& seeds) {
  for (std::string_view line : {"flag no-flag flag=off num=0x12 size=12M enum=bc text=\"a b\" list=a,no-b,c=1 -- dom0",
                                "size=50% num=-5 num=99999999999999999999 unknown=1 no-list"})
    seeds.emplace_back(line.begin(), line.end());
}
