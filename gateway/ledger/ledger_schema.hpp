// The ledger's tables, and how an older file becomes the newest.
#pragma once

#include "gateway/ledger/database.hpp"

#include <cstdint>
#include <string_view>

namespace nearfar::gateway {

inline constexpr int ledger_version = 2;
inline constexpr std::int64_t day_ms = 24LL * 60 * 60 * 1000;

// A row's id is the moment of its end, in Unix milliseconds, and a number within that: what is written comes
// behind what is there, and a period of time is a range of ids.
constexpr std::int64_t id_of_time(std::int64_t unix_ms) {
  return unix_ms << 20;
}

// A query's id tells when it began. Rows of queries that took no longer than that are found by their time
// alone, among some thousand at most; others bear their begin in `sought`, which has an index. So the index
// is small where there are most rows.
inline constexpr std::int64_t quick_ms = 250;
constexpr bool is_quick(std::int64_t since_begin_ms) {
  return since_begin_ms >= 0 && since_begin_ms <= quick_ms;
}

// Attempts in words, of `entries AS e LEFT JOIN groups AS g ON g.id = e.grp`: the columns of the view
// `attempts`.
std::string_view attempt_columns();

// Brings the tables up to `ledger_version`, step by step, each in a transaction. A file of a newer version
// is an error that says so: it is not touched.
routes::result<void> migrate_ledger(database& of);

// 0: it has no tables yet.
routes::result<int> version_of_ledger(database& of);

}  // namespace nearfar::gateway
