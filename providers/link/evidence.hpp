// What a failed call says of the link, as far as it says anything.
#pragma once

#include "providers/link/link_state.hpp"
#include "routes/error.hpp"

#include <optional>

namespace nearfar::providers {

// nullopt: the failure is the server's, the query's or ours. Sockets that we cut ourselves because their
// link went down are no evidence: the kernel has said it already.
std::optional<evidence> evidence_of(const routes::error& e);

}  // namespace nearfar::providers
