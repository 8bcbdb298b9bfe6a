// SPDX-License-Identifier: MIT
#include "arch/x86/pci/config_ports.hpp"

namespace xenolith::pci {
namespace {
constexpr u16 address_port = 0xcf8;
constexpr u16 data_port = 0xcfc;
using Enable = Bits<31>;
using Bus = Bits<23, 16>;
using Devfn = Bits<15, 8>;
using Register = Bits<7, 2>;
}  // namespace

void ConfigPorts::access(u16 port, unsigned size, bool is_write, u32& value) {
  if (port == address_port && size == 4) {
    if (is_write) address_.store(value, std::memory_order_relaxed);
    else value = address_.load(std::memory_order_relaxed);
    return;
  }
  u32 address = address_.load(std::memory_order_relaxed);
  if (port < data_port || !Enable::get(address)) {
    if (!is_write) value = lanes(0, size);
    return;
  }
  Sbdf function{0, static_cast<u8>(Bus::get(address)), static_cast<u8>(Devfn::get(address))};
  u16 offset = static_cast<u16>(Register::get(address) * 4 + (port & 3));
  if (is_write) pci_.write(function, offset, size, value);
  else value = pci_.read(function, offset, size) & lanes(0, size);
}

}  // namespace xenolith::pci
