// Rows of the ledger on their way to its file, one behind the other in one block of bytes: they are handed
// over by copying, and none needs memory of its own. Not thread safe.
#pragma once

#include "gateway/ledger/ledger_row.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace nearfar::gateway {

inline constexpr std::array<std::string_view, 3> ledger_tiers{"device", "self_hosted", "remote"};

// Whether it is the first of its query: what counts queries adds up these.
enum class first_of : std::uint8_t {
  nothing,
  query,  // and so of its tier
  tier,   // of the query's attempts in this tier
};

// What differs from row to row, as it lies in the block.
struct row_numbers {
  std::int64_t at = 0;
  nano_usd cost = 0;
  nano_usd dearest = 0;
  std::int64_t first_token_us = 0;
  std::int64_t took_us = 0;
  std::uint64_t input = 0;
  std::uint64_t output = 0;
  std::uint64_t cached = 0;
  std::uint64_t cache_write = 0;
  std::uint64_t reasoning = 0;
  std::uint64_t image = 0;
  std::uint64_t audio = 0;
  std::uint32_t query_bytes = 0;
  std::uint32_t group_bytes = 0;
  std::uint32_t attempt = 0;
  std::uint32_t leg = 0;
  first_of first = first_of::nothing;
  std::uint8_t tier = 0;  // in ledger_tiers; their number: another
  bool has_cost = false;
  bool has_dearest = false;
  certainty sure = certainty::none;
};

// What repeats from row to row.
struct row_group {
  std::string_view key;
  std::string_view team;
  std::string_view tag;
  std::string_view model;
  std::string_view target;
  std::string_view tier;
  std::string_view dialect;
  std::string_view outcome;
  std::string_view finish;
  std::string_view policy;
  bool stream = false;
  int status = 0;
  certainty sure = certainty::none;
  bool cost_is_reported = false;
  std::optional<double> price_input;
  std::optional<double> price_output;
};

// A row in a block; valid until the block changes.
class packed_row {
 public:
  explicit packed_row(const char* at) : at_(at) {}

  row_numbers numbers() const {
    row_numbers out;
    std::memcpy(&out, at_, sizeof out);
    return out;
  }
  std::string_view query() const { return {at_ + sizeof(row_numbers), numbers().query_bytes}; }
  // Same bytes for the same words.
  std::string_view group() const {
    const auto n = numbers();
    return {at_ + sizeof n + n.query_bytes, n.group_bytes};
  }
  std::size_t bytes() const {
    const auto n = numbers();
    return sizeof n + n.query_bytes + n.group_bytes;
  }
  ledger_row_view view() const;

 private:
  const char* at_;
};

// What the bytes of a group say; the texts lie in them.
row_group read_group(std::string_view bytes);

class packed_rows {
 public:
  class iterator {
   public:
    using value_type = packed_row;
    using difference_type = std::ptrdiff_t;
    iterator() = default;
    explicit iterator(const char* at) : at_(at) {}
    packed_row operator*() const { return packed_row(at_); }
    iterator& operator++() {
      at_ += packed_row(at_).bytes();
      return *this;
    }
    iterator operator++(int) {
      auto was = *this;
      ++*this;
      return was;
    }
    bool operator==(const iterator&) const = default;

   private:
    const char* at_ = nullptr;
  };

  // Rows of one query follow each other.
  void add(const ledger_row_view& row);
  void add(const packed_row& row);
  void add(const packed_rows& rows);

  std::size_t size() const { return rows_; }
  bool empty() const { return rows_ == 0; }
  std::size_t bytes() const { return bytes_.size(); }
  void reserve(std::size_t bytes) { bytes_.reserve(bytes); }
  // Keeps its memory where that is not much.
  void clear();

  iterator begin() const { return iterator(bytes_.data()); }
  iterator end() const { return iterator(bytes_.data() + bytes_.size()); }

 private:
  first_of first_in(std::string_view query, std::uint8_t tier);

  std::string bytes_;
  std::size_t rows_ = 0;
  std::size_t last_ = 0;    // where the last row begins
  std::uint8_t tiers_ = 0;  // of the last row's query so far, a bit each
};

packed_rows pack(std::span<const ledger_row> rows);

}  // namespace nearfar::gateway
