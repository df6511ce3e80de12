// Words that repeat from row to row stand once in the file, and a row names them by a number. Also adds up
// the rows of a batch for the sums of days. Not thread safe.
#pragma once

#include "gateway/ledger/database.hpp"
#include "gateway/ledger/packed_rows.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace nearfar::gateway {

class row_groups {
 public:
  // Of clients that invent a tag a query it forgets all: words that come back then stand twice in the file.
  static constexpr std::size_t most = 4096;

  routes::result<void> prepare(database& of);
  // The number of the row's group, which is written where it is new; the row is added to the sums.
  routes::result<std::int64_t> add(const packed_row& row, const row_numbers& numbers);
  // Writes the sums of what was added.
  routes::result<void> write_sums();
  // What it knows is not in the file any more, or never came to be.
  void forget();

 private:
  struct sums {
    std::int64_t attempts = 0;
    std::int64_t queries = 0;
    std::int64_t tier_queries = 0;
    std::int64_t input = 0;
    std::int64_t output = 0;
    std::int64_t cached = 0;
    std::int64_t reasoning = 0;
    nano_usd cost = 0;
    std::int64_t unpriced = 0;
    nano_usd dearest = 0;
  };
  struct group {
    std::int64_t id = 0;
    std::int64_t last_day = 0;  // as the file says
    std::int64_t day = 0;       // of the sums
    sums sum;                   // no attempts: none is to be written
  };
  struct hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view bytes) const { return std::hash<std::string_view>{}(bytes); }
  };
  using known = std::unordered_map<std::string, group, hash, std::equal_to<>>;

  routes::result<known::value_type*> group_of(std::string_view bytes, std::int64_t day);
  routes::result<std::int64_t> insert(std::string_view bytes, std::int64_t day);
  routes::result<void> write_sum(known::value_type& of);

  known known_;
  known::value_type* last_ = nullptr;       // used last
  std::vector<known::value_type*> summed_;  // that have sums
  database* file_ = nullptr;
  statement insert_;
  statement seen_;
  statement sum_;
};

}  // namespace nearfar::gateway
