// Writes rows into the ledger's tables, in a transaction that its caller has begun. Not thread safe.
#pragma once

#include "gateway/ledger/database.hpp"
#include "gateway/ledger/row_feed.hpp"
#include "gateway/ledger/row_groups.hpp"
#include "gateway/ledger/waiting_rows.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace nearfar::gateway {

class row_writer {
 public:
  // The database must not be used after it, and neither moves.
  routes::result<void> prepare(database& of);
  routes::result<void> write(const row_packs& rows);
  // The transaction came to nothing, or what was written was deleted.
  void forget();
  // Gives back what memory it holds for batches to come.
  void release();

 private:
  routes::result<void> look_anew();
  routes::result<void> write(const packed_row& row);
  routes::result<void> write_fed();
  routes::result<std::int64_t> id_at(std::int64_t unix_ms);

  row_feed feed_;
  row_groups groups_;
  statement version_;
  statement newest_;
  statement newest_at_;
  statement insert_;
  std::int64_t known_version_ = -1;
  std::int64_t newest_id_ = -1;  // in the file, before this batch
  std::int64_t last_id_ = -1;    // given to a row of this batch
  struct place {
    std::int64_t at;
    std::size_t number;  // as they came
    packed_row row;
    auto operator<=>(const place& other) const {
      return std::pair(at, number) <=> std::pair(other.at, other.number);
    }
    bool operator==(const place& other) const { return number == other.number; }
  };
  std::vector<place> order_;
};

}  // namespace nearfar::gateway
