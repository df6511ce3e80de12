// What was spent and what is spoken for, account by account. An amount is reserved before a call and settled
// after it, so that queries that run at once cannot overspend together.
#pragma once

#include "config/model.hpp"
#include "gateway/limits/window.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace nearfar::gateway {

// What a client asks for may be any number: no claim and no bill is counted as more than this (a hundred
// thousand dollars), so that all the queries there can be at once add up to a number.
inline constexpr std::int64_t most_amount = 100'000'000'000'000;

// Where the book found an account when it was last asked for it; the book's alone.
struct account_place {
  void* at = nullptr;
  std::uint64_t as_of = 0;  // an epoch of that book
};

// Whose it is, and how long it counts.
struct account_terms {
  std::string name;  // the limit and its owner: "daily-spend/day key=anna"
  config::limit_of of = config::limit_of::cost;
  // Amounts are thousand-millionths of a USD, tokens, requests, or queries at once, by what is counted.
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
  // Absent: no window, what runs at once (it is given back when it is settled).
  std::optional<config::period> per;
  config::zone zone;  // of the limit; UTC for what is a key's own
  // Of that name; written under the book's lock, and to be emptied with a new name.
  mutable account_place known{};
};

// Whether it is the account of that key, whatever its limit. Names of limits have no blank, owners may: a
// model called `x key=b` is no key.
constexpr bool is_account_of_key(std::string_view account, std::string_view key) {
  constexpr std::string_view word = " key=";
  const auto owner = account.substr(std::min(account.find(' '), account.size()));
  return owner.starts_with(word) && owner.substr(word.size()) == key;
}

struct claim {
  const account_terms* on = nullptr;
  std::int64_t amount = 0;
  bool over = false;  // counted even where there is no room
};

// How an account stands.
struct account_room {
  std::int64_t used = 0;      // spent in this window
  std::int64_t reserved = 0;  // spoken for
  std::int64_t until = 0;     // Unix seconds; 0: whenever another query ends

  // An amount of nothing always fits, and what fits exactly fits.
  bool takes(std::int64_t max, std::int64_t amount) const {
    // No sum of the three: each may be a great number.
    if (used >= max || reserved >= max - used) return amount <= 0;
    return amount <= max - used - reserved;
  }
};

// What came of a reservation.
struct spent_amounts {
  std::int64_t cost = 0;
  std::int64_t tokens = 0;
};

class budget_book;

// Held by whoever reserved, until settle() or release(). One that dies before is abandoned: places among what
// runs at once are given back, and what was held of money and tokens counts as spent, for nobody can say that
// it was not. The book must outlive it.
class reservation {
 public:
  reservation() = default;
  reservation(reservation&& from) noexcept : book_(from.book_), lines_(std::move(from.lines_)) {
    from.lines_.clear();
  }
  reservation& operator=(reservation&& from) noexcept {
    abandon();
    book_ = from.book_;
    lines_.swap(from.lines_);
    return *this;
  }
  ~reservation() { abandon(); }

  bool empty() const { return lines_.empty(); }
  // Nobody will settle it any more. Empty afterwards.
  void abandon();
  // The first `count` of the claims that were reserved are another's from now on.
  void move_first(std::size_t count, reservation& to);

 private:
  friend class budget_book;
  struct line {
    void* on = nullptr;  // of the book; stays where it is while somebody holds it
    std::int64_t amount = 0;
  };
  budget_book* book_ = nullptr;  // of the lines
  std::vector<line> lines_;
};

struct account_view {
  std::string account;
  config::limit_of of = config::limit_of::cost;
  std::optional<config::period> per;
  std::int64_t used = 0;
  std::int64_t reserved = 0;
  window in;  // of `used`; empty for what has no window
};

// Thread safe: one short lock.
//
// Moments are the wall clock's, which may leap. Whatever it does, an amount counts in one window of its
// account at least: after a step back (a device without a clock of its own that was far ahead) what was spent
// in the window of the future counts in that of now, together with what this one had come to before; after a
// leap back to where the clock was before it fell behind, all of it goes on to count there.
class budget_book {
 public:
  // All claims or none; false: one has no room. A request is spent at once, in the window of now: a query
  // that runs for an hour is not one of the next minute's.
  bool reserve(std::span<const claim> claims, std::int64_t now, reservation& out);
  // What came of it takes the place of what was reserved, in the window of now; it may be more. Accounts
  // without a window are given back. Empties the reservation.
  void settle(reservation& of, const spent_amounts& actual, std::int64_t now);
  // Nothing came of it.
  void release(reservation& of);

  // In the order of the accounts; `out` is resized.
  void look(std::span<const account_terms> accounts, std::int64_t now, std::vector<account_room>& out);

  // An account as somebody else knows it: the file after a start, the ledger's rows where a limit is new. At
  // least so much was spent. What was reserved and never settled may have been billed, so it counts. Nothing
  // of a window that is over, nor of what runs at once. What a window has that begins in the future counts in
  // that of now: the clock was ahead.
  void restore(const account_view& was, std::int64_t now);
  std::vector<account_view> view(std::int64_t now);
  // As view(), of what has changed since it was last asked this.
  std::vector<account_view> changed(std::int64_t now);
  // Everything of a key, but for what is held now: that counts when it is settled.
  void forget_key(std::string_view key);

 private:
  // What a window had come to when the clock left it for another one.
  struct window_left {
    window in;
    std::int64_t used = 0;
  };
  struct account {
    window in;
    window_left left;
    config::limit_of of = config::limit_of::cost;
    std::optional<config::period> per;
    // Nullopt: known from the file alone, until the first query asks for it.
    std::optional<config::zone> zone;
    std::int64_t used = 0;
    std::int64_t reserved = 0;
    std::uint32_t holders = 0;
    bool changed = false;
  };
  struct text_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };

  friend class reservation;
  void abandon(reservation& of);

  static std::uint64_t new_epoch();
  account* find(const account_terms& of);
  account& open(const account_terms& of, std::int64_t now);
  account& make(const std::string& name, config::limit_of of, std::optional<config::period> per,
                std::int64_t now);
  void tidy(std::int64_t now);
  void turn(account& a, std::int64_t now);
  // As window_at(); the zone's file is asked once a window, however many accounts there are or are not.
  window window_of(config::period per, const config::zone& in, std::int64_t now);
  static void enter(account& a, window in, std::int64_t used);
  static account& give_back(const reservation::line& of);
  static account_view view_of(const std::string& name, const account& a);

  // So many accounts are kept before those that hold nothing are looked for.
  static constexpr std::size_t many = 4096;

  mutable std::mutex lock_;
  std::unordered_map<std::string, account, text_hash, std::equal_to<>> accounts_;
  std::uint64_t epoch_ = new_epoch();  // of no other book; a new one begins when accounts are taken away
  std::vector<account*> opened_;       // of one call
  struct known_window {
    config::period per;
    config::zone zone;
    window in;
  };
  std::vector<known_window> windows_;  // the latest of each
  std::size_t tidy_at_ = many;
};

}  // namespace nearfar::gateway
