// The bill over HTTP: what was used, which accounts are how full, and forgetting a key.
#pragma once

#include "gateway/answer_elsewhere.hpp"
#include "gateway/simple_answer.hpp"

#include <string_view>

namespace nearfar::gateway {

// GET /admin/usage?by=&from=&to=&key=&as= reads, DELETE /admin/usage?key= forgets: the ledger's thread
// answers, so that no core waits for a disk. `done` is called exactly once, from there, or at once with a
// refusal.
void answer_usage(core& on, std::string_view method, std::string_view query, answer_sink done);

// GET /admin/limits: the accounts of all limits, keys' budgets and rates. Money in thousand-millionths of a
// USD, like all amounts in what its limit counts. Parameters are refused: there are none.
simple_answer answer_limits(const core& on, std::string_view query);

}  // namespace nearfar::gateway
