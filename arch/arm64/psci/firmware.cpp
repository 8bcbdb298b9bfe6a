// SPDX-License-Identifier: MIT
#include "arch/arm64/psci/firmware.hpp"

namespace xenolith::psci {
namespace {

constexpr u32 first_with_features = version_word(1, 0), first_standard = version_word(0, 2);

}  // namespace

Firmware::Firmware(Conduit& conduit, const Description& description) : conduit_{&conduit}, description_{description} {
  version_ = description.is_standard ? static_cast<u32>(conduit.call(function::version, 0, 0, 0)) : version_word(0, 1);
}

Result<void> result_of(u64 value) {
  switch (static_cast<Status>(static_cast<i32>(value))) {
    case Status::success: return {};
    case Status::not_supported: return Failure{XEN_ENOSYS};
    case Status::invalid_parameters:
    case Status::invalid_address:
    case Status::not_present: return Failure{XEN_EINVAL};
    case Status::denied:
    case Status::disabled: return Failure{XEN_EPERM};
    case Status::already_on:
    case Status::on_pending: return Failure{XEN_EEXIST};
    default: return Failure{XEN_EIO};
  }
}

bool Firmware::has(u32 function) const {
  if (!conduit_ || version_ < first_with_features) return false;
  return static_cast<i32>(conduit_->call(function::features, function, 0, 0)) >= 0;
}

Result<void> Firmware::cpu_on(u64 affinity, u64 entry, u64 context) const {
  if (!conduit_) return Failure{XEN_ENOSYS};
  u32 number = description_.is_standard ? function::cpu_on | function::wide : description_.cpu_on;
  if (number == 0) return Failure{XEN_ENOSYS};
  return result_of(conduit_->call(number, affinity, entry, context));
}

void Firmware::system_off() const {
  if (conduit_ && version_ >= first_standard) conduit_->call(function::system_off, 0, 0, 0);
}
void Firmware::system_reset() const {
  if (conduit_ && version_ >= first_standard) conduit_->call(function::system_reset, 0, 0, 0);
}
void Firmware::cpu_off() const {
  if (conduit_ && version_ >= first_standard) conduit_->call(function::cpu_off, 0, 0, 0);
}

}  // namespace xenolith::psci
