// Rows that wait to be written, in the order in which they came, in packs of equal memory that go round.
// Not thread safe.
#pragma once

#include "gateway/ledger/packed_rows.hpp"

#include <cstddef>
#include <deque>
#include <string_view>
#include <vector>

namespace nearfar::gateway {

using row_packs = std::deque<packed_rows>;

class waiting_rows {
 public:
  static constexpr std::size_t pack_bytes = 64 * 1024;
  static constexpr std::size_t most_spare = 64;  // packs, 4 MiB

  void add(const packed_rows& rows);
  // All there are: none waits then.
  row_packs take();
  // They could not be written, and are older than what came meanwhile.
  void put_back(row_packs rows);
  // They were written: their memory is used again.
  void done_with(row_packs rows);
  // The oldest go until no more than that are left, whole packs of them. How many went.
  std::size_t keep_newest(std::size_t most);
  std::size_t erase_key(std::string_view key);
  void find(std::string_view query, std::vector<ledger_row>& out) const;
  // Gives back what memory holds for rows to come.
  void release() { spare_ = {}; }

  std::size_t size() const { return rows_; }
  bool empty() const { return rows_ == 0; }

 private:
  packed_rows& room_for(std::size_t bytes);

  row_packs packs_;
  std::vector<packed_rows> spare_;
  std::size_t rows_ = 0;
};

}  // namespace nearfar::gateway
