// GET /api/v1/generation: one query, made of its rows of the ledger.
#pragma once

#include "gateway/ledger/ledger_row.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace nearfar::gateway {

// X-Generation-Id of a query: "gen-", the Unix second it came in, and what its x-nearfar-id has behind the
// dash.
std::string generation_id(std::string_view query, std::int64_t created);
// The x-nearfar-id in a generation's id; that itself, too. Empty: neither.
std::string query_of_generation(std::string_view id);

// `rows`: all attempts of the query, at least one, in their order. `id` as it was asked for.
std::string generation_json(std::string_view id, std::span<const ledger_row> rows);

}  // namespace nearfar::gateway
