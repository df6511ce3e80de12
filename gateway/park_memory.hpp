// Parks that outlive the process: a provider that asked to be left alone is left alone by the next run, too.
#pragma once

#include "gateway/deployment.hpp"

namespace nearfar::gateway {

struct shared_state;

// As they are now; the ledger's thread writes them. After a 401, 402, 403 or 429.
void keep_parks(shared_state& of, const deployment& now);

// Once, before the first query; waits for the file. A park of a 429 counts until its moment, one of a refused
// key or a spent credit while policy, address and key are what they were.
void recall_parks(shared_state& of, const deployment& now);

}  // namespace nearfar::gateway
