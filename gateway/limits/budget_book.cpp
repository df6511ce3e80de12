#include "gateway/limits/budget_book.hpp"

#include <algorithm>
#include <atomic>
#include <iterator>

namespace nearfar::gateway {

void reservation::move_first(std::size_t count, reservation& to) {
  const auto end = lines_.begin() + static_cast<std::ptrdiff_t>(std::min(count, lines_.size()));
  to.book_ = book_;
  to.lines_.insert(to.lines_.end(), lines_.begin(), end);
  lines_.erase(lines_.begin(), end);
}

namespace {

// Full for ever, and still far from where numbers end.
constexpr std::int64_t most_spent = std::numeric_limits<std::int64_t>::max() / 4;

std::int64_t more(std::int64_t used, std::int64_t amount) {
  return std::min(used + std::clamp<std::int64_t>(amount, 0, most_amount), most_spent);
}

}  // namespace

void reservation::abandon() {
  if (!lines_.empty()) book_->abandon(*this);
}

window budget_book::window_of(config::period per, const config::zone& in, std::int64_t now) {
  for (auto& one : windows_) {
    if (one.per != per || one.zone != in) continue;
    if (!one.in.holds(now)) one.in = window_at(per, now, in);
    return one.in;
  }
  windows_.push_back({per, in, window_at(per, now, in)});
  return windows_.back().in;
}

void budget_book::enter(account& a, window in, std::int64_t used) {
  if (a.used != 0 || used != 0) a.changed = true;
  a.left = {a.in, a.used};
  a.in = in;
  a.used = used;
}

// A window that is over takes its spending with it. What is reserved stays: its query will settle in the
// next.
void budget_book::turn(account& a, std::int64_t now) {
  // Cores ask the clock and then wait for the lock, so a moment may come after a later one; and a clock that
  // is set right by seconds must not open the window before once more.
  constexpr std::int64_t slack = 60;
  if (!a.per || (now >= a.in.begin - slack && now < a.in.end)) return;
  if (!a.zone) {
    if (now >= a.in.end) enter(a, {}, 0);
    return;
  }
  const auto in = window_of(*a.per, *a.zone, now);
  if (now < a.in.begin) return enter(a, in, more(a.used, a.left.in.holds(now) ? a.left.used : 0));
  // By a leap, and not by the window's natural end.
  const bool is_back = a.left.in.holds(now) && in.begin != a.in.end;
  enter(a, in, is_back ? a.used : 0);
}

budget_book::account& budget_book::make(const std::string& name, config::limit_of of,
                                        std::optional<config::period> per, std::int64_t now) {
  if (accounts_.size() >= tidy_at_) tidy(now);
  account fresh;
  fresh.of = of;
  fresh.per = per;
  return accounts_.emplace(name, fresh).first->second;
}

std::uint64_t budget_book::new_epoch() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

// Null: there is none yet.
budget_book::account* budget_book::find(const account_terms& of) {
  if (of.known.at != nullptr && of.known.as_of == epoch_) return static_cast<account*>(of.known.at);
  const auto found = accounts_.find(std::string_view(of.name));
  if (found == accounts_.end()) return nullptr;
  of.known = {&found->second, epoch_};
  return &found->second;
}

budget_book::account& budget_book::open(const account_terms& of, std::int64_t now) {
  auto* const found = find(of);
  auto& a = found != nullptr ? *found : make(of.name, of.of, of.per, now);
  a.zone = of.zone;
  turn(a, now);
  return a;
}

bool budget_book::reserve(std::span<const claim> claims, std::int64_t now, reservation& out) {
  const std::lock_guard hold(lock_);
  out.book_ = this;
  opened_.clear();
  for (const auto& one : claims) {
    // Held from here on: to open the next account must not tidy this one away.
    auto& a = open(*one.on, now);
    ++a.holders;
    opened_.push_back(&a);
    const account_room room{a.used, a.reserved, 0};
    if (one.over || room.takes(one.on->max, one.amount)) continue;
    for (auto* each : opened_) --each->holders;
    return false;
  }
  for (std::size_t i = 0; i < claims.size(); ++i) {
    auto& a = *opened_[i];
    a.changed = true;
    if (a.of == config::limit_of::requests) {
      a.used += claims[i].amount;
      --a.holders;
      continue;
    }
    const auto amount = std::clamp<std::int64_t>(claims[i].amount, 0, most_amount);
    a.reserved += amount;
    out.lines_.push_back({&a, amount});
  }
  return true;
}

budget_book::account& budget_book::give_back(const reservation::line& of) {
  auto& a = *static_cast<account*>(of.on);
  a.reserved -= of.amount;
  --a.holders;
  a.changed = true;
  return a;
}

void budget_book::settle(reservation& of, const spent_amounts& actual, std::int64_t now) {
  const std::lock_guard hold(lock_);
  for (const auto& line : of.lines_) {
    auto& a = give_back(line);
    if (!a.per) continue;
    turn(a, now);
    switch (a.of) {
      case config::limit_of::cost:
        a.used = more(a.used, actual.cost);
        break;
      case config::limit_of::tokens:
        a.used = more(a.used, actual.tokens);
        break;
      case config::limit_of::requests:
      case config::limit_of::concurrent:
        break;
    }
  }
  of.lines_.clear();
}

void budget_book::release(reservation& of) {
  const std::lock_guard hold(lock_);
  for (const auto& line : of.lines_) (void)give_back(line);
  of.lines_.clear();
}

// No clock here: it counts in the window that the account is in, and goes with it if that is over.
void budget_book::abandon(reservation& of) {
  const std::lock_guard hold(lock_);
  for (const auto& line : of.lines_) {
    auto& a = give_back(line);
    if (a.per) a.used = more(a.used, line.amount);
  }
  of.lines_.clear();
}

void budget_book::look(std::span<const account_terms> accounts, std::int64_t now,
                       std::vector<account_room>& out) {
  out.clear();
  const std::lock_guard hold(lock_);
  for (const auto& one : accounts) {
    auto* const found = find(one);
    if (found == nullptr) {
      out.push_back({0, 0, one.per ? window_of(*one.per, one.zone, now).end : 0});
      continue;
    }
    auto& a = *found;
    a.zone = one.zone;
    turn(a, now);
    out.push_back({a.used, a.reserved, a.per ? a.in.end : 0});
  }
}

void budget_book::restore(const account_view& was, std::int64_t now) {
  if (!was.per || now >= was.in.end) return;
  const auto spent = std::clamp<std::int64_t>(was.used, 0, most_spent / 2) +
                     std::clamp<std::int64_t>(was.reserved, 0, most_spent / 2);
  const std::lock_guard hold(lock_);
  const auto found = accounts_.find(std::string_view(was.account));
  const bool fresh = found == accounts_.end();
  auto& a = fresh ? make(was.account, was.of, was.per, now) : found->second;
  if (!fresh) turn(a, now);
  if (was.in.holds(now) && a.in.begin > now) {
    // The file has it in the future, and the rows say what was spent before the clock got there.
    enter(a, was.in, more(a.used, spent));
  } else {
    // Its zone is not known here: the window is the one that it had.
    if (fresh || was.in.holds(now)) a.in = was.in;
    a.used = std::max(a.used, spent);
  }
  a.changed = true;
}

account_view budget_book::view_of(const std::string& name, const account& a) {
  return {name, a.of, a.per, a.used, a.reserved, a.per ? a.in : window{}};
}

std::vector<account_view> budget_book::view(std::int64_t now) {
  const std::lock_guard hold(lock_);
  std::vector<account_view> out;
  for (auto& [name, a] : accounts_) {
    turn(a, now);
    out.push_back(view_of(name, a));
  }
  std::ranges::sort(out, {}, &account_view::account);
  return out;
}

std::vector<account_view> budget_book::changed(std::int64_t now) {
  const std::lock_guard hold(lock_);
  std::vector<account_view> out;
  for (auto& [name, a] : accounts_) {
    if (!a.changed) continue;
    a.changed = false;
    turn(a, now);
    out.push_back(view_of(name, a));
  }
  return out;
}

void budget_book::forget_key(std::string_view key) {
  const std::lock_guard hold(lock_);
  epoch_ = new_epoch();
  for (auto at = accounts_.begin(); at != accounts_.end();) {
    auto& [name, a] = *at;
    const bool goes = is_account_of_key(name, key);
    if (goes && a.holders > 0) {
      a.used = 0;
      a.left = {};
      a.changed = true;
    }
    at = goes && a.holders == 0 ? accounts_.erase(at) : std::next(at);
  }
}

// With the lock held. Accounts that nobody holds and in which nothing was spent say nothing.
void budget_book::tidy(std::int64_t now) {
  epoch_ = new_epoch();
  for (auto at = accounts_.begin(); at != accounts_.end();) {
    turn(at->second, now);
    const auto& a = at->second;
    const bool empty = a.used == 0 && a.holders == 0 && !a.changed;
    at = empty ? accounts_.erase(at) : std::next(at);
  }
  tidy_at_ = std::max(many, accounts_.size() * 2);
}

}  // namespace nearfar::gateway
