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
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace nearfar::gateway {

namespace {

// In the ledger's file: the limits that it was asked about once, a line each.
constexpr std::string_view kept_name = "limits";

using limit_names = std::set<std::string, std::less<>>;

limit_names names_in(std::string_view text) {
  limit_names out;
  while (!text.empty()) {
    const auto end = text.find('\n');
    out.emplace(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return out;
}

std::string text_of(const limit_names& names) {
  std::string out;
  for (const auto& one : names) out += one + '\n';
  if (!out.empty()) out.pop_back();
  return out;
}

// Another owner, period or unit is another account.
std::string line_of(const config::limit& of) {
  return fmt::format("{}/{}/{}/{}", of.name, config::to_string(*of.per), static_cast<int>(of.of),
                     static_cast<int>(of.by));
}

bool is_new(const config::limit& of, const limit_names& known) {
  return of.per && of.when.kind == config::condition_kind::always && !known.contains(line_of(of));
}

void adopt(ledger_store& from, budget_book& into, const config::limit& of, std::int64_t now) {
  const auto offset = config::zone_offset(of.zone, now).value_or(0);
  const auto in = window_at(*of.per, now, offset);
  const auto spent = from.spent_by(of.by, in.begin * 1000, now * 1000);
  if (!spent) {
    log_event(log_level::warning, "a new limit begins at nothing spent",
              fmt::format("{}: {}", of.name, spent.error().context));
    return;
  }
  for (const auto& one : *spent) {
    account_view view;
    view.account = account_name(of, one.owner);
    view.of = of.of;
    view.per = of.per;
    view.used = of.of == config::limit_of::cost     ? one.cost
                : of.of == config::limit_of::tokens ? one.tokens
                                                    : one.queries;
    view.in = in;
    into.restore(view, now);
  }
}

}  // namespace

void recall_accounts(shared_state& of) {
  std::error_code ignored;
  if (!std::filesystem::exists(of.bill.path(), ignored)) return;
  std::promise<void> done;
  of.bill.ask([&](ledger_store* store, const std::string&) {
    if (store != nullptr) {
      const auto now = std::time(nullptr);
      const auto accounts = store->accounts(now);
      if (!accounts) {
        log_event(log_level::error, "what was spent is not known", accounts.error().context);
      } else {
        for (const auto& one : *accounts) of.budgets.restore(one, now);
      }
    }
    done.set_value();
  });
  done.get_future().wait();
}

void adopt_limits(shared_state& of, const std::shared_ptr<const deployment>& now) {
  if (now->config->limits.empty()) return;
  const auto moment = std::time(nullptr);
  of.bill.ask([now, moment, &budgets = of.budgets](ledger_store* store, const std::string&) {
    if (store == nullptr) return;
    const auto text = store->kept(kept_name);
    if (!text) return;
    auto known = names_in(text->value_or(std::string()));
    limit_names kept;
    for (const auto& limit : now->config->limits) {
      if (!limit.per) continue;
      if (is_new(limit, known)) adopt(*store, budgets, limit, moment);
      kept.insert(line_of(limit));
    }
    // One that was taken out and comes back is new again: nobody counted meanwhile.
    if (kept != known) (void)store->keep(kept_name, text_of(kept));
  });
}

}  // namespace nearfar::gateway
