// What `order` sorts by. The formula and its constants are explained in docs/routing.md.
#pragma once

#include "config/model.hpp"
#include "routes/policy.hpp"
#include "routes/query.hpp"
#include "routes/target_state.hpp"

namespace nearfar::routes {

// Answer tokens expected where the client did not say.
inline constexpr double expected_output_tokens = 500;
// USD per million tokens: what a free target is taken to cost in `balanced`, so that nothing is
// multiplied by zero and a free but endlessly slow target can still lose.
inline constexpr double floor_price = 0.05;
// USD per million tokens: `balanced` takes an unknown price for a dear one.
inline constexpr double unknown_price_input = 5;
inline constexpr double unknown_price_output = 25;

// Smaller is better. Never NaN. Unknown price or quality sorts last under `price` and `quality`;
// unmeasured times are those of the tier's prior.
double order_key(config::order_by by, const target& t, const target_snapshot& known, const query& asked);

// Milliseconds until the whole answer is there, stretched by failures.
double expected_time(const target& t, const target_snapshot& known, const query& asked);
// USD for the query.
double expected_cost(const target& t, const query& asked);

}  // namespace nearfar::routes
