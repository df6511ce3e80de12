// The rows of a batch as a table that SQLite reads from memory: one statement writes them all, where one
// statement a row costs a third more (bench/ledger_bench.cpp).
// https://www.sqlite.org/vtab.html#eponymous_only_virtual_tables
#pragma once

#include "gateway/ledger/database.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace nearfar::gateway {

// A row of the table `entries` (ledger_schema.cpp), its columns in their order.
struct entry_values {
  static constexpr std::size_t columns = 20;

  std::array<std::int64_t, columns> numbers{};
  std::uint32_t absent = 0;  // which are NULL, a bit each
  std::string_view text{};   // of the last column, where it is a text; lives until the rows are written
};

class row_feed {
 public:
  static constexpr std::string_view table = "rows_in_memory";

  // The database must not be used after it.
  routes::result<void> join(database& of);

  std::vector<entry_values> rows;
};

}  // namespace nearfar::gateway
