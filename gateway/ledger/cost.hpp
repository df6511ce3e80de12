// What an attempt cost, from list prices and used tokens.
#pragma once

#include "config/token_prices.hpp"
#include "gateway/ledger/money.hpp"
#include "providers/dialects/usage.hpp"

#include <cstdint>
#include <optional>

namespace nearfar::gateway {

// Cached and written tokens are part of `input`, reasoning is part of `output` (usage.hpp): each token is
// counted once, at its own price; a price per request is added where anything was used. Nullopt where a price
// that is needed is not known; nothing used costs 0.
std::optional<nano_usd> cost_of(const config::token_prices& prices, const providers::usage& used);

// The most that an answer can cost: nothing cached, `output` tokens of answer, and the price per request.
std::optional<nano_usd> most_of(const config::token_prices& prices, std::uint64_t input,
                                std::uint64_t output);

}  // namespace nearfar::gateway
