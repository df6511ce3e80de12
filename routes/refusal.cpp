// Why nothing is left, for the client: the filter that emptied the list, target by target.
#include "routes/evaluate.hpp"
#include "routes/explain.hpp"
#include "routes/filters.hpp"
#include "routes/limits.hpp"
#include "routes/tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <span>
#include <string_view>

namespace nearfar::routes {
namespace {

// What takes a target away behind its limit: the verdict names only the first filter.
drop_reason behind_limit(const policy& rules, const query& asked, const plan& p, target_index t) {
  if (!key_lets(rules, asked, t)) return drop_reason::key;
  if (p.rule == none_index) return drop_reason::kept;
  const auto& row = rules.compiled().rules[p.rule];
  if (!row.only.has(t)) return drop_reason::rule_only;
  return row.affordable.has(t) ? drop_reason::kept : drop_reason::max_price;
}

// The filters run in the order of the enum: the last one that still removed somebody emptied the list. Unless
// a limit alone stands before a target: then the same query passes another time, which a client has to know.
drop_reason emptied_by(const policy& rules, const query& asked, const plan& p,
                       std::span<const verdict> verdicts) {
  auto last = drop_reason::kept;
  for (const auto& v : verdicts) {
    const auto behind =
        v.reason == drop_reason::limit ? behind_limit(rules, asked, p, v.target) : drop_reason::kept;
    if (v.reason == drop_reason::limit && behind == drop_reason::kept) return drop_reason::limit;
    last = std::max({last, v.reason, behind});
  }
  return last == drop_reason::guard_allow ? drop_reason::guard_deny : last;
}

std::uint64_t largest_context(const policy& rules, std::span<const verdict> verdicts) {
  std::uint64_t largest = 0;
  for (const auto& v : verdicts) largest = std::max(largest, rules.targets()[v.target].context.value_or(0));
  return largest;
}

// What the client's own wishes emptied, in the words of OpenRouter's `availability.code`; the path of the
// field at fault in `field`.
struct wish_name {
  std::string_view code;
  std::string_view field;
};
wish_name name_of(drop_reason by, const client_wishes& wishes) {
  switch (by) {
    case drop_reason::client_ignore:
      return {"constraint_filtered", "`provider.ignore`"};
    case drop_reason::client_plugin:
      return {"constraint_filtered", "`plugins`, which OpenRouter alone runs,"};
    case drop_reason::client_retention:
      return {"privacy_restricted", "`provider.zdr` or `provider.data_collection`"};
    case drop_reason::client_price:
      if (wishes.free_only) return {"constraint_filtered", "the suffix `:free`"};
      return {"constraint_filtered", "`provider.max_price`"};
    case drop_reason::client_quantization:
      return {"constraint_filtered", "`provider.quantizations`"};
    case drop_reason::client_parameters:
      return {"constraint_filtered", "`provider.require_parameters`"};
    default:
      if (wishes.only.empty()) return {"constraint_filtered", "`provider.order` without fallbacks"};
      return {"constraint_filtered", "`provider.only`"};
  }
}

bool is_wish(drop_reason by) {
  return by >= drop_reason::client_only && by <= drop_reason::no_fallbacks;
}

refusal head_of_wish(drop_reason by, const policy& rules, const query& asked) {
  const auto [code, field] = name_of(by, *asked.wishes);
  auto text = fmt::format("{} leaves no target for `{}`.", field, asked.model);
  const bool by_slug = by == drop_reason::client_only || by == drop_reason::client_ignore;
  if (by_slug) text += fmt::format(" A provider may be named as: {}.", known_slugs(rules.configuration()));
  return {404, std::string(code), std::move(text), by};
}

refusal limit_head(const policy& rules, const query& asked, std::span<const verdict> verdicts) {
  auto worst = shortage::price;
  for (const auto& v : verdicts) {
    if (v.reason == drop_reason::limit) worst = std::min(worst, shortage_of(rules, v.guard));
  }
  switch (worst) {
    case shortage::money:
      return {402, "budget_exceeded", fmt::format("no budget is left for `{}`.", asked.model),
              drop_reason::limit};
    case shortage::turn:
      return {429, "limit_reached",
              fmt::format("a limit has no room for another query to `{}`.", asked.model), drop_reason::limit};
    case shortage::price:
      break;
  }
  return {402, "price_unknown",
          fmt::format("there is a budget, and no target of `{}` has a known price.", asked.model),
          drop_reason::limit};
}

refusal head_of(drop_reason by, const policy& rules, const query& asked, const plan& p,
                std::span<const verdict> verdicts) {
  if (is_wish(by)) return head_of_wish(by, rules, asked);
  switch (by) {
    case drop_reason::context_too_small:
      // OpenAI's own words: agents compact their history on them.
      return {400, "context_length_exceeded",
              fmt::format(
                  "This model's maximum context length is {} tokens. However, you requested {} tokens ({} in "
                  "the messages, {} in the completion).",
                  largest_context(rules, verdicts), asked.input_tokens + asked.output_tokens,
                  asked.input_tokens, asked.output_tokens),
              by};
    case drop_reason::guard_deny:
      return {403, "guard", fmt::format("the guards leave no target for `{}`.", asked.model), by};
    case drop_reason::limit:
      return limit_head(rules, asked, verdicts);
    case drop_reason::key:
      return {403, "key", fmt::format("what the caller may use leaves no target for `{}`.", asked.model), by};
    case drop_reason::rule_only:
      return {403, "rule",
              fmt::format("the rule `{}` leaves no target for `{}`.", rules.rule_name(p.rule), asked.model),
              by};
    case drop_reason::max_price:
      return {403, "max_price",
              fmt::format("no target of `{}` is within max_price of the rule `{}`.", asked.model,
                          rules.rule_name(p.rule)),
              by};
    default:
      return {400, "unsupported_by_model",
              fmt::format("no target of `{}` can do what the query asks for.", asked.model), by};
  }
}

}  // namespace

bool waits_for_list(const policy& rules, std::string_view name) {
  return rules.resolve(name).empty() &&
         std::ranges::find(rules.public_names(), name) != rules.public_names().end();
}

refusal explain_empty(const policy& rules, const query& asked, const plan& p, const trace& why) {
  if (!p.known_name && waits_for_list(rules, asked.model)) {
    return {404, "model_not_found",
            fmt::format("The model `{}` has no target: its providers have not listed what it names.",
                        asked.model),
            drop_reason::kept};
  }
  if (!p.known_name) {
    return {404, "model_not_found",
            fmt::format("The model `{}` does not exist: no name, target or model is called so.", asked.model),
            drop_reason::kept};
  }
  const std::span<const verdict> verdicts(why.verdicts.data(), why.candidates);
  auto answer = head_of(emptied_by(rules, asked, p, verdicts), rules, asked, p, verdicts);
  // Momentary states cannot have emptied a list for good, so no snapshot and no instant is needed.
  const facts unsensed;
  const evaluation_input in{rules, asked, unsensed, {}, instant{}, 0};
  answer.message += " Dropped: ";
  const char* gap = "";
  for (const auto& v : verdicts) {
    fmt::format_to(std::back_inserter(answer.message), "{}{} ({})", gap, rules.targets()[v.target].name,
                   drop_text(in, v));
    gap = "; ";
  }
  return answer;
}

}  // namespace nearfar::routes
