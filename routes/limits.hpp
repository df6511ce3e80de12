// What the policy's `limits` say of one query: which of them bear on it, and whom a full one takes away. How
// much is left in an account is not known here.
#pragma once

#include "routes/facts.hpp"
#include "routes/policy.hpp"
#include "routes/query.hpp"

#include "routes/target_state.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

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

// Whose account a query to that name is of, where a limit is by model: the name, or `*` for all that only a
// glob stands for, so that a made-up name is no new account.
std::string_view model_owner(const policy& rules, std::string_view asked);

// Whether the target is left out where the limit has no room for the query there. Where it is not, it goes on
// over the limit, and is counted.
bool limit_takes(const policy& rules, std::uint16_t index, target_index target);

// Nothing that costs nothing is ever too dear: it fits a limit of cost that has no room left.
bool is_free(const target& t);
// Whether it is known what a query costs there.
bool is_priced(const target& t);

// "daily-spend", or the words below for those that are no rows; empty: no limit.
std::string_view limit_name(const policy& rules, std::uint16_t index);
// By the name of a row.
std::optional<std::uint16_t> find_limit(const policy& rules, std::string_view name);

// Words for the limits that are no rows of a policy, as records keep them.
std::string_view special_limit_word(std::uint16_t index);
std::optional<std::uint16_t> special_limit(std::string_view word);

// "5 USD per day for each key", "60 requests per minute", "4 requests at once".
std::string extent_of(const config::limit& of);

// What targets that limits alone keep out are short of, worst first: money does not come back by waiting a
// moment.
enum class shortage : std::uint8_t { money, turn, price };
shortage shortage_of(const policy& rules, std::uint16_t index);

// Writes `over_limit` where the rows in `reached` (rising indices) or an unknown price keep a target out and
// nothing else did before. Allocates nothing.
void keep_out(const policy& rules, const query& asked, const facts& now_true,
              std::span<const std::uint16_t> reached, std::span<target_snapshot> targets);

}  // namespace nearfar::routes
