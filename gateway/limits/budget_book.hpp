// What was spent and what is spoken for, account by account. An amount is reserved before a call and settled
// after it, so that queries that run at once cannot overspend together.
#pragma once

#include "gateway/limits/window.hpp"

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace nearfar::gateway {

// Amounts are thousand-millionths of a USD, tokens, requests, or queries at once, by what the limit counts.
struct claim {
  std::string account;  // the limit and whose it is: "daily-spend key=anna"
  std::int64_t max = 0;
  std::int64_t amount = 0;
  // Absent: no window, what runs at once (it is given back when it is settled).
  std::optional<config::period> per;
  std::int32_t offset = 0;  // of the limit's zone, seconds east of UTC
};

// Why nothing was reserved: the first claim that does not fit.
struct over_limit {
  std::size_t which = 0;      // of the claims
  std::int64_t used = 0;      // spent in this window
  std::int64_t reserved = 0;  // spoken for by others
  std::int64_t until = 0;     // Unix seconds; 0: whenever another query ends
};

// Held by whoever reserved, until settle(): a ticket that is dropped would keep its amount for the window.
class reservation {
 public:
  bool empty() const { return lines_.empty(); }

 private:
  friend class budget_book;
  struct line {
    std::string account;
    std::int64_t amount = 0;
    bool windowed = true;
  };
  std::vector<line> lines_;
};

struct account_view {
  std::string account;
  std::int64_t used = 0;
  std::int64_t reserved = 0;
  window in;  // of `used`; empty for what has no window
};

// Thread safe: one short lock.
class budget_book {
 public:
  // All claims or none. What fits exactly fits.
  std::optional<over_limit> reserve(std::span<const claim> claims, std::int64_t now, reservation& out);
  // `actual[i]` takes the place of the i-th claim's amount, in the window of now; it may be more than was
  // reserved. Claims without a window are given back. Empties the reservation.
  void settle(reservation& of, std::span<const std::int64_t> actual, std::int64_t now);
  // Nothing came of it.
  void release(reservation& of);

  // Whether a claim of that size would fit now, without reserving it.
  std::optional<over_limit> look(std::span<const claim> claims, std::int64_t now);
  // After a start: what the ledger says was spent in the window of now.
  void restore(const claim& of, std::int64_t used, std::int64_t now);
  std::vector<account_view> view(std::int64_t now);
  // Accounts whose window is over and of which nothing is reserved.
  void tidy(std::int64_t now);

 private:
  struct account {
    window in;
    bool windowed = true;
    config::period per = config::period::day;
    std::int32_t offset = 0;
    std::int64_t used = 0;
    std::int64_t reserved = 0;
  };
  struct text_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };

  account& open(const claim& of, std::int64_t now);
  std::optional<over_limit> first_over(std::span<const claim> claims, std::int64_t now);
  static void turn(account& a, std::int64_t now);

  std::mutex lock_;
  std::unordered_map<std::string, account, text_hash, std::equal_to<>> accounts_;
};

}  // namespace nearfar::gateway
