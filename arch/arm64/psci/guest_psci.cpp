// SPDX-License-Identifier: MIT
#include "arch/arm64/psci/guest_psci.hpp"

#include <span>

#include "core/base/bits.hpp"

namespace xenolith::psci {
namespace {

constexpr u64 affinity_fields = 0xff'00ff'ffff;

// A call, its arguments cut to the width that the function has.
struct Call {
  u32 function;
  u64 first, second, third;
};

u64 result(Status status) { return static_cast<u64>(static_cast<i64>(status)); }

u64 get_version(GuestPort&, const Call&) { return version_word(1, 1); }

u64 start(GuestPort& port, const Call& call) {
  if ((call.first & ~affinity_fields) != 0) return result(Status::invalid_parameters);
  if ((call.second & 3) != 0) return result(Status::invalid_address);  // no instruction of AArch64
  return result(port.start_vcpu(call.first, call.second, call.third));
}

u64 stop(GuestPort& port, const Call&) { return result(port.stop_this()); }

// Every state is one that loses nothing: the vCPU goes on behind the call.
u64 suspend(GuestPort& port, const Call&) {
  port.suspend();
  return result(Status::success);
}

// Only the lowest level: a vCPU. Source: DEN0022, "AFFINITY_INFO": from version 1.0 on, higher levels need not be supported.
u64 query(GuestPort& port, const Call& call) {
  if (call.second != 0 || (call.first & ~affinity_fields) != 0) return result(Status::invalid_parameters);
  switch (port.power_of(call.first)) {
    case GuestPort::Power::on: return 0;
    case GuestPort::Power::off: return 1;
    case GuestPort::Power::pending: return 2;
    case GuestPort::Power::none: break;
  }
  return result(Status::invalid_parameters);
}

u64 tell_migration(GuestPort&, const Call&) {
  constexpr u64 not_needed = 2;  // there is no trusted OS that would live on one CPU
  return not_needed;
}

u64 power_off(GuestPort& port, const Call&) {
  port.power_off();
  return result(Status::internal_failure);  // seen only should it fail
}
u64 restart(GuestPort& port, const Call&) {
  port.restart();
  return result(Status::internal_failure);
}

// Architectural resets only. Source: DEN0022, "SYSTEM_RESET2": bit 31 marks a vendor's.
u64 restart2(GuestPort& port, const Call& call) {
  if (call.first != 0) return result(Status::invalid_parameters);
  return restart(port, call);
}

u64 tell_features(GuestPort& port, const Call& call);

u64 get_smccc_version(GuestPort&, const Call&) { return version_word(1, 1); }
u64 tell_smccc_features(GuestPort&, const Call& call) {
  bool is_there = call.first == function::smccc_version || call.first == function::smccc_features;
  return result(is_there ? Status::success : Status::not_supported);
}

struct Row {
  u32 function;
  bool has_wide;  // a variant with arguments of 64 bits
  u64 (*perform)(GuestPort&, const Call&);
};
constexpr Row rows[] = {
    {function::version, false, get_version},
    {function::cpu_suspend, true, suspend},
    {function::cpu_off, false, stop},
    {function::cpu_on, true, start},
    {function::affinity_info, true, query},
    {function::migrate_info_type, false, tell_migration},
    {function::system_off, false, power_off},
    {function::system_reset, false, restart},
    {function::features, false, tell_features},
    {function::system_reset2, true, restart2},
    {function::smccc_version, false, get_smccc_version},
    {function::smccc_features, false, tell_smccc_features},
};

const Row* find(u32 number) {
  for (const Row& row : rows)
    if (row.function == number || (row.has_wide && (row.function | function::wide) == number)) return &row;
  return nullptr;
}

// No function here has optional features. Source: DEN0022, "PSCI_FEATURES".
u64 tell_features(GuestPort&, const Call& call) {
  auto number = static_cast<u32>(call.first);
  bool is_there = find(number) && number != function::smccc_features;
  return is_there ? 0 : result(Status::not_supported);
}

// Functions 0 to 31 of the standard services, in both widths, are PSCI's.
bool is_psci_range(u32 number) { return (number & ~(function::wide | 0x1f)) == function::version; }

}  // namespace

bool handle(GuestPort& port, std::array<u64, 31>& x) {
  auto number = static_cast<u32>(x[0]);
  const Row* row = find(number);
  if (!row && !is_psci_range(number)) return false;
  u64 mask = number & function::wide ? ~u64{0} : 0xffff'ffff;
  x[0] = row ? row->perform(port, {number, x[1] & mask, x[2] & mask, x[3] & mask}) : result(Status::not_supported);
  return true;
}

}  // namespace xenolith::psci
