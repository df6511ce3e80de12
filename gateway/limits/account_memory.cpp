#include "gateway/limits/account_memory.hpp"

#include "config/zones.hpp"
#include "gateway/core.hpp"
#include "gateway/limits/query_limits.hpp"
#include "gateway/log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <future>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace nearfar::gateway {

namespace {

// In the ledger's file: what it was asked about once, a line each.
constexpr std::string_view kept_limits = "limits";
constexpr std::string_view kept_keys = "key budgets";

using line_set = std::set<std::string, std::less<>>;

line_set lines_in(std::string_view text) {
  line_set out;
  while (!text.empty()) {
    const auto end = text.find('\n');
    out.emplace(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return out;
}

std::string text_of(const line_set& lines) {
  std::string out;
  for (const auto& one : lines) out += one + '\n';
  if (!out.empty()) out.pop_back();
  return out;
}

// Another owner, period or unit is another account.
std::string line_of(const config::limit& of) {
  return fmt::format("{}/{}/{}/{}", of.name, config::to_string(*of.per), static_cast<int>(of.of),
                     static_cast<int>(of.by));
}

std::int64_t counted_in(config::limit_of of, const ledger_store::owner_sum& sum) {
  switch (of) {
    case config::limit_of::cost:
      return sum.cost;
    case config::limit_of::tokens:
      return sum.tokens;
    case config::limit_of::requests:
    case config::limit_of::concurrent:
      break;
  }
  return sum.queries;
}

void adopt(ledger_store& from, budget_book& into, const deployment& now, const config::limit& of,
           std::int64_t moment) {
  const auto in = window_at(*of.per, moment, config::zone::find(of.zone).value_or(config::zone()));
  const auto spent = from.spent_by(of.by, in.begin * 1000, moment * 1000 + 999);
  if (!spent) {
    log_event(log_level::warning, "a new limit begins at nothing spent",
              fmt::format("{}: {}", of.name, spent.error().context));
    return;
  }
  // What came by several names may be of one account.
  std::map<std::string, std::int64_t> used;
  for (const auto& one : *spent) {
    const auto owner = of.by == config::limit_by::model ? routes::model_owner(*now.policy, one.owner)
                                                        : std::string_view(one.owner);
    used[account_name(of, owner)] += counted_in(of.of, one);
  }
  for (const auto& [name, amount] : used) into.restore({name, of.of, of.per, amount, 0, in}, moment);
}

bool has_ledger(const shared_state& of) {
  std::error_code ignored;
  return std::filesystem::exists(of.bill.path(), ignored);
}

// All keys' accounts of one kind, by what the ledger says was spent since `in` began.
void adopt_keys(ledger_store& from, budget_book& into, std::string_view account, config::period per,
                window in, std::int64_t moment) {
  const auto spent = from.spent_by(config::limit_by::key, in.begin * 1000, moment * 1000 + 999);
  if (!spent) {
    log_event(log_level::warning, "keys' budgets begin at nothing spent", spent.error().context);
    return;
  }
  for (const auto& one : *spent)
    into.restore({key_account_name(account, per, one.owner), config::limit_of::cost, per, one.cost, 0, in},
                 moment);
}

}  // namespace

void recall_accounts(shared_state& of) {
  if (!has_ledger(of)) return;
  std::promise<void> done;
  of.bill.ask([&](ledger_store* store, const std::string& why) {
    if (store == nullptr) {
      of.spend_unknown = why;
    } else {
      const auto now = std::time(nullptr);
      const auto accounts = store->accounts(now);
      if (!accounts) {
        of.spend_unknown = accounts.error().context;
      } else {
        for (const auto& one : *accounts) of.budgets.restore(one, now);
        // What was spent before the clock went ahead is in the rows alone: they are asked once more.
        if (std::ranges::any_of(*accounts, [&](const auto& one) { return one.in.begin > now; })) {
          (void)store->keep(kept_limits, "");
          (void)store->keep(kept_keys, "");
        }
      }
    }
    done.set_value();
  });
  done.get_future().wait();
  if (!of.spend_unknown.empty()) log_event(log_level::error, "what was spent is not known", of.spend_unknown);
}

void adopt_limits(shared_state& of, const std::shared_ptr<const deployment>& now) {
  // Rows may be on their way to a file that is not there yet.
  if (now->config->limits.empty() && !now->reads_spend && !has_ledger(of)) return;
  const auto moment = std::time(nullptr);
  of.bill.ask([now, moment, &budgets = of.budgets](ledger_store* store, const std::string&) {
    if (store == nullptr) return;
    const auto text = store->kept(kept_limits);
    if (!text) return;
    const auto known = lines_in(text->value_or(std::string()));
    line_set kept;
    for (const auto& limit : now->config->limits) {
      if (!limit.per) continue;
      const auto line = line_of(limit);
      const bool plain = limit.when.kind == config::condition_kind::always;
      if (plain && !known.contains(line)) adopt(*store, budgets, *now, limit, moment);
      kept.insert(line);
    }
    if (now->reads_spend) {
      const std::string line(spend_account_name);
      const auto in = window_at(config::period::day, moment, config::zone::of_machine());
      if (!known.contains(line))
        adopt_keys(*store, budgets, spend_account_name, config::period::day, in, moment);
      kept.insert(line);
    }
    // One that was taken out and comes back is new again: nobody counted meanwhile.
    if (kept != known) (void)store->keep(kept_limits, text_of(kept));
  });
}

void adopt_key_budgets(shared_state& of, const std::shared_ptr<const key_ring>& now) {
  const auto has_budget = [](const key_record& key) { return key.budget.has_value(); };
  if (std::ranges::none_of(now->all(), has_budget) && !has_ledger(of)) return;
  const auto moment = std::time(nullptr);
  of.bill.ask([now, moment, &budgets = of.budgets](ledger_store* store, const std::string&) {
    if (store == nullptr) return;
    const auto text = store->kept(kept_keys);
    if (!text) return;
    const auto known = lines_in(text->value_or(std::string()));
    line_set kept;
    std::set<config::period> fresh;
    for (const auto& key : now->all()) {
      if (!key.budget || key.revoked) continue;
      const auto line = fmt::format("{}/{}", key.name, config::to_string(key.budget->per));
      if (!known.contains(line)) fresh.insert(key.budget->per);
      kept.insert(line);
    }
    for (const auto per : fresh)
      adopt_keys(*store, budgets, budget_account_name, per, window_at(per, moment), moment);
    if (kept != known) (void)store->keep(kept_keys, text_of(kept));
  });
}

}  // namespace nearfar::gateway
