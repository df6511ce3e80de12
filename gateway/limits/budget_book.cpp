#include "gateway/limits/budget_book.hpp"

#include <algorithm>
#include <iterator>

namespace nearfar::gateway {

// A window that is over takes its spending with it. What is reserved stays: its query will settle in the
// next.
void budget_book::turn(account& a, std::int64_t now) {
  if (!a.windowed || (now >= a.in.begin && now < a.in.end)) return;
  // A clock that was set back must not forgive what was spent.
  if (now < a.in.begin) return;
  a.in = window_at(a.per, now, a.offset);
  a.used = 0;
}

budget_book::account& budget_book::open(const claim& of, std::int64_t now) {
  const auto found = accounts_.find(of.account);
  if (found == accounts_.end()) {
    account fresh;
    fresh.windowed = of.per.has_value();
    fresh.per = of.per.value_or(config::period::day);
    fresh.offset = of.offset;
    if (fresh.windowed) fresh.in = window_at(fresh.per, now, of.offset);
    return accounts_.emplace(of.account, fresh).first->second;
  }
  auto& a = found->second;
  a.offset = of.offset;
  turn(a, now);
  return a;
}

std::optional<over_limit> budget_book::first_over(std::span<const claim> claims, std::int64_t now) {
  for (std::size_t i = 0; i < claims.size(); ++i) {
    const auto& a = open(claims[i], now);
    const auto taken = a.used + a.reserved;
    // No sum of the three: an amount may be the greatest number there is.
    if (claims[i].amount <= claims[i].max - std::min(taken, claims[i].max)) continue;
    return over_limit{i, a.used, a.reserved, a.windowed ? a.in.end : 0};
  }
  return std::nullopt;
}

std::optional<over_limit> budget_book::reserve(std::span<const claim> claims, std::int64_t now,
                                               reservation& out) {
  const std::lock_guard hold(lock_);
  if (auto over = first_over(claims, now)) return over;
  for (const auto& one : claims) {
    open(one, now).reserved += one.amount;
    out.lines_.push_back({one.account, one.amount, one.per.has_value()});
  }
  return std::nullopt;
}

std::optional<over_limit> budget_book::look(std::span<const claim> claims, std::int64_t now) {
  const std::lock_guard hold(lock_);
  return first_over(claims, now);
}

void budget_book::settle(reservation& of, std::span<const std::int64_t> actual, std::int64_t now) {
  const std::lock_guard hold(lock_);
  for (std::size_t i = 0; i < of.lines_.size(); ++i) {
    const auto& line = of.lines_[i];
    const auto found = accounts_.find(line.account);
    if (found == accounts_.end()) continue;
    auto& a = found->second;
    a.reserved -= line.amount;
    if (!line.windowed) continue;
    turn(a, now);
    if (i < actual.size()) a.used += std::max<std::int64_t>(actual[i], 0);
  }
  of.lines_.clear();
}

void budget_book::release(reservation& of) {
  const std::lock_guard hold(lock_);
  for (const auto& line : of.lines_) {
    if (const auto found = accounts_.find(line.account); found != accounts_.end())
      found->second.reserved -= line.amount;
  }
  of.lines_.clear();
}

void budget_book::restore(const claim& of, std::int64_t used, std::int64_t now) {
  const std::lock_guard hold(lock_);
  open(of, now).used += used;
}

std::vector<account_view> budget_book::view(std::int64_t now) {
  const std::lock_guard hold(lock_);
  std::vector<account_view> out;
  for (auto& [name, a] : accounts_) {
    turn(a, now);
    out.push_back({name, a.used, a.reserved, a.windowed ? a.in : window{}});
  }
  std::ranges::sort(out, {}, &account_view::account);
  return out;
}

void budget_book::tidy(std::int64_t now) {
  const std::lock_guard hold(lock_);
  for (auto at = accounts_.begin(); at != accounts_.end();) {
    turn(at->second, now);
    at = at->second.used == 0 && at->second.reserved == 0 ? accounts_.erase(at) : std::next(at);
  }
}

}  // namespace nearfar::gateway
