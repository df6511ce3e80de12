// What the policy's `limits` say of one query: which of them bear on it, and whom a full one takes away. How
// much is left in an account is not known here.
#pragma once

#include "routes/facts.hpp"
#include "routes/policy.hpp"
#include "routes/query.hpp"

#include <cstddef>
#include <cstdint>

namespace nearfar::routes {

// Bounds of one policy, checked by compile.
inline constexpr std::size_t max_limits = 64;

// Limits that are no rows of the policy.
inline constexpr std::uint16_t key_budget_limit = 0xfffe;
inline constexpr std::uint16_t key_rate_limit = 0xfffd;
inline constexpr std::uint16_t query_cost_limit = 0xfffc;  // what the client lets this query cost
inline constexpr std::uint16_t unpriced_limit = 0xfffb;  // there is a budget, and no price to hold against it

// Whether what is short is money.
bool is_of_cost(const policy& rules, std::uint16_t index);

std::size_t limit_count(const policy& rules);
const config::limit& limit_at(const policy& rules, std::uint16_t index);

// Whether it counts and holds this query; what is unknown counts.
bool limit_bears(const policy& rules, std::uint16_t index, const query& asked, const facts& now_true);

// Whether the target is left out where the limit has no room for the query there. Where it is not, it goes on
// over the limit, and is counted.
bool limit_takes(const policy& rules, std::uint16_t index, target_index target);

}  // namespace nearfar::routes
