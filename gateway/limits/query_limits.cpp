#include "gateway/limits/query_limits.hpp"

#include "config/dialect.hpp"
#include "gateway/ledger/cost.hpp"
#include "routes/condition_text.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <limits>
#include <utility>

namespace nearfar::gateway {

namespace {

using config::limit_by;
using config::limit_of;

// Not a limit: an account that only tells what was spent.
constexpr std::uint16_t spend_account = 0xfffa;

std::int64_t amount_of(const config::limit& of) {
  if (of.max.money) return from_usd(of.max.value);
  return static_cast<std::int64_t>(std::min(of.max.value, static_cast<double>(most_money)));
}

std::int64_t as_amount(std::uint64_t value) {
  return static_cast<std::int64_t>(std::min(value, static_cast<std::uint64_t>(most_money)));
}

std::uint64_t times(std::uint64_t tokens, std::uint32_t choices) {
  constexpr std::uint64_t most = 1ULL << 40;  // a client may send any number as max_tokens
  return std::min(tokens, most) * std::clamp<std::uint32_t>(choices, 1, 1024);
}

bool counts_queries(limit_of of) {
  return of == limit_of::requests || of == limit_of::concurrent;
}

constexpr std::array<std::string_view, 6> owner_words{"", "key", "team", "tag", "model", "tier"};

// The pieces of a name, one behind the other. From query to query a connection's accounts are usually the
// same: to see that is cheaper than to write the name, and their places stay known.
void write_name(account_terms& to, std::initializer_list<std::string_view> pieces) {
  std::size_t size = 0;
  for (const auto piece : pieces) size += piece.size();
  const char* seen = to.name.data();
  const bool is_same =
      size == to.name.size() && std::ranges::all_of(pieces, [&](std::string_view piece) {
        return piece == std::string_view(std::exchange(seen, seen + piece.size()), piece.size());
      });
  if (is_same) return;
  to.known = {};
  to.name.resize(size);
  char* at = to.name.data();
  for (const auto piece : pieces) at += piece.copy(at, piece.size());
}

// What a limit counts makes an account, too: sums of money are no sums of tokens.
std::string_view counted_word(limit_of of) {
  switch (of) {
    case limit_of::tokens:
      return ":tokens";
    case limit_of::requests:
      return ":requests";
    case limit_of::cost:
    case limit_of::concurrent:  // the only one without a window
      break;
  }
  return "";
}

void name_account(account_terms& to, const config::limit& of, std::string_view owner) {
  const std::string_view window = of.per ? config::to_string(*of.per) : std::string_view();
  const std::string_view slash = of.per ? "/" : "";
  const auto kind = owner_words[static_cast<std::size_t>(of.by)];
  if (kind.empty()) return write_name(to, {of.name, slash, window, counted_word(of.of)});
  write_name(to, {of.name, slash, window, counted_word(of.of), " ", kind, "=", owner.substr(0, 200)});
}

void name_account(account_terms& to, std::string_view account, config::period per, std::string_view key) {
  write_name(to, {account, "/", config::to_string(per), " key=", key});
}

}  // namespace

std::string account_name(const config::limit& of, std::string_view owner) {
  account_terms out;
  name_account(out, of, owner);
  return std::move(out.name);
}

std::string key_account_name(std::string_view account, config::period per, std::string_view key) {
  account_terms out;
  name_account(out, account, per, key);
  return std::move(out.name);
}

std::uint64_t expected_output(const routes::target& of, const routes::query& asked,
                              const routes::target_snapshot& known) {
  if (asked.output_tokens > 0) return times(asked.output_tokens, asked.choices);
  if (!config::is_chat(asked.in) && asked.in != config::dialect::openai_completions) return 0;
  const auto usual = known.output_p95.value_or(usual_output);
  return times(std::min(usual, of.max_output.value_or(usual)), asked.choices);
}

query_limits::entry& query_limits::add(std::uint16_t index, limit_of of, std::int64_t max,
                                       std::optional<config::period> per, const config::zone& zone) {
  if (count_ == terms_.size()) {
    terms_.emplace_back();
    entries_.emplace_back();
  }
  auto& terms = terms_[count_];
  terms.of = of;
  terms.max = max;
  terms.per = per;
  terms.zone = zone;
  auto& out = entries_[count_];
  out = entry{index, std::nullopt, false};
  ++count_;
  return out;
}

void query_limits::add_limit(const limits_context& of, std::uint16_t index) {
  const auto& limit = routes::limit_at(of.rules, index);
  const auto zone = index < of.zones.size() ? of.zones[index] : config::zone();
  const auto one = [&](std::string_view owner) {
    auto& made = add(index, limit.of, amount_of(limit), limit.per, zone);
    name_account(terms_[count_ - 1], limit, owner);
    return &made;
  };
  switch (limit.by) {
    case limit_by::all:
      one({});
      break;
    case limit_by::key:
      one(of.asked.key);
      break;
    case limit_by::team:
      one(of.asked.team);
      break;
    case limit_by::tag:
      one(of.asked.tag);
      break;
    case limit_by::model:
      one(routes::model_owner(of.rules, of.asked.model));
      break;
    case limit_by::tier:
      for (const auto tier : {config::tier::device, config::tier::self_hosted, config::tier::remote})
        one(routes::to_string(tier))->tier = tier;
      break;
  }
}

void query_limits::add_own(const limits_context& of) {
  const auto own = [&](std::uint16_t index, std::string_view name, limit_of counts, std::int64_t max,
                       config::period per) {
    add(index, counts, max, per, {});
    name_account(terms_[count_ - 1], name, per, of.asked.key);
  };
  if (of.key != nullptr && of.key->budget) {
    own(routes::key_budget_limit, budget_account_name, limit_of::cost, of.key->budget->max,
        of.key->budget->per);
  }
  if (of.key != nullptr && of.key->rate) {
    own(routes::key_rate_limit, rate_account_name, limit_of::requests, as_amount(of.key->rate->requests),
        of.key->rate->per);
  }
  if (of.wants_spend) {
    own(spend_account, spend_account_name, limit_of::cost, std::numeric_limits<std::int64_t>::max(),
        config::period::day);
    terms_[count_ - 1].zone = config::zone::of_machine();
  }
}

void query_limits::begin(budget_book& book, const limits_context& of) {
  query_.abandon();
  book_ = &book;
  rules_ = &of.rules;
  key_ = of.key;
  count_ = 0;
  most_ = of.most;
  spent_ = held_ = 0;
  shortage_.reset();
  unpriced_.reset();
  add_own(of);
  const routes::facts* seen = &of.now_true;
  routes::facts with_spend;
  if (of.wants_spend) {
    book.look(std::span(terms_).first(count_), of.now, rooms_);
    with_spend = of.now_true;
    with_spend.spend = spent_today();
    seen = &with_spend;
  }
  const auto limits = static_cast<std::uint16_t>(routes::limit_count(of.rules));
  for (std::uint16_t i = 0; i < limits; ++i) {
    if (routes::limit_bears(of.rules, i, of.asked, *seen)) add_limit(of, i);
  }
}

std::optional<nano_usd> query_limits::most_cost(routes::target_index target, const routes::query& asked,
                                                const routes::target_snapshot& known) const {
  const auto& of = rules_->targets()[target];
  return most_of(of.prices, asked.input_tokens, expected_output(of, asked, known));
}

std::optional<claim> query_limits::claim_of(std::size_t at, routes::target_index target,
                                            const routes::query& asked, const routes::target_snapshot& known,
                                            std::optional<nano_usd> cost) const {
  const auto& of = rules_->targets()[target];
  const auto& e = entries_[at];
  if (e.tier && *e.tier != of.tier) return std::nullopt;
  claim out{&terms_[at], 0, false};
  // Whom a full account does not take away goes on over it, and is counted.
  if (e.index == spend_account ||
      (e.index < routes::limit_count(*rules_) && !routes::limit_takes(*rules_, e.index, target)))
    out.over = true;
  switch (terms_[at].of) {
    case limit_of::cost:
      out.amount = e.index == spend_account ? 0 : cost.value_or(0);
      break;
    case limit_of::tokens:
      out.amount = as_amount(asked.input_tokens + expected_output(of, asked, known));
      break;
    case limit_of::requests:
    case limit_of::concurrent:
      if (e.held) return std::nullopt;
      out.amount = 1;
      break;
  }
  return out;
}

limit_standing query_limits::standing(std::size_t at) const {
  const auto& e = entries_[at];
  const auto& terms = terms_[at];
  std::string_view name;
  if (e.index < routes::limit_count(*rules_)) name = routes::limit_at(*rules_, e.index).name;
  return {e.index, name, terms.of, terms.per, terms.max, at < rooms_.size() ? rooms_[at] : account_room{}};
}

void query_limits::remember(std::size_t at, routes::target_index target, std::int64_t wanted) {
  // Money first, as the refusal says it: waiting helps where a rate is short, and not there.
  const bool worse = shortage_ && (shortage_->where.of == limit_of::cost || terms_[at].of != limit_of::cost);
  if (!worse) shortage_ = limit_shortage{standing(at), target, wanted};
}

std::uint16_t query_limits::over(routes::target_index target, const routes::query& asked,
                                 const routes::target_snapshot& known) {
  const auto cost = most_cost(target, asked, known);
  const auto own = [&] {
    return limit_standing{routes::query_cost_limit, {}, limit_of::cost, {}, *most_, {spent_, held_, 0}};
  };
  if (most_ && !cost) {
    if (!unpriced_) unpriced_ = limit_shortage{own(), target, 0};
    return routes::unpriced_limit;
  }
  if (most_ && *cost > *most_ - std::min(*most_, spent_ + held_)) {
    if (!shortage_) shortage_ = limit_shortage{own(), target, *cost};
    return routes::query_cost_limit;
  }
  for (std::size_t i = 0; i < count_; ++i) {
    const auto wants = claim_of(i, target, asked, known, cost);
    if (!wants || wants->over) continue;
    if (terms_[i].of == limit_of::cost && !cost) {
      if (!unpriced_) unpriced_ = limit_shortage{standing(i), target, 0};
      return routes::unpriced_limit;
    }
    if (rooms_[i].takes(terms_[i].max, wants->amount)) continue;
    remember(i, target, wants->amount);
    return entries_[i].index;
  }
  return routes::none_index;
}

void query_limits::look(std::span<const routes::target_index> candidates, const routes::query& asked,
                        std::int64_t now, std::vector<routes::target_snapshot>& snapshots) {
  if (empty()) return;
  shortage_.reset();
  unpriced_.reset();
  book_->look(std::span(terms_).first(count_), now, rooms_);
  for (const auto target : candidates) snapshots[target].over_limit = over(target, asked, snapshots[target]);
}

double query_limits::spent_today() const {
  for (std::size_t i = 0; i < std::min(count_, rooms_.size()); ++i) {
    if (entries_[i].index == spend_account) return to_usd(rooms_[i].used);
  }
  return 0;
}

bool query_limits::reserve(routes::target_index target, const routes::query& asked,
                           const routes::target_snapshot& known, std::int64_t now, attempt_hold& out) {
  out.amounts.abandon();
  out.cost = 0;
  if (empty()) return true;
  const auto cost = most_cost(target, asked, known);
  if (most_ && (!cost || *cost > *most_ - std::min(*most_, spent_ + held_))) return false;
  claims_.clear();
  counted_.clear();
  // What counts the query goes first: it is the query's own, whatever becomes of the attempt.
  for (const bool queries : {true, false}) {
    for (std::size_t i = 0; i < count_; ++i) {
      if (counts_queries(terms_[i].of) != queries) continue;
      const auto wants = claim_of(i, target, asked, known, cost);
      if (!wants) continue;
      if (!wants->over && terms_[i].of == limit_of::cost && !cost) return false;
      if (queries) counted_.push_back(i);
      claims_.push_back(*wants);
    }
  }
  if (!claims_.empty() && !book_->reserve(claims_, now, out.amounts)) return false;
  // A request is spent by now; a place is held until the query ends.
  out.amounts.move_first(static_cast<std::size_t>(std::ranges::count(counted_, limit_of::concurrent,
                                                                     [&](auto i) { return terms_[i].of; })),
                         query_);
  for (const auto i : counted_) entries_[i].held = true;
  // What is told to be left is what is left for the next query, as vendors tell it.
  for (const auto& one : claims_) {
    const auto at = static_cast<std::size_t>(one.on - terms_.data());
    if (at < rooms_.size()) rooms_[at].reserved = sum_of(rooms_[at].reserved, one.amount);
  }
  out.cost = std::min(cost.value_or(0), most_amount);
  held_ += out.cost;
  return true;
}

void query_limits::release(attempt_hold& held) {
  if (!held.amounts.empty()) book_->release(held.amounts);
  held_ -= std::exchange(held.cost, 0);
}

void query_limits::settle(attempt_hold& held, nano_usd cost, std::uint64_t tokens, std::int64_t now) {
  held_ -= std::exchange(held.cost, 0);
  spent_ = sum_of(spent_, cost);
  if (!held.amounts.empty()) book_->settle(held.amounts, {cost, as_amount(tokens)}, now);
}

void query_limits::end(std::int64_t now) {
  if (!query_.empty()) book_->settle(query_, {}, now);
}

std::optional<limit_standing> query_limits::tightest(limit_of of) const {
  std::optional<limit_standing> out;
  const auto left = [](const limit_standing& s) { return s.max - s.room.used - s.room.reserved; };
  for (std::size_t i = 0; i < std::min(count_, rooms_.size()); ++i) {
    if (terms_[i].of != of || entries_[i].tier) continue;
    const auto one = standing(i);
    if (!out || left(one) < left(*out)) out = one;
  }
  return out;
}

bool query_limits::paces() const {
  for (std::size_t i = 0; i < std::min(count_, rooms_.size()); ++i) {
    const auto of = terms_[i].of;
    if ((of == limit_of::requests || of == limit_of::tokens) && !entries_[i].tier) return true;
  }
  return false;
}

std::string query_limits::names() const {
  std::string out;
  std::uint16_t last = routes::none_index;
  for (std::size_t i = 0; i < count_; ++i) {
    const auto index = entries_[i].index;
    if (index >= routes::limit_count(*rules_) || index == std::exchange(last, index)) continue;
    if (!out.empty()) out += ',';
    out += routes::limit_at(*rules_, index).name;
  }
  return out;
}

}  // namespace nearfar::gateway
