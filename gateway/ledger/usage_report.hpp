// The bill for people and for programs: a table with bars, CSV, JSON.
#pragma once

#include "gateway/ledger/ledger_store.hpp"

#include <span>
#include <string>

namespace nearfar::gateway {

struct usage_period {
  std::string from;  // 2026-11-01
  std::string to;    // 2026-11-22
};

// A line a group with a bar of its share, the sum below, and what routing has saved. `width` is the
// terminal's.
std::string usage_table(std::span<const usage_sum> sums, usage_group by, const usage_period& of,
                        unsigned width);
// With a head line; money in USD with nine decimals, so that nothing is lost.
std::string usage_csv(std::span<const usage_sum> sums, usage_group by);
// {"from":…,"to":…,"by":…,"groups":[…],"total":{…}}
std::string usage_json(std::span<const usage_sum> sums, usage_group by, const usage_period& of);

// US dollars for people, without their sign: cents, or as many digits as a small sum needs.
std::string money_text(nano_usd amount);

usage_sum total_of(std::span<const usage_sum> sums);

// "2026-11-22" to days since 1970, and back.
std::optional<std::int64_t> day_of(std::string_view date);
std::string date_of_day(std::int64_t day);

}  // namespace nearfar::gateway
