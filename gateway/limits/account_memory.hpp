// What accounts of limits know of the time before this run, or before a limit was written.
#pragma once

#include "gateway/deployment.hpp"
#include "gateway/keys/key_ring.hpp"

#include <memory>

namespace nearfar::gateway {

struct shared_state;

// Once, before the first query: accounts as the ledger's file has them. Waits for the file. Where it cannot
// be read the gateway begins at nothing spent, which the log and /readyz say.
void recall_accounts(shared_state& of);

// At the start and after each reload: a limit that was not there before begins with what the ledger says was
// spent in its window before now. One with a `when` begins at nothing: which of the old queries it would have
// held is not on record. Returns at once; the ledger's thread does it.
void adopt_limits(shared_state& of, const std::shared_ptr<const deployment>& now);

// The same for the budgets of keys, at the start and whenever the keys have changed.
void adopt_key_budgets(shared_state& of, const std::shared_ptr<const key_ring>& now);

}  // namespace nearfar::gateway
