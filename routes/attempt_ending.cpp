// How a sequence ends: which status, and what the client is told. Never 5xx for what is permanent,
// because SDKs retry those; never prompt text.
#include "routes/attempt_sequence.hpp"
#include "routes/explain.hpp"
#include "routes/filters.hpp"
#include "routes/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <memory>

namespace nearfar::routes {
namespace {

std::string key_hint(const config::provider& p) {
  switch (p.key.kind) {
    case config::secret_kind::env:
      return fmt::format("check the key of `{}` in the variable {}", p.name, p.key.name);
    case config::secret_kind::file:
      return fmt::format("check the key of `{}` in its key file", p.name);
    case config::secret_kind::client:
      return fmt::format("`{}` refused the client's own key", p.name);
    case config::secret_kind::none:
      return fmt::format("`{}` wants a key and none is configured", p.name);
  }
  return {};
}

step ending(int status, std::string code, std::string message) {
  step s;
  s.status = status;
  s.code = std::move(code);
  s.message = std::move(message);
  return s;
}

}  // namespace

step attempt_sequence::relay() const {
  step s;
  s.kind = step_kind::relay_error;
  s.target = history_.back().target;
  s.status = history_.back().status;
  s.code = to_string(history_.back().kind);
  return s;
}

bool attempt_sequence::all_are(error_kind kind) const {
  return std::all_of(history_.begin(), history_.end(), [&](const record& r) { return r.kind == kind; });
}

step attempt_sequence::over(const evaluation_input& in, const standings& now) const {
  if (ends_ && in.now >= *ends_) {
    return ending(504, "deadline_exceeded", "the query's deadline has passed. " + told(in, now));
  }
  return history_.empty() ? nothing_tried(in, now) : all_failed(in, now);
}

step attempt_sequence::refused(const evaluation_input& in) const {
  plan again;
  const auto why = std::make_unique<trace>();
  evaluate(in, again, *why);
  if (again.size != 0) return ending(403, "guard", "the policy leaves no target for this query");
  auto said = explain_empty(rules_, in.asked, again, *why);
  return ending(said.status, std::move(said.code), std::move(said.message));
}

step attempt_sequence::nothing_tried(const evaluation_input& in, const standings& now) const {
  if (plan_.size == 0) return refused(in);
  const auto every = [&](auto is) {
    for (std::size_t i = 0; i < plan_.size; ++i) {
      if (!tried_[i].forbidden && !is(i)) return false;
    }
    return true;
  };
  if (every([](std::size_t) { return false; })) return ending(403, "guard", told(in, now));
  if (every([&](std::size_t i) { return now[i].why == drop_reason::limit; })) {
    auto worst = shortage::price;
    for (std::size_t i = 0; i < plan_.size; ++i) {
      if (!tried_[i].forbidden)
        worst = std::min(worst, shortage_of(in.rules, snapshot_of(in, plan_.order[i]).over_limit));
    }
    if (worst == shortage::turn) return ending(429, "limit_reached", told(in, now));
    return ending(402, worst == shortage::money ? "budget_exceeded" : "price_unknown", told(in, now));
  }
  if (const auto wait = shortest_wait(in.now, now, true)) {
    auto s = ending(429, "rate_limited", told(in, now));
    s.retry_after = wait;
    return s;
  }
  const auto is_key = [&](std::size_t i) {
    const auto& parked = snapshot_of(in, plan_.order[i]).parked;
    return now[i].why == drop_reason::parked && parked.reason == park_reason::auth;
  };
  if (every(is_key)) return ending(502, "provider_auth", told(in, now));
  if (every([&](std::size_t i) { return now[i].why == drop_reason::too_slow; })) {
    return ending(504, "deadline_exceeded", told(in, now));
  }
  auto s = ending(503, "no_target_available", told(in, now));
  for (std::size_t i = 0; i < plan_.size; ++i) {
    if (now[i].why == drop_reason::queue_full) s.retry_after = millis{1'000};
  }
  return s;
}

step attempt_sequence::all_failed(const evaluation_input& in, const standings& now) const {
  if (all_are(error_kind::too_long)) return relay();
  if (all_are(error_kind::auth)) return ending(502, "provider_auth", told(in, now));
  auto wait = shortest_wait(in.now, now, false);
  for (const auto& r : history_) {
    if (r.retry_after && (!wait || *r.retry_after < *wait)) wait = r.retry_after;
  }
  auto s = all_are(error_kind::rate_limited) ? ending(429, "rate_limited", told(in, now))
                                             : ending(502, "all_attempts_failed", told(in, now));
  s.retry_after = wait;
  return s;
}

std::string attempt_sequence::told(const evaluation_input& in, const standings& now) const {
  std::string text = fmt::format("No target of `{}` could answer: ", in.asked.model);
  auto out = std::back_inserter(text);
  const char* gap = "";
  for (const auto& r : history_) {
    const auto& t = rules_.targets()[r.target];
    fmt::format_to(out, "{}{}: {}", gap, t.name, to_string(r.kind));
    if (r.status != 0) fmt::format_to(out, " {}", r.status);
    if (!r.context.empty()) fmt::format_to(out, " ({})", r.context);
    if (r.kind == error_kind::auth) {
      fmt::format_to(out, ", {}", key_hint(rules_.configuration().providers[t.provider]));
    }
    gap = "; ";
  }
  for (std::size_t i = 0; i < plan_.size; ++i) {
    const auto target = plan_.order[i];
    const auto is = [&](const record& r) { return r.target == target; };
    if (std::any_of(history_.begin(), history_.end(), is)) continue;
    fmt::format_to(out, "{}{}: not tried, {}", gap, rules_.targets()[target].name, untried(in, i, now[i]));
    gap = "; ";
  }
  return text;
}

std::string attempt_sequence::untried(const evaluation_input& in, std::size_t place,
                                      const standing& s) const {
  const auto target = plan_.order[place];
  if (tried_[place].forbidden) {
    const auto v = blamed_guard(in, target);
    // The guard may have let go since; a target once taken away stays away all the same.
    return v.guard == none_index ? std::string("a guard took it away") : drop_text(in, v);
  }
  if (s.why == drop_reason::context_too_small) return "its context is not known to be larger";
  if (tried_[place].out && empties_ < 2) return "its provider had failed";
  if (tried_[place].out || s.why == drop_reason::kept) return "no attempt was left for it";
  const auto limit = snapshot_of(in, target).over_limit;
  return drop_text(in, {target, s.why, s.why == drop_reason::limit ? limit : none_index});
}

std::string attempt_sequence::history() const {
  std::string text;
  const char* gap = "";
  for (const auto& r : history_) {
    fmt::format_to(std::back_inserter(text), "{}{}={}", gap, rules_.targets()[r.target].name,
                   to_string(r.kind));
    gap = ", ";
  }
  return text;
}

}  // namespace nearfar::routes
