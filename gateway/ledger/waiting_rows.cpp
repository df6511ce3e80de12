#include "gateway/ledger/waiting_rows.hpp"

#include <iterator>
#include <utility>

namespace nearfar::gateway {

packed_rows& waiting_rows::room_for(std::size_t bytes) {
  if (!packs_.empty() && packs_.back().bytes() + bytes <= pack_bytes) return packs_.back();
  if (spare_.empty()) {
    packs_.emplace_back().reserve(pack_bytes);
  } else {
    packs_.push_back(std::move(spare_.back()));
    spare_.pop_back();
  }
  return packs_.back();
}

void waiting_rows::add(const packed_rows& rows) {
  room_for(rows.bytes()).add(rows);
  rows_ += rows.size();
}

row_packs waiting_rows::take() {
  rows_ = 0;
  return std::exchange(packs_, {});
}

void waiting_rows::put_back(row_packs rows) {
  for (const auto& pack : rows) rows_ += pack.size();
  packs_.insert(packs_.begin(), std::make_move_iterator(rows.begin()), std::make_move_iterator(rows.end()));
}

void waiting_rows::done_with(row_packs rows) {
  for (auto& pack : rows) {
    if (spare_.size() >= most_spare) return;
    pack.clear();
    spare_.push_back(std::move(pack));
  }
}

std::size_t waiting_rows::keep_newest(std::size_t most) {
  std::size_t gone = 0;
  for (; rows_ > most; packs_.pop_front()) {
    gone += packs_.front().size();
    rows_ -= packs_.front().size();
  }
  return gone;
}

std::size_t waiting_rows::erase_key(std::string_view key) {
  const auto before = rows_;
  for (const auto& pack : take()) {
    for (const auto row : pack) {
      if (read_group(row.group()).key == key) continue;
      room_for(row.bytes()).add(row);
      ++rows_;
    }
  }
  // A spare pack may hold what was to be forgotten.
  release();
  return before - rows_;
}

void waiting_rows::find(std::string_view query, std::vector<ledger_row>& out) const {
  for (const auto& pack : packs_) {
    for (const auto row : pack) {
      if (row.query() == query) out.push_back(row_with<std::string>(row.view()));
    }
  }
}

}  // namespace nearfar::gateway
