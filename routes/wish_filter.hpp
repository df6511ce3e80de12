// What a client's wishes take away, and where they put what is left. Private to routes/.
#pragma once

#include "routes/client_wishes.hpp"
#include "routes/evaluate.hpp"

namespace nearfar::routes {

// The wish that the target fails; kept if none. Only for queries with wishes.
drop_reason against_wishes(const evaluation_input& in, target_index t);

// Bits of the order in which evaluate sorts, highest first: put last by hand, the client's `order`, slower
// than the client likes, demoted by the rule, the client's model, the rule's rank.
inline constexpr std::uint32_t put_last_bit = 1U << 31;
inline constexpr unsigned order_shift = 24;
inline constexpr std::uint32_t slow_bit = 1U << 23;
inline constexpr std::uint32_t demoted_bit = 1U << 22;
inline constexpr unsigned model_shift = 16;
// Within one of these groups a conversation's last target goes first, and not past them.
inline constexpr std::uint32_t wished_order = (0x7fU << order_shift) | (0x3fU << model_shift);

// The client's bits of a target that is kept.
std::uint32_t wished_group(const evaluation_input& in, target_index t);

}  // namespace nearfar::routes
