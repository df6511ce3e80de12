#include "routes/limits.hpp"

#include "routes/tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace nearfar::routes {
namespace {

constexpr auto special_words = std::to_array<std::pair<std::uint16_t, std::string_view>>({
    {key_budget_limit, "key_budget"},
    {key_rate_limit, "key_rate"},
    {query_cost_limit, "query_cost"},
    {unpriced_limit, "unpriced"},
});

std::string_view what_of(const config::limit& l) {
  const bool one = l.max.value == 1;
  if (l.of == config::limit_of::tokens) return one ? "token" : "tokens";
  return one ? "request" : "requests";
}

std::string_view whose(config::limit_by by) {
  switch (by) {
    case config::limit_by::all:
      return "";
    case config::limit_by::key:
      return " for each key";
    case config::limit_by::team:
      return " for each team";
    case config::limit_by::tag:
      return " for each tag";
    case config::limit_by::model:
      return " for each model name";
    case config::limit_by::tier:
      return " for each tier";
  }
  return "";
}

}  // namespace

std::size_t limit_count(const policy& rules) {
  return rules.compiled().limits.size();
}

const config::limit& limit_at(const policy& rules, std::uint16_t index) {
  return rules.compiled().source->limits[index];
}

bool is_of_cost(const policy& rules, std::uint16_t index) {
  if (index == key_rate_limit) return false;
  return index >= limit_count(rules) || limit_at(rules, index).of == config::limit_of::cost;
}

bool limit_bears(const policy& rules, std::uint16_t index, const query& asked, const facts& now_true) {
  const auto& t = rules.compiled();
  return t.code.holds(t.limits[index].when, {asked, now_true}) != truth::no;
}

std::string_view model_owner(const policy& rules, std::string_view asked) {
  return rules.compiled().names.find_exact(asked) != nullptr ? asked : std::string_view("*");
}

bool limit_takes(const policy& rules, std::uint16_t index, target_index target) {
  return rules.compiled().limits[index].takes.has(target);
}

bool is_free(const target& t) {
  return t.prices.free || (t.price_input == 0.0 && t.price_output == 0.0);
}

bool is_priced(const target& t) {
  return t.prices.free || (t.price_input && t.price_output);
}

std::string_view limit_name(const policy& rules, std::uint16_t index) {
  return index < limit_count(rules) ? std::string_view(limit_at(rules, index).name)
                                    : special_limit_word(index);
}

std::optional<std::uint16_t> find_limit(const policy& rules, std::string_view name) {
  for (std::size_t i = 0; i < limit_count(rules); ++i) {
    const auto index = static_cast<std::uint16_t>(i);
    if (limit_at(rules, index).name == name) return index;
  }
  return std::nullopt;
}

std::string_view special_limit_word(std::uint16_t index) {
  const auto* const at = std::ranges::find(special_words, index, [](const auto& one) { return one.first; });
  return at == special_words.end() ? std::string_view() : at->second;
}

std::optional<std::uint16_t> special_limit(std::string_view word) {
  const auto* const at = std::ranges::find(special_words, word, [](const auto& one) { return one.second; });
  if (at == special_words.end()) return std::nullopt;
  return at->first;
}

std::string extent_of(const config::limit& of) {
  auto text = of.of == config::limit_of::cost ? fmt::format("{} USD", of.max.value)
                                              : fmt::format("{:.0f} {}", of.max.value, what_of(of));
  text += of.per ? fmt::format(" per {}", to_string(*of.per)) : std::string(" at once");
  return text.append(whose(of.by));
}

shortage shortage_of(const policy& rules, std::uint16_t index) {
  if (index == unpriced_limit) return shortage::price;
  return is_of_cost(rules, index) ? shortage::money : shortage::turn;
}

void keep_out(const policy& rules, const query& asked, const facts& now_true,
              std::span<const std::uint16_t> reached, std::span<target_snapshot> targets) {
  const auto& t = rules.compiled();
  for (std::size_t i = 0; i < t.limits.size(); ++i) {
    const auto index = static_cast<std::uint16_t>(i);
    const bool is_full = std::ranges::binary_search(reached, index);
    const auto& row = t.limits[i];
    if ((!is_full && !row.meets_unpriced) || !limit_bears(rules, index, asked, now_true)) continue;
    const bool of_cost = is_of_cost(rules, index);
    for (std::size_t at = 0; at < targets.size(); ++at) {
      if (targets[at].over_limit != none_index || !row.takes.has(at)) continue;
      if (of_cost && !is_priced(t.targets[at])) {
        targets[at].over_limit = unpriced_limit;
      } else if (is_full && !(of_cost && is_free(t.targets[at]))) {
        targets[at].over_limit = index;
      }
    }
  }
}

}  // namespace nearfar::routes
