// SPDX-License-Identifier: MIT
#include "core/control/domain_control.hpp"

#include "core/domain/parts.hpp"

namespace xenolith {

Result<Own<DomainControl>> create_domain_control(Domain& domain) { return make<DomainControl>(domain); }

}  // namespace xenolith
