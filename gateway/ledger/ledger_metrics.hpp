// How the ledger does, for /metrics and /readyz.
#pragma once

#include "gateway/ledger/ledger.hpp"

#include <string>

namespace nearfar::gateway {

// Prometheus text exposition 0.0.4.
std::string ledger_metrics(const ledger_health& of);
// One line; empty: all is well.
std::string ledger_warning(const ledger_health& of);

}  // namespace nearfar::gateway
